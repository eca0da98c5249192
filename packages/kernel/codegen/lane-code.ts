/**
 * Source text of the back ends that compute on two lanes at a time: calls of vector instructions on locals, which
 * codegen/lane-intervals.ts can run on intervals.
 */

export const addIntegers = (a: string, b: string) => `i64x2.add(${a}, ${b})`
export const subIntegers = (a: string, b: string) => `i64x2.sub(${a}, ${b})`
export const shiftLeft = (a: string, bits: number) => `i64x2.shl(${a}, ${bits})`
/** Of numbers that are not negative: SSE and AVX have no arithmetic shift of 64 bits. */
export const shiftRight = (a: string, bits: number) => `i64x2.shr_u(${a}, ${bits})`
export const and = (a: string, b: string) => `v128.and(${a}, ${b})`
export const or = (a: string, b: string) => `v128.or(${a}, ${b})`

export const addDoubles = (a: string, b: string) => `f64x2.add(${a}, ${b})`
export const subDoubles = (a: string, b: string) => `f64x2.sub(${a}, ${b})`
export const mulDoubles = (a: string, b: string) => `f64x2.mul(${a}, ${b})`

/** A balanced sum: independent additions leave the processor more to do at once than a chain. */
export function sum(terms: readonly string[], add: (a: string, b: string) => string): string {
  if (terms.length === 1) return terms[0]!
  const half = terms.length >> 1
  return add(sum(terms.slice(0, half), add), sum(terms.slice(half), add))
}

/** The 64 bits of a double. */
export function doubleBits(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return view.getBigUint64(0)
}

/** 64-bit words in static memory. */
export function wordData(name: string, words: readonly bigint[]): string {
  return `export const ${name}: usize = memory.data<i64>([${words.map((word) => BigInt.asIntN(64, word)).join(', ')}], 16)`
}

export const inBothLanes = (words: readonly bigint[]): bigint[] => words.flatMap((word) => [word, word])

/**
 * Constants, the same in both lanes, in static memory: V8 makes a `v128.const` anew at each use, which takes longer than
 * to load it.
 */
export class ConstantPool {
  readonly name = 'CONSTANTS'
  readonly #words: bigint[] = []

  /** The word, mod 2^64, as an expression. */
  integer(value: bigint): string {
    const word = BigInt.asUintN(64, value)
    let index = this.#words.indexOf(word)
    if (index < 0) index = this.#words.push(word) - 1
    return `v128.load(${this.name}, ${16 * index})`
  }

  double(value: number): string {
    return this.integer(doubleBits(value))
  }

  /** What has been asked for so far. */
  words(): readonly bigint[] {
    return this.#words
  }

  source(): string {
    return wordData(this.name, inBothLanes(this.#words))
  }
}
