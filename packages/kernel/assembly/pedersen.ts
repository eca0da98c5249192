import { addComplete, addMixed, AFFINE_BYTES, isInfinity, setInfinity, setJacobian, toAffine } from './curve'
import { ELEMENT_BYTES, invert, storeFelt } from './field'
import {
  copy,
  mul,
  mulDifference,
  mulDifferenceSub,
  ONE,
  P0,
  P1_HALF,
  P2_HALF,
  P3_HALF,
  P4_HALF,
  sqrSubTwo,
  sub,
} from './generated/field'
import { allocate, release } from './memory'
import { bitsBytes, fetchPoint, fillTable, layOutWindows, touchEntries, Windows, writeBits } from './windows'

/**
 * Pedersen: the 504 bits of a pair (252 each; 248 of P1, 4 of P2, 248 of P3, 4 of P4) pick one point a window, and the
 * points are added up. Many hashes together do that as a tree: each level adds neighbours pairwise, all hashes at once,
 * with one inversion for the level (Montgomery's trick). 5 products and 1 square an addition.
 */

export const PAIR_BYTES: usize = 64
const PAIR_BITS: i32 = 504
const LOW_BITS: i32 = 248
const HIGH_BITS: i32 = 4

/** Hashes of one tree. Beyond 64 the inversions no longer show; the scratch of 128 still fits into a level-2 cache. */
export const CHUNK_COUNT: i32 = 128

export const windows: Windows = changetype<Windows>(memory.data(16))
/** The bit string of a pair: 63 bytes, and what is read behind them. */
export const STRING_BYTES: usize = 80
const string: usize = memory.data(80)
const jacobian: usize = memory.data(108)
const complete: usize = memory.data(76)
const point: usize = memory.data(72)
const accumulated: usize = memory.data(36)
const inverse: usize = memory.data(36)
const slope: usize = memory.data(36)
const newX: usize = memory.data(36)

/** Point j of hash h is at (j·n + h)·72: the neighbours of a level lie n apart, the hashes side by side. */
let points: usize = 0
/** Products of the differences so far, and the differences, in the order they are taken. */
let products: usize = 0
let differences: usize = 0

export function initializePedersen(width: i32, isFilled: bool): void {
  layOutWindows(windows, width, PAIR_BITS)
  if (!isFilled) fillPedersenTable()
  const pairCountMax = <usize>(windows.count >> 1) * CHUNK_COUNT
  points = allocate(<usize>windows.count * CHUNK_COUNT * AFFINE_BYTES)
  products = allocate((pairCountMax + 1) * ELEMENT_BYTES)
  differences = allocate(pairCountMax * ELEMENT_BYTES)
}

function fillPedersenTable(): void {
  const bits = allocate(bitsBytes(PAIR_BITS))
  let end = writeBits(bits, P1_HALF, LOW_BITS)
  end = writeBits(end, P2_HALF, HIGH_BITS)
  end = writeBits(end, P3_HALF, LOW_BITS)
  writeBits(end, P4_HALF, HIGH_BITS)
  fillTable(windows, bits, PAIR_BITS, P0)
  release(bits)
}

/** a in bits 0 to 251, b in bits 252 to 503, of STRING_BYTES at `out`. */
export function readString(out: usize, pair: usize): void {
  const a3 = bswap<u64>(load<u64>(pair, 0))
  const b0 = bswap<u64>(load<u64>(pair, 56))
  const b1 = bswap<u64>(load<u64>(pair, 48))
  const b2 = bswap<u64>(load<u64>(pair, 40))
  const b3 = bswap<u64>(load<u64>(pair, 32))
  store<u64>(out, bswap<u64>(load<u64>(pair, 24)), 0)
  store<u64>(out, bswap<u64>(load<u64>(pair, 16)), 8)
  store<u64>(out, bswap<u64>(load<u64>(pair, 8)), 16)
  store<u64>(out, (a3 & 0x0fffffffffffffff) | (b0 << 60), 24)
  store<u64>(out, (b0 >> 4) | (b1 << 60), 32)
  store<u64>(out, (b1 >> 4) | (b2 << 60), 40)
  store<u64>(out, (b2 >> 4) | (b3 << 60), 48)
  store<u64>(out, b3 >> 4, 56)
}

/** The x of the sum, 0 for the point at infinity (which nobody can reach without knowing a logarithm). */
function hashCompletely(out: usize): void {
  setInfinity(complete)
  for (let j = 0; j < windows.count; j++) {
    fetchPoint(point, windows, string, j)
    addComplete(complete, point, ONE)
  }
  if (isInfinity(complete)) memory.fill(out, 0, 32)
  else storeFelt(out, complete)
}

