import { mod, P, power } from '../src/curve.ts'
import {
  addDoubles,
  addIntegers,
  and,
  ConstantPool,
  doubleBits,
  mulDoubles,
  or,
  shiftLeft,
  shiftRight,
  subDoubles,
  subIntegers,
  sum,
} from './lane-code.ts'
import type { FactorColumns, LaneNumbers } from './lane-field.ts'

/**
 * Numbers of the back end `fma`: five limbs of 51 bits, R = 2^255, products by fused multiply-add. Limbs are integers in
 * doubles, balanced: within ±2^50, so that differences and sums of two products of limbs still have room. P is
 * 1 + 17·2^192 + 2^251, in limbs 1, 0, 0, 17·2^39, 2^47. R is only 16·P, so a value must not grow beyond a few P.
 * Wide limbs are 64-bit integers.
 */

const LIMB_COUNT = 5
const LIMB_BITS = 51
const BITS = BigInt(LIMB_BITS)
const MASK = (1n << BITS) - 1n
const HALF = 1n << (BITS - 1n)
const TOP = LIMB_COUNT - 1
const LAST_COLUMN = 2 * LIMB_COUNT - 1

/** P's top limb is 2^47. */
const P_TOP_BITS = 47

/** Between 2^103 and 2^104 doubles are 2^51 apart, between 2^52 and 2^53 they are 1 apart. */
const HIGH_BASE = 1.5 * 2 ** 103
const LOW_BASE = 1.5 * 2 ** 52

/** What columns have added before they are shifted, so that none is negative; a multiple of 2^51. */
const COLUMN_BIAS = 1n << 60n
/** The same for wide limbs. */
const WIDE_BIAS = 1n << 62n

/** What `normalize` wants added to wide limbs: the bias, and what takes the multiple of P in WIDE_BIAS away again. */
const NORMALIZE_WORDS = [0, 1, 2, 3, 4].map((limb) => {
  const multiple = WIDE_BIAS >> BigInt(P_TOP_BITS)
  if (limb === TOP) return WIDE_BIAS
  const primeLimb = limb === 0 ? 1n : limb === 3 ? 17n << 39n : 0n
  return WIDE_BIAS + HALF + multiple * primeLimb
})

/** What limb i of `normalize` has too much: half a base, and from limb i − 1 the carry of its bias. */
const excess = (limb: number) => (limb === TOP ? 0n : HALF) + (limb === 0 ? 0n : WIDE_BIAS >> BITS)

const range = (length: number) => Array.from({ length }, (_, i) => i)
const limbs = range(LIMB_COUNT)

/** A double within ±2^51 to the bits of LOW_BASE plus the integer that it is. */
const biasedInteger = (pool: ConstantPool, double: string) => addDoubles(double, pool.double(LOW_BASE))

/** An integer of [0, 2^52) less a constant, as a double: or-ing it to the bits of 2^52 adds it. */
const toDouble = (pool: ConstantPool, integer: string, less: bigint) =>
  subDoubles(or(integer, pool.double(2 ** 52)), pool.double(2 ** 52 + Number(less)))

/**
 * The products of a column in two halves, without error. high = a·b + HIGH_BASE is rounded to a multiple of 2^51, for
 * |a·b| ≤ 2^102: its bits are those of HIGH_BASE plus h = round(a·b/2^51). low = a·b + (HIGH_BASE + LOW_BASE − high) =
 * LOW_BASE + a·b − h·2^51 is a number within LOW_BASE ± 2^50, so its bits are those of LOW_BASE plus that remainder. The
 * second is exact because a fused multiply-add rounds once, behind the addition.
 */
function splitProducts(factors: ReturnType<FactorColumns>, name: string, low: string[], high: string[]): string[] {
  return factors.flatMap(([a, b], i) => {
    high.push(`${name}_high${i}`)
    low.push(`${name}_low${i}`)
    return [
      `const ${name}_high${i} = f64x2.relaxed_madd(${a}, ${b}, highBase)`,
      `const ${name}_low${i} = f64x2.relaxed_madd(${a}, ${b}, ${subDoubles('bothBases', `${name}_high${i}`)})`,
    ]
  })
}

