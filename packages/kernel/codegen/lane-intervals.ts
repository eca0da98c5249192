/**
 * Runs the generated source of the two-lane back ends on intervals, as codegen/intervals.ts does with that of the scalar
 * one: what it computes holds for all inputs within the bounds it was given. Both lanes do the same, so it follows one.
 *
 * It throws where a sum or product of doubles is rounded, except for what rounding is used for: to split a number in two,
 * of which the lower part is then known to be small. It throws where a 64-bit integer that is shifted right may be
 * negative or has wrapped around, and where bits are read as a double of another binade than was meant. So if it runs
 * through, the source computes in plain integers.
 */

/** A 64-bit integer, known mod 2^64. */
export interface Word {
  readonly kind: 'word'
  readonly min: bigint
  readonly max: bigint
}

/** A double that is a multiple of 2^step; min and max in units of 2^−FRACTION_BITS. */
export interface Double {
  readonly kind: 'double'
  readonly min: bigint
  readonly max: bigint
  readonly step: number
  /** Where it was rounded: a·b + plus (b is 1 for a sum), by how much at most. */
  readonly rounded?: { readonly a: Double; readonly b: Double; readonly plus: Double; readonly error: bigint }
  /** Another value that it is near to, and how far from it at most. */
  readonly near?: { readonly value: Double; readonly error: bigint }
  /** value·2^−bits, or that to the next integer. */
  readonly quotient?: { readonly value: Double; readonly bits: number }
  /** It is minuend − rounded. */
  readonly complement?: { readonly minuend: Double; readonly rounded: Double }
}

export type Value = Word | Double

/** What lies behind each pointer, by byte offset. */
export type LaneMemory = Map<string, Map<number, Value>>

/** More than any product of limbs has: they are multiples of 2^−528. */
const FRACTION_BITS = 1152
const MANTISSA_BITS = 52
const EXPONENT_BIAS = 1023
const WORD = 1n << 64n

const shift = (value: bigint, bits: number) => (bits >= 0 ? value << BigInt(bits) : value >> BigInt(-bits))
/** 2^exponent as min and max are counted. */
const power = (exponent: number) => 1n << BigInt(exponent + FRACTION_BITS)
const magnitude = ({ min, max }: { min: bigint; max: bigint }) => (-min > max ? -min : max)
const isPoint = ({ min, max }: Value) => min === max
const isSame = (a: Value, b: Value) => a === b || (isPoint(a) && isPoint(b) && a.min === b.min)
const hull = <T extends Value>(a: T, b: T): T => ({
  ...a,
  min: a.min < b.min ? a.min : b.min,
  max: a.max > b.max ? a.max : b.max,
})

export const word = (min: bigint, max = min): Word => ({ kind: 'word', min, max })

/** Multiples of 2^step from min·2^step to max·2^step. */
export const double = (min: bigint, max: bigint, step: number): Double => ({
  kind: 'double',
  min: shift(min, step + FRACTION_BITS),
  max: shift(max, step + FRACTION_BITS),
  step,
})

/** The limits in units of 2^step, rounded outwards. */
export const limitsOf = ({ min, max }: Double, step: number) => ({
  min: shift(min, -step - FRACTION_BITS),
  max: -shift(-max, -step - FRACTION_BITS),
})

/** For messages: the sign and the size. */
function about(value: bigint): string {
  if (value === 0n) return '0'
  const exponent = (value < 0n ? -value : value).toString(2).length - FRACTION_BITS
  return `${value < 0n ? '−' : ''}2^${exponent}`
}

/** The exponent of the binade, ends included, that has both limits. */
function binadeOf({ min, max }: { min: bigint; max: bigint }): number {
  const exponent = min.toString(2).length - 1 - FRACTION_BITS
  if (min > 0n && max <= power(exponent + 1)) return exponent
  throw new RangeError(`not within one binade: ${about(min)} to ${about(max)}`)
}

