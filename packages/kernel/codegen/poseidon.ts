import { mod } from '../src/curve.ts'
import { poseidonRoundConstants } from '../src/reference.ts'
import { doubledLimbs, functionSource, productColumns, reduction, squareColumns } from './field.ts'
import {
  LIMB_BITS,
  LIMB_COUNT,
  LIMB_MASK,
  limbIndices,
  P_LIMB_6,
  P_LIMB_8_SHIFT,
  toLimbs,
  toMontgomery,
} from './limbs.ts'

const FULL_ROUNDS_EACH_SIDE = 4
export const PARTIAL_ROUNDS = 83
const WIDE_BYTES = 8 * LIMB_COUNT

/** The lazily reduced lanes are carried once in this many partial rounds; see `partialRounds` for the bound. */
const ROUNDS_PER_CARRY = 8

type Vector = readonly [bigint, bigint, bigint]

function mix([a, b, c]: Vector): Vector {
  return [mod(3n * a + b + c), mod(a - b + c), mod(a + b - 2n * c)]
}

/**
 * The round constants with those of the partial rounds moved forward: lanes 0 and 1 meet no S-box there, so what would
 * be added to them is carried through the linear layer into the following rounds, which leaves one constant (for lane
 * 2) a round; the rest is added in the first full round behind them.
 */
export function compressedConstants(): { full: readonly Vector[]; partial: readonly bigint[] } {
  const flat = poseidonRoundConstants()
  const rounds = Array.from(
    { length: flat.length / 3 },
    (_, i): Vector => [flat[3 * i]!, flat[3 * i + 1]!, flat[3 * i + 2]!],
  )
  const plus = (a: Vector, b: Vector): Vector => [mod(a[0] + b[0]), mod(a[1] + b[1]), mod(a[2] + b[2])]
  const firstFullBehind = FULL_ROUNDS_EACH_SIDE + PARTIAL_ROUNDS
  const partial: bigint[] = []
  let pending: Vector = [0n, 0n, 0n]
  for (const round of rounds.slice(FULL_ROUNDS_EACH_SIDE, firstFullBehind)) {
    const [a, b, c] = plus(pending, round)
    partial.push(c)
    pending = mix([a, b, 0n])
  }
  const behind = rounds.slice(firstFullBehind)
  return { full: [...rounds.slice(0, FULL_ROUNDS_EACH_SIDE), plus(behind[0]!, pending), ...behind.slice(1)], partial }
}

const wideData = (name: string, values: readonly bigint[]) =>
  `export const ${name}: usize = memory.data<i64>([${values.flatMap((value) => toLimbs(toMontgomery(value))).join(', ')}])`

const each = (line: (limb: number) => string) => limbIndices.map(line)

/** Takes q·P away, q = floor of the top limb / 2^19: what is left is in [0, P) but for the carries still pending. */
function subtractMultipleOfP(name: string): string {
  const top = LIMB_COUNT - 1
  return (
    `{ const q = ${name}${top} >> ${P_LIMB_8_SHIFT}; ${name}0 -= q; ` +
    `${name}6 -= q * ${P_LIMB_6}; ${name}${top} &= ${2 ** P_LIMB_8_SHIFT - 1} }`
  )
}

function carry(name: string): string[] {
  return limbIndices
    .slice(0, -1)
    .map((i) => `${name}${i + 1} += ${name}${i} >> ${LIMB_BITS}; ${name}${i} &= ${LIMB_MASK}`)
}

/** Assigns x³ to the locals `result`; x is tight. */
function cube(x: string, result: string): string[] {
  return [
    '{',
    ...doubledLimbs(x),
    ...reduction(squareColumns(x), (limb, value) => `const square${limb} = ${value}`, undefined, 's'),
    ...reduction(productColumns('square', x), (limb, value) => `${result}${limb} = ${value}`, undefined, 'p'),
    '}',
  ]
}

const loadWide = (pointer: string, limb: number, element = 0) =>
  `load<i64>(${pointer}, ${element * WIDE_BYTES + 8 * limb})`
const storeWide = (pointer: string, limb: number, value: string, element = 0) =>
  `store<i64>(${pointer}, ${value}, ${element * WIDE_BYTES + 8 * limb})`

const cubeWithKey = functionSource(
  '(e + key)³ in place; limbs of e below 2^40, the result is tight.',
  'cubeWithKey(e: usize, key: usize)',
  [
    ...each((i) => `let x${i} = ${loadWide('e', i)} + ${loadWide('key', i)}, y${i}: i64`),
    subtractMultipleOfP('x'),
    ...carry('x'),
    ...cube('x', 'y'),
    ...each((i) => storeWide('e', i, `y${i}`)),
  ],
)

/**
 * All partial rounds on lanes a, b, c. Only c is made tight every round. a and b keep uncarried limbs: a round
 * multiplies their size by at most 1 + √5 (the eigenvalue of [[3, 1], [1, −1]]) and adds a tight limb and q·P with
 * q < 2^17, so after ROUNDS_PER_CARRY = 8 rounds limbs are below 3.24^8·2^31 + 8·2^40 < 2^46 (i64 has 63 bits), and
 * the pending carries shift c's estimate of its multiple of P by less than 2^17/2^19: c is within (−P, 2P).
 */
const partialRounds = functionSource(
  `The ${PARTIAL_ROUNDS} partial rounds.`,
  'partialRounds(state: usize, keys: usize)',
  [
    ...each((i) => `let a${i} = ${loadWide('state', i)}, b${i} = ${loadWide('state', i, 1)}`),
    ...each((i) => `let c${i} = ${loadWide('state', i, 2)}, y${i}: i64`),
    `for (let round = 0; round < ${PARTIAL_ROUNDS}; round++) {`,
    ...each((i) => `c${i} += ${loadWide('keys', i)}`),
    `keys += ${WIDE_BYTES}`,
    subtractMultipleOfP('c'),
    ...carry('c'),
    ...cube('c', 'y'),
    ...each(
      (i) =>
        `{ const sum = a${i} + b${i} + y${i}; a${i} = sum + (a${i} << 1); b${i} = sum - (b${i} << 1); c${i} = sum - 3 * y${i} }`,
    ),
    subtractMultipleOfP('a'),
    subtractMultipleOfP('b'),
    `if ((round & ${ROUNDS_PER_CARRY - 1}) == ${ROUNDS_PER_CARRY - 1}) {`,
    ...carry('a'),
    ...carry('b'),
    '}',
    '}',
    ...each(
      (i) =>
        `${storeWide('state', i, `a${i}`)}; ${storeWide('state', i, `b${i}`, 1)}; ${storeWide('state', i, `c${i}`, 2)}`,
    ),
  ],
)

const narrow = functionSource(
  'A wide element (limbs below 2^40) as a tight one within (−P, 2P).',
  'narrow(out: usize, e: usize)',
  [
    ...each((i) => `let x${i} = ${loadWide('e', i)}`),
    subtractMultipleOfP('x'),
    ...carry('x'),
    ...each((i) => `store<i32>(out, <i32>x${i}, ${4 * i})`),
  ],
)

export function poseidonSource(): string {
  const { full, partial } = compressedConstants()
  return [
    cubeWithKey,
    partialRounds,
    narrow,
    wideData('FULL_KEYS', full.flat()),
    wideData('PARTIAL_KEYS', partial),
  ].join('\n')
}