/**
 * What m·P takes from the columns above that of m: m·17·2^39 from the third and m·2^47 from the fourth, each split where
 * the next column begins. (m·1 clears m's own column, which is then dropped.)
 */
function multipleOfP(m: string, n: string, minus: (above: number, term: string) => void): string {
  minus(3, and(shiftLeft(n, 39), 'mask'))
  minus(4, shiftRight(n, LIMB_BITS - 39))
  minus(4, and(shiftLeft(m, 47), 'mask'))
  minus(5, shiftRight(m, LIMB_BITS - 47))
  return `const ${n} = ${addIntegers(shiftLeft(m, 4), m)}`
}

/**
 * Montgomery's reduction by subtraction, as in `reduction` of codegen/field.ts, on 64-bit columns. Sums of bits wrap
 * around; all biases are taken away by one constant a column.
 *
 * Bounds: for |a limb|·|b limb| ≤ 2^102 a column is below 5·(2^51 + 2^50) + 2^54 < 2^55, far from COLUMN_BIAS. The result
 * is (t − m·P)/R with 0 ≤ m < R, within (t/R − P, t/R]: for |a| ≤ u·P and |b| ≤ v·P that is (−(u·v/16 + 1)·P, u·v/16·P].
 * Its limbs are balanced, the top one has what is left ("tight").
 */
function product(
  pool: ConstantPool,
  columns: FactorColumns,
  store: Parameters<LaneNumbers['product']>[1],
  subtrahends: (limb: number) => readonly string[] = () => [],
  name = 't',
): string[] {
  const lines: string[] = []
  const plus = range(LAST_COLUMN + 2).map((): string[] => [])
  const minus = range(LAST_COLUMN + 2).map((): string[] => [])
  for (let column = 0; column <= LAST_COLUMN; column += 1) {
    const t = `${name}${column}`
    const [limb, isLast] = [column - LIMB_COUNT, column === LAST_COLUMN]
    const highCount = plus[column]!.length
    lines.push(...splitProducts(columns(column), t, plus[column]!, plus[column + 1]!))
    const taken = limb >= 0 ? subtrahends(limb).map((double) => biasedInteger(pool, double)) : []
    const lowCount = plus[column]!.length - highCount - taken.length
    let constant = -BigInt(highCount) * doubleBits(HIGH_BASE) - BigInt(lowCount) * doubleBits(LOW_BASE)
    if (column > 0) constant -= COLUMN_BIAS >> BITS
    if (!isLast) constant += COLUMN_BIAS
    if (limb >= 0 && !isLast) constant += HALF
    let total = sum([...plus[column]!, pool.integer(constant)], addIntegers)
    for (const term of [...minus[column]!, ...taken]) total = subIntegers(total, term)
    if (column > 0) total = addIntegers(total, shiftRight(`${name}${column - 1}`, LIMB_BITS))
    lines.push(`const ${t} = ${total}`)
    if (limb < 0) {
      lines.push(`const ${t}_m = ${and(t, 'mask')}`)
      lines.push(multipleOfP(`${t}_m`, `${t}_n`, (above, term) => minus[column + above]!.push(term)))
    } else if (isLast) {
      const double = subDoubles(addIntegers(t, pool.integer(doubleBits(LOW_BASE))), pool.double(LOW_BASE))
      lines.push(store(limb, { double, wide: t }))
    } else {
      lines.push(`const ${t}_low = ${and(t, 'mask')}`)
      const wide = subIntegers(`${t}_low`, pool.integer(HALF))
      lines.push(store(limb, { double: toDouble(pool, `${t}_low`, HALF), wide }))
    }
  }
  return lines
}

/**
 * x − q·P for the q next to x/P by its top limb: within ±0.6·P for |x| ≤ 2^10·P, and its limbs stay within 2^51. The
 * products are exact whether or not the multiply-add is fused.
 */
