import { BETA, G, multiply, N, P, PEDERSEN_POINTS, type Point } from '../src/curve.ts'
import {
  elementData,
  LIMB_BITS,
  LIMB_COUNT,
  LIMB_MASK,
  limbIndices,
  P_LIMB_6,
  P_LIMB_8_SHIFT,
  R,
  toLimbs,
  toMontgomery,
} from './limbs.ts'

/** The terms of one column of a product, as source text. */
export type Columns = (column: number) => readonly string[]

export const LAST_COLUMN = 2 * LIMB_COUNT - 2

export function productColumns(a: string, b: string): Columns {
  return (column) =>
    limbIndices.filter((i) => column - i >= 0 && column - i < LIMB_COUNT).map((i) => `${a}${i} * ${b}${column - i}`)
}

/** As `productColumns(a, a)` with equal terms merged; wants the doubled limbs `a_twice0` … (see `doubledLimbs`). */
export function squareColumns(a: string): Columns {
  return (column) =>
    limbIndices
      .filter((i) => i <= column - i && column - i < LIMB_COUNT)
      .map((i) => (2 * i === column ? `${a}${i} * ${a}${i}` : `${a}_twice${i} * ${a}${column - i}`))
}

export function doubledLimbs(a: string): string[] {
  return limbIndices.map((i) => `const ${a}_twice${i} = ${a}${i} << 1`)
}

/** A balanced sum: independent additions leave the processor more to do at once than a chain. */
function sum(terms: readonly string[]): string {
  if (terms.length === 1) return terms[0]!
  const half = terms.length >> 1
  return `(${sum(terms.slice(0, half))} + ${sum(terms.slice(half))})`
}

/**
 * Montgomery's reduction of a product given by columns, by subtraction: since P = 1 mod 2^29, the multiple of P that
 * clears a column is the column's own low 29 bits, m. Taking m·P away clears it and takes m·17·2^18 from the sixth
 * column above and m·2^19 from the eighth; `>> 29` is then exact and carries the sign along.
 *
 * Bounds, for |a limb| ≤ 2^α and |b limb| ≤ 2^β with α + β ≤ 59: a column is below 9·2^59 + 2^52 + 2^49 + 2^35 < 2^63.
 * The result is (t − m·P)/R with 0 ≤ m < R, that is in (t/R − P, t/R]; R ≈ 2^10·P, so for |a| ≤ u·P and |b| ≤ v·P with
 * u·v ≤ 2^10 it is within (−2P, P]. Its limbs are in [0, 2^29), the top one carries the sign ("tight").
 *
 * @param subtrahends what to take from limb i of the result before the carry; adds to the value bound.
 * @param store what to do with limb i.
 */
export function reduction(
  columns: Columns,
  store: (limb: number, value: string) => string,
  subtrahends: (limb: number) => readonly string[] = () => [],
  name = 't',
): string[] {
  const lines = [`let ${name}: i64 = 0`]
  for (let column = 0; column <= LAST_COLUMN; column += 1) {
    const minus: string[] = []
    if (column >= 6 && column - 6 < LIMB_COUNT) minus.push(`${name}_m${column - 6} * ${P_LIMB_6}`)
    if (column >= 8 && column - 8 < LIMB_COUNT) minus.push(`(${name}_m${column - 8} << ${P_LIMB_8_SHIFT})`)
    if (column >= LIMB_COUNT) minus.push(...subtrahends(column - LIMB_COUNT))
    const plus = columns(column)
    if (plus.length > 0) lines.push(`${name} += ${sum(plus)}`)
    if (minus.length > 0) lines.push(`${name} -= ${sum(minus)}`)
    if (column < LIMB_COUNT) lines.push(`const ${name}_m${column} = ${name} & ${LIMB_MASK}`)
    else lines.push(store(column - LIMB_COUNT, `${name} & ${LIMB_MASK}`))
    lines.push(`${name} >>= ${LIMB_BITS}`)
  }
  const top = LIMB_COUNT - 1
  const last = subtrahends(top)
  if (last.length > 0) lines.push(`${name} -= ${sum(last)}`)
  lines.push(store(top, name))
  return lines
}

const load = (pointer: string, limb: number) => `<i64>load<i32>(${pointer}, ${4 * limb})`
const loadLimbs = (name: string, pointer: string) => limbIndices.map((i) => `const ${name}${i} = ${load(pointer, i)}`)
const loadDifference = (name: string, a: string, b: string) =>
  limbIndices.map((i) => `const ${name}${i} = ${load(a, i)} - ${load(b, i)}`)
const storeTo = (pointer: string) => (limb: number, value: string) =>
  `store<i32>(${pointer}, <i32>(${value}), ${4 * limb})`

export function functionSource(comment: string, signature: string, lines: readonly string[]): string {
  return `/** ${comment} */\nexport function ${signature}: void {\n${lines.map((line) => `  ${line}`).join('\n')}\n}\n`
}

const product = (...subtracted: string[]) =>
  reduction(productColumns('a', 'b'), storeTo('out'), (limb) => subtracted.map((pointer) => load(pointer, limb)))
const square = (...subtracted: string[]) =>
  reduction(squareColumns('a'), storeTo('out'), (limb) => subtracted.map((pointer) => load(pointer, limb)))