/** The word mod 2^64 as an unsigned number. */
function unsigned(value: Word): Word {
  const turns = (value.min - BigInt.asUintN(64, value.min)) / WORD
  const [min, max] = [value.min - turns * WORD, value.max - turns * WORD]
  if (max < WORD) return { kind: 'word', min, max }
  throw new RangeError(`may be negative or wrap around: [${value.min}, ${value.max}]`)
}

/** The word mod 2^64 as a signed number, if it is none that wraps around. */
function signed(value: Word): Word {
  const turns = (value.min - BigInt.asIntN(64, value.min)) / WORD
  return word(value.min - turns * WORD, value.max - turns * WORD)
}

function toWord(value: Value): Word {
  if (value.kind === 'word') return value
  const exponent = binadeOf(value)
  const bits = (v: bigint) =>
    (BigInt(exponent + EXPONENT_BIAS) << BigInt(MANTISSA_BITS)) +
    shift(v - power(exponent), MANTISSA_BITS - exponent - FRACTION_BITS)
  return word(bits(value.min), bits(value.max))
}

function toDouble(value: Value): Double {
  if (value.kind === 'double') return value
  const { min, max } = unsigned(value)
  if (min === max) return decode(min)
  const exponent = Number(min >> BigInt(MANTISSA_BITS)) - EXPONENT_BIAS
  const start = (min >> BigInt(MANTISSA_BITS)) << BigInt(MANTISSA_BITS)
  if (max - start > 1n << BigInt(MANTISSA_BITS)) throw new RangeError(`bits of more than one binade: ${min} to ${max}`)
  const step = exponent - MANTISSA_BITS
  const base = 1n << BigInt(MANTISSA_BITS)
  return double(base + min - start, base + max - start, step)
}

/** A constant: its step is that of its last bit. */
function decode(bits: bigint): Double {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, bits)
  const value = view.getFloat64(0)
  let step = Math.max(-FRACTION_BITS, Math.floor(Math.log2(Math.abs(value) || 1)) - MANTISSA_BITS)
  while (value !== 0 && step < EXPONENT_BIAS && Number.isInteger(value / 2 ** (step + 1))) step += 1
  const units = BigInt(value / 2 ** step)
  return double(units, units, value === 0 ? EXPONENT_BIAS : step)
}

/** a·b + plus, rounded once; exact where nothing is said about rounding. */
function fused(a: Double, b: Double, plus: Double): Double {
  const products = [a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max].map((p) => p >> BigInt(FRACTION_BITS))
  const sorted = products.sort((x, y) => (x < y ? -1 : 1))
  const [min, max] = [sorted[0]! + plus.min, sorted[3]! + plus.max]
  const step = Math.min(a.step + b.step, plus.step)
  const product = plus.complement?.rounded.rounded
  if (product && isSame(product.a, a) && isSame(product.b, b)) {
    // a·b + minuend − (a·b + product.plus + error)
    const middle = plus.complement!.minuend.min - product.plus.min
    return exact({ kind: 'double', min: middle - product.error, max: middle + product.error, step })
  }
  if (magnitude({ min, max }) <= shift(power(0), 1 + MANTISSA_BITS + step)) return { kind: 'double', min, max, step }
  const exponent = binadeOf({ min, max })
  const ulp = exponent - MANTISSA_BITS
  const [low, high] = [min >> BigInt(ulp + FRACTION_BITS), -(-max >> BigInt(ulp + FRACTION_BITS))]
  return { ...double(low, high, ulp), rounded: { a, b, plus, error: power(ulp - 1) } }
}

function exact(value: Double): Double {
  if (magnitude(value) <= shift(power(0), 1 + MANTISSA_BITS + value.step)) return value
  throw new RangeError('a sum of doubles is rounded')
}

const ONE = double(1n, 1n, 0)
const negate = (a: Double): Double => ({ kind: 'double', min: -a.max, max: -a.min, step: a.step })

/** Rounded only where a constant is added in order to round. */
function addDoubles(a: Double, b: Double): Double {
  const total = fused(a, ONE, b)
  if (total.rounded && !isPoint(b)) throw new RangeError('a sum of doubles is rounded')
  return total
}

