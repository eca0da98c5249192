import { mod, P } from '../src/curve.ts'
import { functionSource } from './field.ts'
import {
  addDoubles,
  and,
  type ConstantPool,
  doubleBits,
  inBothLanes,
  or,
  shiftLeft,
  shiftRight,
  subDoubles,
  wordData,
} from './lane-code.ts'

/** The pairs of factors whose products make up a column, as source text. */
export type FactorColumns = (column: number) => readonly (readonly [a: string, b: string])[]

/** A limb of a product: as a double, and in the form that the state of a permutation has. */
export interface LimbText {
  readonly double: string
  readonly wide: string
}

/**
 * How a back end of two lanes keeps numbers. A field element is Σ limbᵢ with limbᵢ = (a signed integer)·2^(bits·i)·unit;
 * each limb is a double in each lane, 16 bytes. Elements are in Montgomery form.
 *
 * The state of a permutation has "wide" limbs, which may be larger than a product takes.
 */
export interface LaneNumbers {
  readonly pool: ConstantPool
  readonly limbBits: number
  readonly limbCount: number
  /** Montgomery's R. */
  readonly radix: bigint
  /** What the integer 1 in a limb is stored as. */
  unit(limb: number): number
  /**
   * The scalar back end's table has x·R' and y·R' with R' = 2^261. These left shifts turn them into u²·x·R and u³·y·R for
   * some u: a point of an isomorphic curve, on which the chord is computed as on any other.
   */
  readonly pointShifts: { readonly x: number; readonly y: number }
  /** Takes u² away, and the Montgomery form: the product with it is the integer x. */
  readonly pointFactor: bigint

  /** Declares what `product` reads. */
  readonly header: readonly string[]
  /**
   * A reduced product (a square, a sum of products) given by columns, less the subtrahends of each limb, which are doubles.
   * @param name prefix of its locals.
   */
  product(
    columns: FactorColumns,
    store: (limb: number, text: LimbText) => string,
    subtrahends?: (limb: number) => readonly string[],
    name?: string,
  ): string[]
  /** Takes the multiple of P next to it from the doubles x0 …, where the radix has too little room for sums. */
  reduceDoubles?(x: string): string[]

  addWide(a: string, b: string): string
  subWide(a: string, b: string): string
  twiceWide(a: string): string
  fromDouble(double: string): string
  toDouble(wide: string): string
  /** The wide limbs of a round key, and with them whatever `factor` wants added. */
  keyWords(value: bigint): bigint[]
  /** Declares the limbs f0 … of a factor from the wide limbs x0 … to which a key was added. */
  factor(x: string, f: string): string[]
  /** Brings the wide limbs x0 … back to within ±P, in place. */
  settle(x: string): string[]
}

export const limbsOf = ({ limbCount }: LaneNumbers): number[] => Array.from({ length: limbCount }, (_, i) => i)
export const elementBytes = (numbers: LaneNumbers): number => 16 * numbers.limbCount
export const toMontgomery = (numbers: LaneNumbers, value: bigint): bigint => mod(value * numbers.radix)

/** Limbs within ±2^(bits − 1), the top one not negative. */
export function balancedLimbs(numbers: LaneNumbers, value: bigint): bigint[] {
  const base = 1n << BigInt(numbers.limbBits)
  const top = numbers.limbCount - 1
  let rest = value
  return limbsOf(numbers).map((i) => {
    const low = i === top ? rest : rest % base
    const limb = i < top && low >= base / 2n ? low - base : low
    rest = (rest - limb) / base
    return limb
  })
}

/** The limbs as doubles; to be an element in memory, each has to be there for both lanes. */
export const elementWords = (numbers: LaneNumbers, value: bigint): bigint[] =>
  balancedLimbs(numbers, value).map((limb, i) => doubleBits(Number(limb) * numbers.unit(i)))

export const limbAt = (numbers: LaneNumbers, pointer: string, limb: number, element = 0) =>
  `v128.load(${pointer}, ${16 * limb + element * elementBytes(numbers)})`
export const storeLimb = (numbers: LaneNumbers, pointer: string, limb: number, value: string, element = 0) =>
  `v128.store(${pointer}, ${value}, ${16 * limb + element * elementBytes(numbers)})`

export function productFactors(limbCount: number, a: string, b: string): FactorColumns {
  return (column) =>
    Array.from({ length: limbCount }, (_, i) => [i, column - i] as const)
      .filter(([, j]) => j >= 0 && j < limbCount)
      .map(([i, j]) => [`${a}${i}`, `${b}${j}`])
}

/** As `productFactors` of a and a with equal terms merged; wants the locals of `doubledLimbs`. */
export function squareFactors(limbCount: number, a: string): FactorColumns {
  return (column) =>
    Array.from({ length: limbCount }, (_, i) => [i, column - i] as const)
      .filter(([i, j]) => i <= j && j < limbCount)
      .map(([i, j]) => [`${a}${i}`, i === j ? `${a}${j}` : `${a}_twice${j}`])
}

