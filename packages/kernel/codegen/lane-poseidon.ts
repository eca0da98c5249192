import { functionSource } from './field.ts'
import { wordData } from './lane-code.ts'
import {
  doubledLimbs,
  type LaneNumbers,
  limbAt,
  limbsOf,
  productFactors,
  squareFactors,
  storeLimb,
  toMontgomery,
} from './lane-field.ts'
import { compressedConstants, PARTIAL_ROUNDS } from './poseidon.ts'

/** Lanes 0 and 1 of the state are settled once in this many partial rounds; see `partialRounds`. */
const ROUNDS_PER_SETTLING = 4

/** Declares the limbs f0 … of a factor from x0 …, and assigns its cube to the locals `result`. */
function cube(numbers: LaneNumbers, x: string, result: string): string[] {
  const { limbCount } = numbers
  return [
    '{',
    ...numbers.factor(x, 'f'),
    ...doubledLimbs(limbCount, 'f'),
    ...numbers.product(
      squareFactors(limbCount, 'f'),
      (limb, { double }) => `const square${limb} = ${double}`,
      undefined,
      's',
    ),
    ...numbers.product(
      productFactors(limbCount, 'square', 'f'),
      (limb, { wide }) => `${result}${limb} = ${wide}`,
      undefined,
      'p',
    ),
    '}',
  ]
}

/** (3a + b + y, a − b + y, a + b − 2y) of limbs. */
function mix({ addWide, subWide, twiceWide }: LaneNumbers, [a, b, y]: readonly [string, string, string]) {
  const all = addWide('both', y)
  return {
    both: `const both = ${addWide(a, b)}`,
    lanes: [addWide(all, twiceWide(a)), subWide(all, twiceWide(b)), subWide('both', twiceWide(y))] as const,
  }
}

/**
 * What assembly/lane-poseidon.ts wants. The round constants are those of codegen/poseidon.ts, compressed to one a partial
 * round.
 *
 * All partial rounds run on lanes a, b, c of the state, of which only c is made a factor every round. a and b keep wide
 * limbs: a round makes them larger by a factor of 2 + √2 at most, taken as intervals (the eigenvalue of [[3, 1], [1, 1]]),
 * and adds a tight limb, so in ROUNDS_PER_SETTLING = 4 rounds by less than 2^9; c has twice as much.
 */
export function lanePoseidonSource(numbers: LaneNumbers): string {
  const { limbCount } = numbers
  const { full, partial } = compressedConstants()
  const keyBytes = 8 * limbCount
  const each = (line: (limb: number) => string) => limbsOf(numbers).map(line)
  const at = (limb: number, element = 0) => limbAt(numbers, 'state', limb, element)
  const put = (limb: number, value: string, element = 0) => storeLimb(numbers, 'state', limb, value, element)
  const withKey = (wide: string, limb: number) => numbers.addWide(wide, `v128.load64_splat(key, ${8 * limb})`)
  const keys = (name: string, values: readonly bigint[]) =>
    wordData(
      name,
      values.flatMap((value) => numbers.keyWords(toMontgomery(numbers, value))),
    )
  return [
    functionSource('(e + key)³ in place, of a wide element.', 'cubeWithKey(state: usize, key: usize)', [
      ...numbers.header,
      ...each((i) => `let x${i} = ${withKey(at(i), i)}, y${i}: v128`),
      ...cube(numbers, 'x', 'y'),
      ...each((i) => put(i, `y${i}`)),
    ]),
    functionSource('The linear layer.', 'mixLanes(state: usize)', [
      ...each((i) => {
        const { both, lanes } = mix(numbers, ['a', 'b', 'y'])
        const load = `const a = ${at(i)}, b = ${at(i, 1)}, y = ${at(i, 2)}`
        return `{ ${load}; ${both}; ${lanes.map((value, lane) => put(i, value, lane)).join('; ')} }`
      }),
    ]),
    functionSource(`The ${PARTIAL_ROUNDS} partial rounds.`, 'partialRounds(state: usize, key: usize)', [
      ...numbers.header,
      ...each((i) => `let a${i} = ${at(i)}, b${i} = ${at(i, 1)}, c${i} = ${at(i, 2)}, y${i}: v128`),
      `for (let round = 0; round < ${PARTIAL_ROUNDS}; round++) {`,
      ...each((i) => `c${i} = ${withKey(`c${i}`, i)}`),
      `key += ${keyBytes}`,
      ...cube(numbers, 'c', 'y'),
      ...each((i) => {
        const { both, lanes } = mix(numbers, [`a${i}`, `b${i}`, `y${i}`])
        return `{ ${both}; c${i} = ${lanes[2]}; const all = ${lanes[0]}; b${i} = ${lanes[1]}; a${i} = all }`
      }),
      `if ((round & ${ROUNDS_PER_SETTLING - 1}) == ${ROUNDS_PER_SETTLING - 1}) {`,
      ...numbers.settle('a'),
      ...numbers.settle('b'),
      '}',
      '}',
      ...each((i) => `${put(i, `a${i}`)}; ${put(i, `b${i}`, 1)}; ${put(i, `c${i}`, 2)}`),
    ]),
    functionSource('An element as a wide one.', 'widen(state: usize, a: usize)', [
      ...each((i) => put(i, numbers.fromDouble(limbAt(numbers, 'a', i)))),
    ]),
    functionSource('A wide element as one within ±P.', 'narrow(out: usize, state: usize)', [
      ...numbers.header,
      ...each((i) => `let x${i} = ${at(i)}`),
      ...numbers.settle('x'),
      ...each((i) => storeLimb(numbers, 'out', i, numbers.toDouble(`x${i}`))),
    ]),
    functionSource('e + a, in place, for a wide e.', 'addToWide(state: usize, a: usize)', [
      ...each((i) => put(i, numbers.addWide(at(i), numbers.fromDouble(limbAt(numbers, 'a', i))))),
    ]),
    `export const KEY_BYTES: usize = ${keyBytes}`,
    keys('FULL_KEYS', full.flat()),
    keys('PARTIAL_KEYS', partial),
  ].join('\n')
}