function subDoubles(a: Double, b: Double): Double {
  const { near, rounded } = { near: b.near, rounded: a.rounded }
  const step = Math.min(a.step, b.step)
  // The lower part of a number of which b is the upper part.
  if (near && near.value === a) return exact({ kind: 'double', min: -near.error, max: near.error, step })
  const difference = exact({ kind: 'double', min: a.min - b.max, max: a.max - b.min, step })
  // What rounding by a constant leaves when the constant is taken away again.
  if (rounded && isSame(rounded.plus, b) && isSame(rounded.b, ONE)) {
    return { ...difference, near: { value: rounded.a, error: rounded.error } }
  }
  return isPoint(a) && b.rounded ? { ...difference, complement: { minuend: a, rounded: b } } : difference
}

function mulDoubles(a: Double, b: Double): Double {
  const product = exact(fused(a, b, double(0n, 0n, EXPONENT_BIAS)))
  const isPower = isPoint(b) && b.min > 0n && b.min === power(b.step)
  return isPower ? { ...product, quotient: { value: a, bits: -b.step } } : product
}

function nearest(a: Double): Double {
  const [min, max] = [shift(a.min, -FRACTION_BITS), -shift(-a.max, -FRACTION_BITS)]
  return { ...double(min, max, 0), ...(a.quotient && { quotient: a.quotient }) }
}

/** c − a·b; where a is the next integer to c/b, what is left is at most half of b. */
function subProduct(a: Double, b: Double, c: Double): Double {
  if (a.quotient && a.quotient.value === c && isSame(b, double(1n, 1n, a.quotient.bits))) {
    const half = power(a.quotient.bits - 1)
    return exact({ kind: 'double', min: -half, max: half, step: c.step })
  }
  return subDoubles(c, mulDoubles(a, b))
}

function maskWord(a: Word, mask: Word): Word {
  if ((mask.min & (mask.min + 1n)) !== 0n) throw new Error(`${mask.min} is not a mask of low bits`)
  return a.min >= 0n && a.max <= mask.min ? a : word(0n, mask.min)
}

/** Bits of a constant or-ed to an integer that has none of them is their sum; else nothing is known. */
function orWords(a: Word, b: Word): Word {
  const lowBits = isPoint(b) ? b.min & -b.min : 0n
  if (a.min >= 0n && a.max < lowBits) return word(a.min + b.min, a.max + b.max)
  if (isPoint(b)) throw new RangeError(`[${a.min}, ${a.max}] overlaps with the bits of ${b.min}`)
  return word(0n, WORD - 1n)
}

type Operation = (a: Value, b: Value, c: Value) => Value

const OPERATIONS: Readonly<Record<string, Operation>> = {
  'i64x2.add': (a, b) => word(toWord(a).min + toWord(b).min, toWord(a).max + toWord(b).max),
  'i64x2.sub': (a, b) => word(toWord(a).min - toWord(b).max, toWord(a).max - toWord(b).min),
  'i64x2.shl': (a, b) => word(toWord(a).min << b.min, toWord(a).max << b.min),
  'i64x2.shr_u': (a, b) => word(unsigned(toWord(a)).min >> b.min, unsigned(toWord(a)).max >> b.min),
  'i64x2.splat': (a) => a,
  'i64x2.replace_lane': (a, _, b) => hull(a, b),
  'v128.and': (a, b) => maskWord(toWord(a), toWord(b)),
  'v128.or': (a, b) => orWords(toWord(a), toWord(b)),
  // Only ever of a double and a sign.
  'v128.xor': (a) => hull(toDouble(a), negate(toDouble(a))),
  'v128.shuffle': (a) => a,
  'f64x2.add': (a, b) => addDoubles(toDouble(a), toDouble(b)),
  'f64x2.sub': (a, b) => subDoubles(toDouble(a), toDouble(b)),
  'f64x2.mul': (a, b) => mulDoubles(toDouble(a), toDouble(b)),
  'f64x2.nearest': (a) => nearest(toDouble(a)),
  'f64x2.relaxed_madd': (a, b, c) => fused(toDouble(a), toDouble(b), toDouble(c)),
  'f64x2.relaxed_nmadd': (a, b, c) => subProduct(toDouble(a), toDouble(b), toDouble(c)),
}

