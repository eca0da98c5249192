import {
  copy,
  ELEMENT_BYTES,
  mul,
  mulDifference,
  mulDifferenceSub,
  ONE,
  POINT_UNIT,
  sqrSubTwo,
  sub,
  unpackPoint,
} from './generated/lanes'
import { ELEMENT_BYTES_MAX, invertLanes, storeScaled } from './lane-element'
import { allocate } from './memory'
import { CHUNK_COUNT, hashOne, PAIR_BYTES, readString, STRING_BYTES, windows } from './pedersen'
import { pickEntry, signOf } from './windows'

/**
 * Pedersen hashes by the tree of pedersen.ts, two hashes in the two lanes, on the table of the scalar back end. One hash
 * alone goes through the scalar back end, and so do all of a tree in which points cannot be added.
 */

const POINT_BYTES: usize = 2 * ELEMENT_BYTES
/** Lane pairs of one tree. */
const LANE_PAIRS_MAX: usize = <usize>CHUNK_COUNT >> 1

/** The bit strings of two pairs. */
const strings: usize = memory.data(160)
const accumulated: usize = memory.data(ELEMENT_BYTES_MAX, 16)
const inverse: usize = memory.data(ELEMENT_BYTES_MAX, 16)
const slope: usize = memory.data(ELEMENT_BYTES_MAX, 16)
const newX: usize = memory.data(ELEMENT_BYTES_MAX, 16)

/** Laid out as in pedersen.ts, lane pairs in place of hashes. */
let points: usize = 0
let products: usize = 0
let differences: usize = 0

/** After `initializePedersen`. */
export function initializeLanePedersen(): void {
  const additionsMax = <usize>(windows.count >> 1) * LANE_PAIRS_MAX
  points = allocate(<usize>windows.count * LANE_PAIRS_MAX * POINT_BYTES)
  products = allocate((additionsMax + 1) * ELEMENT_BYTES)
  differences = allocate(additionsMax * ELEMENT_BYTES)
}

/** As `sumTree` of pedersen.ts; src/lane-bounds.test.ts has the bounds. */
function sumTree(n: i32, count: i32): bool {
  const rowBytes = <usize>n * POINT_BYTES
  while (count > 1) {
    const pairCount = count >> 1
    multiplyDifferences(n, pairCount, rowBytes)
    const product = products + <usize>pairCount * <usize>n * ELEMENT_BYTES
    if (!invertLanes(accumulated, product)) return false
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
      left -= POINT_BYTES
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
      left += POINT_BYTES
      sum += POINT_BYTES
    }
  }
}

/** The points of the two strings, `rowBytes` apart. */
function fetchPoints(out: usize, rowBytes: usize): void {
  const second = strings + STRING_BYTES
  for (let j = 0; j < windows.count; j++) {
    const signA = signOf(windows, strings, j)
    const signB = signOf(windows, second, j)
    unpackPoint(out, pickEntry(windows, strings, j, signA), pickEntry(windows, second, j, signB), signA, signB)
    out += rowBytes
  }
}

/** Where the count is odd, the last hash is in both lanes. */
function hashChunk(pairs: usize, out: usize, outStride: usize, count: i32): void {
  const n = (count + 1) >> 1
  for (let h = 0; h < n; h++) {
    const first = pairs + <usize>(2 * h) * PAIR_BYTES
    readString(strings, first)
    readString(strings + STRING_BYTES, 2 * h + 1 < count ? first + PAIR_BYTES : first)
    fetchPoints(points + <usize>h * POINT_BYTES, <usize>n * POINT_BYTES)
  }
  if (sumTree(n, windows.count)) {
    for (let h = 0; h < n; h++) {
      const first = out + <usize>(2 * h) * outStride
      storeScaled(first, 2 * h + 1 < count ? first + outStride : first, points + <usize>h * POINT_BYTES, POINT_UNIT)
    }
  } else {
    for (let h = 0; h < count; h++) hashOne(pairs + <usize>h * PAIR_BYTES, out + <usize>h * outStride)
  }
}

/** As `hashPairs` of pedersen.ts. */
export function hashPairsInLanes(pairs: usize, out: usize, outStride: usize, n: i32): void {
  while (n > 0) {
    const count = min<i32>(n, CHUNK_COUNT)
    if (count == 1) hashOne(pairs, out)
    else hashChunk(pairs, out, outStride, count)
    pairs += <usize>count * PAIR_BYTES
    out += <usize>count * outStride
    n -= count
  }
}
