import { addDoubles, ConstantPool, mulDoubles, subDoubles, sum } from './lane-code.ts'
import { elementWords, type FactorColumns, type LaneNumbers } from './lane-field.ts'

/**
 * Numbers of the back end `simd`: eleven limbs of 24 bits, R = 2^264. A limb is a multiple of 2^(24·i)/R, as a double of
 * that very size: so the exponents do the work of shifts, a product of limbs already lies in its column, and what is left
 * of a product when the lower half of its columns is cleared is an element again. Every addition and multiplication is
 * exact: products of two limbs have 46 bits, sums of eleven of them fewer than 53.
 *
 * 192 = 8·24, so that P = 1 + 17·2^192 + 2^251 has the limbs 1, 17 (the eighth) and 2^11 (the tenth). R = 2^13·P: there
 * is room to add and subtract without reducing. Wide limbs are doubles too, only larger.
 *
 * (Integers would need 64-bit products of 32-bit lanes, for which x86 has to rearrange both factors each time.)
 */

const LIMB_COUNT = 11
const LIMB_BITS = 24
const RADIX_BITS = LIMB_COUNT * LIMB_BITS
const TOP = LIMB_COUNT - 1
const LAST_COLUMN = 2 * LIMB_COUNT - 1

const limbs = Array.from({ length: LIMB_COUNT }, (_, i) => i)
/** The size of a limb of 1, and of column i + 11 of a product. */
const unit = (limb: number) => 2 ** (LIMB_BITS * limb - RADIX_BITS)

/**
 * Declares `name`, the value rounded to a multiple of `step`: a number is added, and taken away again, of which the size is
 * such that doubles are that far apart.
 */
function roundTo(pool: ConstantPool, name: string, value: string, step: number): string[] {
  const rounder = `${name}_rounder`
  return [
    `const ${rounder} = ${pool.double(1.5 * 2 ** 52 * step)}`,
    `const ${name} = ${subDoubles(addDoubles(value, rounder), rounder)}`,
  ]
}

/**
 * Montgomery's reduction as in `reduction` of codegen/field.ts: the low part m of a column times P is taken away, which
 * clears the column and takes 17·m from the eighth column above and 2^11·m from the tenth. What rounds to the next column
 * is carried, so m and the limbs of the result are balanced: within ±2^23 units.
 *
 * Bounds, for |a limb| ≤ 2^α and |b limb| ≤ 2^β units with α + β ≤ 49: a column is below 11·2^49 + 2^35 + 2^29 < 2^53
 * units, so every sum is exact. The result is (t − m·P)/R with |m| ≤ R/2 but for a part of 2^24: for |a| ≤ u·P and
 * |b| ≤ v·P within ±(u·v/2^13 + 0.5)·P. The top limb has what is left ("tight").
 */
function product(
  pool: ConstantPool,
  columns: FactorColumns,
  store: Parameters<LaneNumbers['product']>[1],
  subtrahends: (limb: number) => readonly string[] = () => [],
  name = 't',
): string[] {
  const lines: string[] = []
  for (let column = 0; column <= LAST_COLUMN; column += 1) {
    const [t, limb] = [`${name}${column}`, column - LIMB_COUNT]
    const plus = columns(column).map(([a, b]) => mulDoubles(a, b))
    const minus = limb >= 0 ? [...subtrahends(limb)] : []
    if (column >= 8 && column - 8 < LIMB_COUNT) minus.push(mulDoubles(`${name}${column - 8}_m`, 'primeLimb8'))
    if (column >= 10 && column - 10 < LIMB_COUNT) minus.push(mulDoubles(`${name}${column - 10}_m`, 'primeLimb10'))
    // The last column has no products, but the carry.
    const carry = column > 0 ? [`${name}${column - 1}_carry`] : []
    const start = plus.length > 0 ? sum(plus, addDoubles) : carry.pop()!
    const difference = minus.reduce(subDoubles, start)
    lines.push(`const ${t} = ${carry.reduce(addDoubles, difference)}`)
    if (column === LAST_COLUMN) lines.push(store(limb, { double: t, wide: t }))
    else {
      lines.push(...roundTo(pool, `${t}_carry`, t, unit(limb + 1)))
      const low = subDoubles(t, `${t}_carry`)
      lines.push(limb < 0 ? `const ${t}_m = ${low}` : store(limb, { double: low, wide: low }))
    }
  }
  return lines
}

/**
 * Carries from each limb to the next, all at once: for limbs within ±2^46 units they are then within ±(2^23 + 2^22), and
 * the value is the same.
 */
function carry(pool: ConstantPool, x: string): string[] {
  const lower = limbs.slice(0, -1)
  return [
    '{',
    ...lower.flatMap((i) => roundTo(pool, `carry${i}`, `${x}${i}`, unit(i + 1))),
    ...lower.map((i) => `${x}${i} = ${subDoubles(`${x}${i}`, `carry${i}`)}`),
    ...lower.map((i) => `${x}${i + 1} = ${addDoubles(`${x}${i + 1}`, `carry${i}`)}`),
    '}',
  ]
}

/** Takes q·P away for the q next to top limb/2^11; then carries. */
function settle(pool: ConstantPool, x: string): string[] {
  return [
    '{',
    // q·2^251, of which the other limbs of q·P are parts.
    ...roundTo(pool, 'top', `${x}${TOP}`, 2 ** 11 * unit(TOP)),
    `${x}0 = ${subDoubles(`${x}0`, mulDoubles('top', pool.double(2 ** -251)))}`,
    `${x}8 = ${subDoubles(`${x}8`, mulDoubles('top', pool.double(17 * 2 ** -59)))}`,
    `${x}${TOP} = ${subDoubles(`${x}${TOP}`, 'top')}`,
    '}',
    ...carry(pool, x),
  ]
}

export function createSimdNumbers(): LaneNumbers {
  const pool = new ConstantPool()
  const numbers: LaneNumbers = {
    pool,
    limbBits: LIMB_BITS,
    limbCount: LIMB_COUNT,
    radix: 1n << BigInt(RADIX_BITS),
    unit,
    // 2^3·x·2^261 = x·R, so u = 1.
    pointShifts: { x: 3, y: 3 },
    pointFactor: 1n,
    header: [
      `const primeLimb8 = ${pool.double(17 * 2 ** (8 * LIMB_BITS))}`,
      `const primeLimb10 = ${pool.double(2 ** (10 * LIMB_BITS + 11))}`,
    ],
    product: (columns, store, subtrahends, name) => product(pool, columns, store, subtrahends, name),
    addWide: addDoubles,
    subWide: subDoubles,
    // Additions are what there are most of, and multiplications take another way through the processor.
    twiceWide: (a) => mulDoubles(a, pool.double(2)),
    fromDouble: (double) => double,
    toDouble: (wide) => wide,
    keyWords: (value) => elementWords(numbers, value),
    factor: (x, f) => [...limbs.map((i) => `let ${f}${i} = ${x}${i}`), ...carry(pool, f)],
    settle: (x) => settle(pool, x),
  }
  return numbers
}