function reduceDoubles(pool: ConstantPool, x: string): string[] {
  return [
    `const q = f64x2.nearest(${mulDoubles(`${x}${TOP}`, pool.double(2 ** -P_TOP_BITS))})`,
    `${x}0 = ${subDoubles(`${x}0`, 'q')}`,
    `${x}3 = f64x2.relaxed_nmadd(q, ${pool.double(17 * 2 ** 39)}, ${x}3)`,
    `${x}4 = f64x2.relaxed_nmadd(q, ${pool.double(2 ** P_TOP_BITS)}, ${x}4)`,
  ]
}

/**
 * From wide limbs x to which NORMALIZE_WORDS were added: takes q·P away for q = floor(top limb/2^47), and carries from
 * each limb to the next, all at once. The limbs n0 … have `excess` too much; without it they are within ±(2^50 + 2^11),
 * and the value is in [0, P) but for the carries. Limbs of x within ±2^61.
 */
function normalize(pool: ConstantPool, x: string, n: string): string[] {
  const q = `${n}_q`
  const topMask = pool.integer((1n << BigInt(P_TOP_BITS)) - 1n)
  const reduced = (limb: number) => (limb === 0 || limb === 3 ? `${n}_r${limb}` : `${x}${limb}`)
  const low = (limb: number) => and(reduced(limb), limb === TOP ? topMask : 'mask')
  const carried = (limb: number) => addIntegers(low(limb), shiftRight(reduced(limb - 1), LIMB_BITS))
  return [
    `const ${q} = ${shiftRight(`${x}${TOP}`, P_TOP_BITS)}`,
    `const ${n}_r0 = ${subIntegers(`${x}0`, q)}`,
    `const ${n}_r3 = ${subIntegers(`${x}3`, addIntegers(shiftLeft(q, 43), shiftLeft(q, 39)))}`,
    ...limbs.map((i) => `const ${n}${i} = ${i === 0 ? low(0) : carried(i)}`),
  ]
}

function settle(pool: ConstantPool, x: string): string[] {
  return [
    '{',
    ...limbs.map((i) => `const biased${i} = ${addIntegers(`${x}${i}`, pool.integer(NORMALIZE_WORDS[i]!))}`),
    ...normalize(pool, 'biased', 'n'),
    ...limbs.map((i) => `${x}${i} = ${subIntegers(`n${i}`, pool.integer(excess(i)))}`),
    '}',
  ]
}

/** Unsigned limbs: `normalize` balances them. */
const keyWords = (value: bigint): bigint[] =>
  limbs.map((i) => ((value >> (BITS * BigInt(i))) & MASK) + NORMALIZE_WORDS[i]!)

export function createFmaNumbers(): LaneNumbers {
  const pool = new ConstantPool()
  const lowBits = pool.integer(doubleBits(LOW_BASE))
  return {
    pool,
    limbBits: LIMB_BITS,
    limbCount: LIMB_COUNT,
    radix: 1n << (BITS * BigInt(LIMB_COUNT)),
    unit: () => 1,
    // x·2^261 = 2^6·x·R and 2^3·y·2^261 = 2^9·y·R, so u = 2^3.
    pointShifts: { x: 0, y: 3 },
    pointFactor: mod(power(2n ** 6n, P - 2n)),
    header: [
      `const mask = ${pool.integer(MASK)}`,
      `const highBase = ${pool.double(HIGH_BASE)}`,
      `const bothBases = ${pool.double(HIGH_BASE + LOW_BASE)}`,
    ],
    product: (columns, store, subtrahends, name) => product(pool, columns, store, subtrahends, name),
    reduceDoubles: (x) => reduceDoubles(pool, x),
    addWide: addIntegers,
    subWide: subIntegers,
    twiceWide: (a) => shiftLeft(a, 1),
    fromDouble: (double) => subIntegers(biasedInteger(pool, double), lowBits),
    toDouble: (wide) => subDoubles(addIntegers(wide, lowBits), pool.double(LOW_BASE)),
    keyWords,
    factor: (x, f) => [
      ...normalize(pool, x, `${f}_n`),
      ...limbs.map((i) => `const ${f}${i} = ${toDouble(pool, `${f}_n${i}`, excess(i))}`),
    ],
    settle: (x) => settle(pool, x),
  }
}