export function doubledLimbs(limbCount: number, a: string): string[] {
  const limbs = Array.from({ length: limbCount }, (_, i) => i).slice(1)
  return limbs.map((i) => `const ${a}_twice${i} = ${addDoubles(`${a}${i}`, `${a}${i}`)}`)
}

/** The arithmetic of elements. */
function arithmetic(numbers: LaneNumbers): string[] {
  const { limbCount, header, pool } = numbers
  const limbs = limbsOf(numbers)
  const at = (pointer: string, limb: number) => limbAt(numbers, pointer, limb)
  const put = (limb: number, value: string) => storeLimb(numbers, 'out', limb, value)
  const load = (name: string) => limbs.map((i) => `const ${name}${i} = ${at(name, i)}`)
  const difference = limbs.map((i) => `const b${i} = ${subDoubles(at('p', i), at('q', i))}`)
  const store = (limb: number, { double }: LimbText) => put(limb, double)
  const ab = productFactors(limbCount, 'a', 'b')
  const reduce = numbers.reduceDoubles
  const squareStore = reduce ? (limb: number, { double }: LimbText) => `let x${limb} = ${double}` : store
  const squareLess = (...subtrahends: string[]) => [
    ...[...header, ...load('a'), ...doubledLimbs(limbCount, 'a')],
    ...numbers.product(squareFactors(limbCount, 'a'), squareStore, (limb) => subtrahends.map((c) => at(c, limb))),
    ...(reduce ? [...reduce('x'), ...limbs.map((i) => put(i, `x${i}`))] : []),
  ]
  return [
    functionSource('a·b. `out` may be any input, here and below.', 'mul(out: usize, a: usize, b: usize)', [
      ...[...header, ...load('a'), ...load('b')],
      ...numbers.product(ab, store),
    ]),
    functionSource('a·b − c.', 'mulSub(out: usize, a: usize, b: usize, c: usize)', [
      ...[...header, ...load('a'), ...load('b')],
      ...numbers.product(ab, store, (limb) => [at('c', limb)]),
    ]),
    functionSource('a·(p − q).', 'mulDifference(out: usize, a: usize, p: usize, q: usize)', [
      ...[...header, ...load('a'), ...difference],
      ...numbers.product(ab, store),
    ]),
    functionSource('a·(p − q) − c.', 'mulDifferenceSub(out: usize, a: usize, p: usize, q: usize, c: usize)', [
      ...[...header, ...load('a'), ...difference],
      ...numbers.product(ab, store, (limb) => [at('c', limb)]),
    ]),
    functionSource('a².', 'sqr(out: usize, a: usize)', [
      ...[...header, ...load('a'), ...doubledLimbs(limbCount, 'a')],
      ...numbers.product(squareFactors(limbCount, 'a'), store),
    ]),
    functionSource('a² − b − c.', 'sqrSubTwo(out: usize, a: usize, b: usize, c: usize)', squareLess('b', 'c')),
    functionSource('a² − b − 2c.', 'sqrSubTwice(out: usize, a: usize, b: usize, c: usize)', squareLess('b', 'c', 'c')),
    functionSource(
      'a − b without carries.',
      'sub(out: usize, a: usize, b: usize)',
      limbs.map((i) => put(i, subDoubles(at('a', i), at('b', i)))),
    ),
    functionSource(
      'a.',
      'copy(out: usize, a: usize)',
      limbs.map((i) => put(i, at('a', i))),
    ),
    functionSource(
      'a, its lanes exchanged. `out` is not a.',
      'swapLanes(out: usize, a: usize)',
      limbs.flatMap((i) => [`const a${i} = ${at('a', i)}`, put(i, `v128.shuffle<i64>(a${i}, a${i}, 1, 0)`)]),
    ),
    unpackSource(numbers, pool),
  ]
}

/** Bits start to start + length − 1 of the four words name0 … name3; start may be negative. */
function bitField(name: string, start: number, length: number): string {
  if (start < 0) return and(shiftLeft(`${name}0`, -start), 'mask')
  const [word, shift] = [start >> 6, start & 63]
  const low = shift === 0 ? `${name}${word}` : shiftRight(`${name}${word}`, shift)
  const isSplit = shift + length > 64 && word < 3
  return and(isSplit ? or(low, shiftLeft(`${name}${word + 1}`, 64 - shift)) : low, 'mask')
}

/**
 * Raw integers of 256 bits (four little-endian words), a for lane 0 and b for lane 1, to limbs in [0, 2^bits): or-ing
 * an integer to the bits of 2^52 adds it to that. The top limb takes all that is left, which is below 2^52.
 */