const TOKEN = /[A-Za-z_][\w.]*|\d+|[(){},=;:]/g

class Runner {
  readonly #tokens: readonly string[]
  readonly #memory: LaneMemory
  readonly #locals: Map<string, Value>
  #position = 0

  constructor(source: string, memory: LaneMemory, locals: ReadonlyMap<string, Value>) {
    this.#tokens = source.match(TOKEN) ?? []
    this.#memory = memory
    this.#locals = new Map(locals)
  }

  run(): void {
    while (this.#position < this.#tokens.length) {
      const token = this.#next()
      if (token === 'v128.store') this.#store()
      else if (token === 'let' || token === 'const') this.#declarations()
      else if (!'{};'.includes(token)) this.#assign(token)
    }
  }

  #next(expected?: string): string {
    const token = this.#tokens[this.#position]!
    if (expected !== undefined && token !== expected) throw new Error(`${token} where ${expected} should be`)
    this.#position += 1
    return token
  }

  #accept(token: string): boolean {
    if (this.#tokens[this.#position] !== token) return false
    this.#position += 1
    return true
  }

  #declarations(): void {
    do {
      const name = this.#next()
      if (this.#accept(':')) this.#next('v128')
      else this.#assign(name)
    } while (this.#accept(','))
  }

  #assign(name: string): void {
    this.#next('=')
    try {
      this.#locals.set(name, this.#expression())
    } catch (error) {
      throw error instanceof RangeError ? new RangeError(`${name}: ${error.message}`) : error
    }
  }

  #store(): void {
    this.#next('(')
    const pointer = this.#next()
    this.#next(',')
    const value = this.#expression()
    this.#next(',')
    const offset = Number(this.#next())
    this.#next(')')
    const target = this.#memory.get(pointer) ?? new Map<number, Value>()
    this.#memory.set(pointer, target.set(offset, value.kind === 'word' ? signed(value) : value))
  }

  #load(): Value {
    const pointer = this.#next()
    this.#next(',')
    const offset = Number(this.#next())
    const value = this.#memory.get(pointer)?.get(offset)
    if (!value) throw new Error(`nothing at ${pointer} + ${offset}`)
    return value
  }

  /** Of an entry: `pointer + offset`, where `+` is no token. */
  #loadOfTable(): Value {
    const pointer = this.#next()
    return this.#memory.get(pointer)!.get(Number(this.#next()))!
  }

  #expression(): Value {
    const token = this.#next()
    if (/^\d/.test(token)) return word(BigInt(token))
    if (!this.#accept('(')) {
      const value = this.#locals.get(token)
      if (!value) throw new Error(`${token} has no value`)
      return value
    }
    const value = this.#call(token)
    this.#next(')')
    return value
  }

  #call(name: string): Value {
    if (name === 'v128.load' || name === 'v128.load64_zero' || name === 'v128.load64_splat') return this.#load()
    if (name === 'v128.load64_lane') {
      const pointer = this.#next()
      this.#next(',')
      const other = this.#expression()
      this.#next(',')
      this.#next('1')
      this.#next(',')
      return hull(other, this.#memory.get(pointer)!.get(Number(this.#next()))!)
    }
    if (name === 'loadFirstLane') return this.#loadOfTable()
    if (name === 'loadSecondLane') {
      const value = this.#loadOfTable()
      this.#next(',')
      return hull(this.#expression(), value)
    }
    const operation = OPERATIONS[name]
    if (!operation) throw new Error(`${name} is not known`)
    const operands = [this.#expression()]
    while (this.#accept(',')) operands.push(this.#expression())
    const [a, b = a, c = b] = operands
    return operation(a!, b!, c!)
  }
}

/** Runs statements on `memory` and leaves there what they store. @throws RangeError where a bound does not hold. */
export function runOnLaneIntervals(source: string, memory: LaneMemory, locals = new Map<string, Value>()): void {
  new Runner(source, memory, locals).run()
}