export function hashOne(pair: usize, out: usize): void {
  readString(string, pair)
  touchEntries(windows, string)
  fetchPoint(point, windows, string, windows.count - 1)
  setJacobian(jacobian, point)
  for (let j = windows.count - 2; j >= 0; j--) {
    fetchPoint(point, windows, string, j)
    addMixed(jacobian, point)
  }
  if (toAffine(point, jacobian)) storeFelt(out, point)
  else hashCompletely(out)
}

/**
 * Adds up the `count` points of each of n hashes, in place; x of the sums is left at the start of `points`. False, with
 * the points spoilt, where two points to be added have the same x: then the product of all differences is 0.
 *
 * x grows from below P to 2 + 2·x a level, 382·P after the 7 levels of width 4; the largest product is
 * difference·inverse, below 2·382·P², within what the reduction allows (2^10).
 */
function sumTree(n: i32, count: i32): bool {
  const rowBytes = <usize>n * AFFINE_BYTES
  while (count > 1) {
    const pairCount = count >> 1
    multiplyDifferences(n, pairCount, rowBytes)
    const product = products + <usize>pairCount * <usize>n * ELEMENT_BYTES
    if (!invert(accumulated, product)) return false
    addNeighbours(n, pairCount, rowBytes, count > 2)
    if (count & 1) memory.copy(points + <usize>pairCount * rowBytes, points + <usize>(count - 1) * rowBytes, rowBytes)
    count = pairCount + (count & 1)
  }
  return true
}

/** From the last pair to the first, so that `addNeighbours`, which needs them backwards, may write over what it read. */
function multiplyDifferences(n: i32, pairCount: i32, rowBytes: usize): void {
  let product = products
  let difference = differences
  copy(product, ONE)
  for (let j = pairCount - 1; j >= 0; j--) {
    let left = points + <usize>(2 * j + 1) * rowBytes
    for (let h = 0; h < n; h++) {
      left -= AFFINE_BYTES
      sub(difference, left + rowBytes, left)
      mul(product + ELEMENT_BYTES, product, difference)
      product += ELEMENT_BYTES
      difference += ELEMENT_BYTES
    }
  }
}

function addNeighbours(n: i32, pairCount: i32, rowBytes: usize, wantsY: bool): void {
  let product = products + <usize>pairCount * <usize>n * ELEMENT_BYTES
  let difference = differences + <usize>pairCount * <usize>n * ELEMENT_BYTES
  let sum = points
  for (let j = 0; j < pairCount; j++) {
    let left = points + <usize>(2 * j) * rowBytes
    for (let h = 0; h < n; h++) {
      product -= ELEMENT_BYTES
      difference -= ELEMENT_BYTES
      const right = left + rowBytes
      mul(inverse, accumulated, product)
      mul(accumulated, accumulated, difference)
      mulDifference(slope, inverse, right + ELEMENT_BYTES, left + ELEMENT_BYTES)
      sqrSubTwo(newX, slope, left, right)
      if (wantsY) mulDifferenceSub(sum + ELEMENT_BYTES, slope, left, newX, left + ELEMENT_BYTES)
      copy(sum, newX)
      left += AFFINE_BYTES
      sum += AFFINE_BYTES
    }
  }
}

function hashChunk(pairs: usize, out: usize, outStride: usize, n: i32): void {
  for (let h = 0; h < n; h++) {
    readString(string, pairs + <usize>h * PAIR_BYTES)
    touchEntries(windows, string)
    for (let j = 0; j < windows.count; j++) {
      fetchPoint(points + <usize>(j * n + h) * AFFINE_BYTES, windows, string, j)
    }
  }
  if (sumTree(n, windows.count)) {
    for (let h = 0; h < n; h++) storeFelt(out + <usize>h * outStride, points + <usize>h * AFFINE_BYTES)
  } else {
    for (let h = 0; h < n; h++) hashOne(pairs + <usize>h * PAIR_BYTES, out + <usize>h * outStride)
  }
}

/** H of n pairs; results lie `outStride` bytes apart and may lie over the pairs' own first half (stride 64). */
export function hashPairs(pairs: usize, out: usize, outStride: usize, n: i32): void {
  while (n > 0) {
    const count = min<i32>(n, CHUNK_COUNT)
    if (count == 1) hashOne(pairs, out)
    else hashChunk(pairs, out, outStride, count)
    pairs += <usize>count * PAIR_BYTES
    out += <usize>count * outStride
    n -= count
  }
}
