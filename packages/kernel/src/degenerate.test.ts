import { beforeEach, describe, expect, test } from 'vitest'
import { R } from '../codegen/limbs.ts'
import { add, invert, mod, multiply, N, negate, P, PEDERSEN_POINTS, type Point } from './curve.ts'
import { BACKENDS } from './index.ts'
import type { Kernel } from './kernel.ts'
import { pack, pseudoRandomFelts, reference, unpack } from './testing/felts.ts'
import { instantiate, type WasmExports } from './wasm-exports.ts'
import { createWasmKernel } from './wasm-kernel.ts'

/**
 * Pedersen where two points that are to be added have the same x. No input leads there (it would be a known logarithm),
 * so the table is damaged: it is found in memory by its first entry, entries are overwritten, and the hashes must be the
 * sums of the points that are there now. The sums are taken with the bigint curve on the same table.
 */

const ENTRY_BYTES = 64
const PAIR_BITS = 504
const R_INVERSE = invert(R)

const littleEndian = (value: bigint) => pack([value]).reverse()
const readWord = (bytes: Uint8Array) => unpack(bytes.slice().reverse())[0]!
const encodePoint = (point: NonNullable<Point>) =>
  Buffer.concat([point.x, point.y].map((coordinate) => littleEndian(mod(coordinate * R))))

/** The table as assembly/windows.ts lays it out. */
class Table {
  readonly width: number
  readonly count: number
  readonly #memory: Uint8Array
  readonly #start: number

