import { addToChain, CHAIN_BYTES, CHAIN_BYTES_MAX, closeChain, joinChains, startChain } from './chain'
import { ELEMENT_BYTES, POINT_UNIT, swapLanes, unpackPoint } from './generated/lanes'
import { ELEMENT_BYTES_MAX, storeScaled } from './lane-element'
import {
  CHUNK_COUNT,
  hashCompletely,
  initializeWindows,
  PAIR_BYTES,
  readString,
  STRING_BYTES,
  windows,
} from './pedersen-windows'
import { initializeTree, POINT_BYTES, sumTree, treePoints } from './tree'
import { pickEntry, signOf, touchEntries } from './windows'

/**
 * As pedersen.ts, on the same table: two hashes in the two lanes, or the two halves of one, of which each has every other
 * window.
 */

/** Lane pairs of one tree. */
const LANE_PAIRS_MAX: i32 = CHUNK_COUNT >> 1

/** Fewer hashes are faster as chains. */
const TREE_COUNT_MIN: i32 = 4

/** The bit strings of two pairs. */
const strings: usize = memory.data(2 * STRING_BYTES)
const chain: usize = memory.data(CHAIN_BYTES_MAX, 16)
const swapped: usize = memory.data(CHAIN_BYTES_MAX, 16)
const point: usize = memory.data(2 * ELEMENT_BYTES_MAX, 16)

export function initializePedersen(width: i32, isFilled: bool): void {
  initializeWindows(width, isFilled)
  initializeTree(windows.count, LANE_PAIRS_MAX)
}

/** The points of window j of `first` and window k of `second`, in the two lanes. */
// @ts-ignore: decorator
@inline
function fetchPoints(out: usize, first: usize, j: i32, second: usize, k: i32): void {
  const signA = signOf(windows, first, j)
  const signB = signOf(windows, second, k)
  unpackPoint(out, pickEntry(windows, first, j, signA), pickEntry(windows, second, k, signB), signA, signB)
}

/** Where the count of windows is odd, the last point goes to both lanes, after the other one was put aside. */
function hashOne(pair: usize, out: usize): void {
  readString(strings, pair)
  touchEntries(windows, strings)
  const last = windows.count - 1
  fetchPoints(point, strings, 0, strings, 1)
  startChain(chain, point)
  for (let j = 2; j < last; j += 2) {
    fetchPoints(point, strings, j, strings, j + 1)
    addToChain(chain, point)
  }
  for (let offset: usize = 0; offset < CHAIN_BYTES; offset += ELEMENT_BYTES) swapLanes(swapped + offset, chain + offset)
  if ((last & 1) == 0) {
    fetchPoints(point, strings, last, strings, last)
    addToChain(chain, point)
  }
  joinChains(chain, swapped)
  if (closeChain(point, chain)) storeScaled(out, out, point, POINT_UNIT)
  else hashCompletely(strings, out)
}

/** Two chains of their own, which win over a tree of so few. */
function hashTwo(pairs: usize, out: usize, outStride: usize): void {
  const second = strings + STRING_BYTES
  readString(strings, pairs)
  readString(second, pairs + PAIR_BYTES)
  touchEntries(windows, strings)
  touchEntries(windows, second)
  fetchPoints(point, strings, 0, second, 0)
  startChain(chain, point)
  for (let j = 1; j < windows.count; j++) {
    fetchPoints(point, strings, j, second, j)
    addToChain(chain, point)
  }
  if (closeChain(point, chain)) {
    storeScaled(out, out + outStride, point, POINT_UNIT)
  } else {
    hashCompletely(strings, out)
    hashCompletely(second, out + outStride)
  }
}

/** Where the count is odd, the last hash is in both lanes. */
function hashChunk(pairs: usize, out: usize, outStride: usize, count: i32): void {
  const n = (count + 1) >> 1
  const points = treePoints()
  const second = strings + STRING_BYTES
  for (let h = 0; h < n; h++) {
    const first = pairs + <usize>(2 * h) * PAIR_BYTES
    readString(strings, first)
    readString(second, 2 * h + 1 < count ? first + PAIR_BYTES : first)
    let row = points + <usize>h * POINT_BYTES
    for (let j = 0; j < windows.count; j++) {
      fetchPoints(row, strings, j, second, j)
      row += <usize>n * POINT_BYTES
    }
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
export function hashPairs(pairs: usize, out: usize, outStride: usize, n: i32): void {
  while (n > 0) {
    const count = n < TREE_COUNT_MIN ? min<i32>(n, 2) : min<i32>(n, CHUNK_COUNT)
    if (count == 1) hashOne(pairs, out)
    else if (count == 2) hashTwo(pairs, out, outStride)
    else hashChunk(pairs, out, outStride, count)
    pairs += <usize>count * PAIR_BYTES
    out += <usize>count * outStride
    n -= count
  }
}