function unpackSource(numbers: LaneNumbers, pool: ConstantPool): string {
  const { limbBits, limbCount, pointShifts } = numbers
  const mask = `const mask = ${pool.integer((1n << BigInt(limbBits)) - 1n)}`
  const words = [0, 8, 16, 24].map((at, i) => `const w${i} = v128.load64_lane(b, v128.load64_zero(a, ${at}), 1, ${at})`)
  const entryWords = (name: string, offset: number) =>
    [0, 8, 16, 24].map((byte, i) => {
      const at = byte + offset
      return `const ${name}${i} = loadSecondLane(b + ${at}, loadFirstLane(a + ${at}))`
    })
  const limb = (name: string, i: number, shift: number) => {
    const start = limbBits * i - shift
    const top = shiftRight(`${name}3`, start - 192)
    const base = pool.double(2 ** 52 * numbers.unit(i))
    return subDoubles(or(i === limbCount - 1 ? top : bitField(name, start, limbBits), base), base)
  }
  const limbs = limbsOf(numbers)
  return [
    functionSource('Two raw integers.', 'unpack(out: usize, a: usize, b: usize)', [
      ...[mask, ...words],
      ...limbs.map((i) => storeLimb(numbers, 'out', i, limb('w', i, 0))),
    ]),
    functionSource(
      'Two points of the table (see `LaneNumbers.pointShifts`); y is negated where the sign is −1, and not where it is 0.',
      'unpackPoint(out: usize, a: usize, b: usize, signA: i64, signB: i64)',
      [
        ...[mask, ...entryWords('x', 0)],
        ...limbs.map((i) => storeLimb(numbers, 'out', i, limb('x', i, pointShifts.x))),
        ...entryWords('y', 32),
        'const sign = i64x2.shl(i64x2.replace_lane(i64x2.splat(signA), 1, signB), 63)',
        ...limbs.map((i) => storeLimb(numbers, 'out', i, `v128.xor(${limb('y', i, pointShifts.y)}, sign)`, 1)),
      ],
    ),
  ].join('\n')
}

/** Limbs of P, least significant first. */
function primeLimbs({ limbBits, limbCount }: LaneNumbers): bigint[] {
  const shift = BigInt(limbBits)
  return Array.from({ length: limbCount }, (_, i) => (P >> (shift * BigInt(i))) & ((1n << shift) - 1n))
}

/** The way out of the lanes: in plain integers, since it is taken once for a result and once for an inversion. */
function packLaneSource(numbers: LaneNumbers): string {
  const { limbBits, limbCount } = numbers
  const limbs = limbsOf(numbers)
  const top = limbCount - 1
  const carry = (name: string) =>
    limbs.slice(0, -1).map((i) => `${name}${i + 1} += ${name}${i} >> ${limbBits}; ${name}${i} &= mask`)
  const prime = primeLimbs(numbers)
  const word = (index: number) => {
    const parts = limbs.map((i) => ({ i, shift: limbBits * i - 64 * index }))
    return parts
      .filter(({ shift }) => shift > -limbBits && shift < 64)
      .map(({ i, shift }) => (shift < 0 ? `(t${i} >> ${-shift})` : `(t${i} << ${shift})`))
      .join(' | ')
  }
  return functionSource(
    'One lane of a as a raw integer, 0 ≤ v < P; takes one addition per P that it is below 0, so give it products.',
    'packLane(out: usize, a: usize, lane: i32)',
    [
      `const mask: i64 = ${(1n << BigInt(limbBits)) - 1n}`,
      'a += <usize>lane << 3',
      ...limbs.map((i) => {
        const unit = numbers.unit(i)
        const limb = `load<f64>(a, ${16 * i})`
        return `let t${i} = <i64>(${unit === 1 ? limb : `${limb} * reinterpret<f64>(<i64>${doubleBits(1 / unit)})`})`
      }),
      ...carry('t'),
      `while (t${top} < 0) {`,
      ...limbs.filter((i) => prime[i] !== 0n).map((i) => `t${i} += ${prime[i]}`),
      ...carry('t'),
      '}',
      'while (true) {',
      ...limbs.map((i) => `let s${i} = t${i}${prime[i] === 0n ? '' : ` - ${prime[i]}`}`),
      ...carry('s'),
      `if (s${top} < 0) break`,
      ...limbs.map((i) => `t${i} = s${i}`),
      '}',
      ...[0, 1, 2, 3].map((index) => `store<u64>(out, ${word(index)}, ${8 * index})`),
    ],
  )
}

/** What assembly/lane-element.ts and assembly/lane-pedersen.ts want. */
export function laneFieldSource(numbers: LaneNumbers): string {
  const { radix } = numbers
  const element = (name: string, value: bigint) => wordData(name, inBothLanes(elementWords(numbers, mod(value))))
  return [
    ...arithmetic(numbers),
    packLaneSource(numbers),
    `export const ELEMENT_BYTES: usize = ${elementBytes(numbers)}`,
    element('ONE', radix),
    element('TWO', 2n * radix),
    element('R_SQUARED', radix * radix),
    element('R_CUBED', radix * radix * radix),
    '/** The product with it is out of Montgomery form. */',
    element('UNIT', 1n),
    '/** The same for an x that comes from points of the table. */',
    element('POINT_UNIT', numbers.pointFactor),
  ].join('\n')
}