  constructor(wasm: WasmExports, width: number) {
    this.width = width
    this.count = Math.ceil(PAIR_BITS / width)
    this.#memory = new Uint8Array(wasm.memory.buffer)
    // Entry 0: all digits −1 but the top one, (2^(w−1) − … − 2 − 1)·P1/2.
    const first = multiply(PEDERSEN_POINTS[1], (N + 1n) / 2n)!
    this.#start = Buffer.from(wasm.memory.buffer).indexOf(encodePoint(first))
    if (this.#start < 0) throw new Error('no table')
  }

  /** The entry that window j of a pair picks, and whether it is negated. */
  #pick(pair: readonly bigint[], j: number): { entry: Uint8Array; isNegated: boolean } {
    const string = pair[0]! | (pair[1]! << 252n)
    const value = Number((string >> BigInt(j * this.width)) & ((1n << BigInt(this.width)) - 1n))
    const half = 2 ** (this.width - 1)
    const isNegated = j < this.count - 1 && value < half
    const index = j === this.count - 1 ? value : isNegated ? half - 1 - value : value - half
    const start = this.#start + (j * half + index) * ENTRY_BYTES
    return { entry: this.#memory.subarray(start, start + ENTRY_BYTES), isNegated }
  }

  point(pair: readonly bigint[], j: number): Point {
    const { entry, isNegated } = this.#pick(pair, j)
    const [x, y] = [entry.subarray(0, 32), entry.subarray(32)].map((bytes) => mod(readWord(bytes) * R_INVERSE))
    return isNegated ? { x: x!, y: P - y! } : { x: x!, y: y! }
  }

  /** Makes `point` what window j of the pair adds. */
  overwrite(pair: readonly bigint[], j: number, point: Point): void {
    const { entry, isNegated } = this.#pick(pair, j)
    entry.set(encodePoint((isNegated ? negate(point) : point)!))
  }

  /** The hash by the table: 0 for the point at infinity. */
  hash(pair: readonly bigint[]): bigint {
    let sum: Point
    for (let j = 0; j < this.count; j += 1) sum = add(sum, this.point(pair, j))
    return sum?.x ?? 0n
  }
}

const CASES = BACKENDS.filter((backend) => backend !== 'reference').flatMap((backend) =>
  [4, 5, 8, 12, 13].map((width) => [backend, width] as const),
)

describe.each(CASES)('%s, windows of %i bits', (backend, width) => {
  const felts = pseudoRandomFelts(14)
  const pairs = Array.from({ length: 7 }, (_, i) => felts.slice(2 * i, 2 * i + 2))
  /** The one whose points are damaged; the others are in the same batch and must still be right. */
  const victim = pairs[3]!
  let table: Table
  let kernel: Kernel

  beforeEach(async () => {
    const wasm = await instantiate(backend)
    kernel = createWasmKernel(backend, wasm, width)
    table = new Table(wasm, width)
  })

  /** In a batch, as one of two, and alone: all three ways end in a fallback of their own. */
  function expectSums(): void {
    const expected = pairs.map((pair) => table.hash(pair))
    expect(unpack(kernel.pedersenPairs(pack(pairs.flat())))).toEqual(expected)
    expect(unpack(kernel.pedersenPairs(pack(pairs.slice(2, 4).flat())))).toEqual(expected.slice(2, 4))
    expect(pairs.flatMap((pair) => unpack(kernel.pedersenPairs(pack(pair))))).toEqual(expected)
  }

  test('the sound table', () => {
    expect(pairs.map((pair) => table.hash(pair))).toEqual(unpack(reference.pedersenPairs(pack(pairs.flat()))))
    expectSums()
  })

  test('neighbours are equal', () => {
    table.overwrite(victim, 1, table.point(victim, 0))
    expectSums()
  })

  test('neighbours cancel out', () => {
    table.overwrite(victim, 1, negate(table.point(victim, 0)))
    expectSums()
  })

  test('sums of neighbours are equal, a level higher', () => {
    table.overwrite(victim, 2, table.point(victim, 0))
    table.overwrite(victim, 3, table.point(victim, 1))
    expectSums()
  })

  test.each([
    ['equal', (point: Point) => point],
    ['opposite', negate],
  ])('both ends have %s neighbours, so that sums from either end meet them', (_, other) => {
    table.overwrite(victim, 1, other(table.point(victim, 0)))
    table.overwrite(victim, table.count - 2, other(table.point(victim, table.count - 1)))
    expectSums()
  })

  test('a point equals the one two windows before: halves of a hash that take every other window meet it', () => {
    table.overwrite(victim, 2, table.point(victim, 0))
    expectSums()
  })

  test.each([
    ['equal', (point: Point) => point],
    ['opposite', negate],
  ])('every other window has a sum %s to that of the others', (_, other) => {
    const lastOdd = table.count - 1 - (table.count & 1)
    let [even, odd]: Point[] = []
    for (let j = 0; j < lastOdd; j += 2) even = add(even, table.point(victim, j))
    for (let j = 1; j < lastOdd; j += 2) odd = add(odd, table.point(victim, j))
    // Where the count is odd, the last window comes later, to either of them.
    if (table.count & 1) even = add(even, table.point(victim, table.count - 1))
    table.overwrite(victim, lastOdd, add(other(even), negate(odd)))
    expectSums()
  })

  test('the last addition meets the negative of the sum: H is 0', () => {
    const last = table.count - 1
    let sum: Point
    for (let j = 0; j < last; j += 1) sum = add(sum, table.point(victim, j))
    table.overwrite(victim, last, negate(sum))
    expect(table.hash(victim)).toBe(0n)
    expectSums()
  })

  test('chains of arrays meet it too', () => {
    table.overwrite([0n, victim[0]!], table.count - 1, table.point([0n, victim[0]!], table.count - 2))
    const chain = (row: readonly bigint[]) =>
      table.hash([row.reduce((hash, value) => table.hash([hash, value]), 0n), BigInt(row.length)])
    const rows = [pairs[0]!, victim, [victim[0]!], []]
    const hashes = kernel.pedersenArrays(pack(rows.flat()), Uint32Array.of(2, 2, 1, 0))
    expect(unpack(hashes)).toEqual(rows.map(chain))
  })
})