const functions = [
  functionSource('a·b. `out` may be any input, here and below.', 'mul(out: usize, a: usize, b: usize)', [
    ...loadLimbs('a', 'a'),
    ...loadLimbs('b', 'b'),
    ...product(),
  ]),
  functionSource('a·b − c.', 'mulSub(out: usize, a: usize, b: usize, c: usize)', [
    ...loadLimbs('a', 'a'),
    ...loadLimbs('b', 'b'),
    ...product('c'),
  ]),
  functionSource('a·(p − q).', 'mulDifference(out: usize, a: usize, p: usize, q: usize)', [
    ...loadLimbs('a', 'a'),
    ...loadDifference('b', 'p', 'q'),
    ...product(),
  ]),
  functionSource('a·(p − q) − c.', 'mulDifferenceSub(out: usize, a: usize, p: usize, q: usize, c: usize)', [
    ...loadLimbs('a', 'a'),
    ...loadDifference('b', 'p', 'q'),
    ...product('c'),
  ]),
  functionSource('a².', 'sqr(out: usize, a: usize)', [...loadLimbs('a', 'a'), ...doubledLimbs('a'), ...square()]),
  functionSource('a² − b − c.', 'sqrSubTwo(out: usize, a: usize, b: usize, c: usize)', [
    ...loadLimbs('a', 'a'),
    ...doubledLimbs('a'),
    ...square('b', 'c'),
  ]),
  functionSource('a² − b − 2c.', 'sqrSubTwice(out: usize, a: usize, b: usize, c: usize)', [
    ...loadLimbs('a', 'a'),
    ...doubledLimbs('a'),
    ...square('b', 'c', 'c'),
  ]),
  functionSource(
    'a/R, out of Montgomery form: for |a| < R the result is an integer of [−P, 0].',
    'reduceMontgomery(out: usize, a: usize)',
    reduction((column) => (column < LIMB_COUNT ? [load('a', column)] : []), storeTo('out')),
  ),
]

const plain = (pointer: string, limb: number) => `load<i32>(${pointer}, ${4 * limb})`
const limbwise = (value: (limb: number) => string) => limbIndices.map((i) => `store<i32>(out, ${value(i)}, ${4 * i})`)

/** P is odd, so adding it makes an odd number even; parity is that of limb 0. */
const halfTangent = limbIndices.flatMap((i) => {
  const carry = i === 0 ? '' : ` + (t${i - 1} >> ${LIMB_BITS})`
  const sum = `3 * ${load('a', i)} + ${load('b', i)}${carry}`
  const prime = i === 6 ? ` + odd * ${P_LIMB_6}` : i === 8 ? ` + (odd << ${P_LIMB_8_SHIFT})` : ''
  const half = (limb: number) => `((t${limb} & ${LIMB_MASK}) >> 1) + ((t${limb + 1} & 1) << ${LIMB_BITS - 1})`
  return [
    ...(i === 0 ? [`const sum: i64 = ${sum}`, 'const odd = sum & 1', 'const t0 = sum + odd'] : []),
    ...(i > 0 ? [`const t${i}: i64 = ${sum}${prime}`, storeTo('out')(i - 1, half(i - 1))] : []),
    ...(i === LIMB_COUNT - 1 ? [storeTo('out')(i, `t${i} >> 1`)] : []),
  ]
})

const limbwiseFunctions = [
  functionSource('a.', 'copy(out: usize, a: usize)', [
    ...[0, 8, 16, 24].map((offset) => `store<u64>(out, load<u64>(a, ${offset}), ${offset})`),
    'store<i32>(out, load<i32>(a, 32), 32)',
  ]),
  functionSource(
    'a + b without carries: limbs below 2^30 for tight inputs.',
    'add(out: usize, a: usize, b: usize)',
    limbwise((i) => `${plain('a', i)} + ${plain('b', i)}`),
  ),
  functionSource(
    'a − b without carries: limbs within ±2^29 for tight inputs.',
    'sub(out: usize, a: usize, b: usize)',
    limbwise((i) => `${plain('a', i)} - ${plain('b', i)}`),
  ),
  functionSource(
    '−a: limbs in (−2^29, 0] for a tight a.',
    'negate(out: usize, a: usize)',
    limbwise((i) => `-${plain('a', i)}`),
  ),
  functionSource(
    '(3a + b)/2, tight, for tight a and b; `out` may be a.',
    'halveTangent(out: usize, a: usize, b: usize)',
    halfTangent,
  ),
]

const constants = [
  elementData('ONE', R % P),
  elementData('TWO', toMontgomery(2n)),
  elementData('R_SQUARED', (R * R) % P),
  elementData('R_CUBED', (R * R * R) % P),
  elementData('BETA', toMontgomery(BETA)),
]

/** x and y, one behind the other. */
function pointData(name: string, point: Point): string {
  const limbs = [point!.x, point!.y].flatMap((value) => toLimbs(toMontgomery(value)))
  return `export const ${name}: usize = memory.data<i32>([${limbs.join(', ')}])`
}

/** `P1_HALF` and so on are (N + 1)/2 times the point; see assembly/windows.ts. */
export function fieldSource(): string {
  const half = (point: Point) => multiply(point, (N + 1n) / 2n)
  const points = [
    pointData('P0', PEDERSEN_POINTS[0]),
    ...PEDERSEN_POINTS.slice(1).map((point, i) => pointData(`P${i + 1}_HALF`, half(point))),
    pointData('G', G),
    pointData('G_HALF', half(G)),
  ]
  return [...functions, ...limbwiseFunctions, ...constants, ...points, ''].join('\n')
}
