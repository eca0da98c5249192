import { addToChain, CHAIN_BYTES_MAX, closeChain, startChain } from './chain'
import { storeFelt } from './field'
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
import { fetchPoint, touchEntries } from './windows'

/** Pedersen hashes: many together as a tree, one alone as a chain. In a back end of two lanes lane-pedersen.ts instead. */

const string: usize = memory.data(STRING_BYTES)
const chain: usize = memory.data(CHAIN_BYTES_MAX, 16)
const point: usize = memory.data(72)

export function initializePedersen(width: i32, isFilled: bool): void {
  initializeWindows(width, isFilled)
  initializeTree(windows.count, CHUNK_COUNT)
}

function hashOne(pair: usize, out: usize): void {
  readString(string, pair)
  touchEntries(windows, string)
  fetchPoint(point, windows, string, windows.count - 1)
  startChain(chain, point)
  for (let j = windows.count - 2; j >= 0; j--) {
    fetchPoint(point, windows, string, j)
    addToChain(chain, point)
  }
  if (closeChain(point, chain)) storeFelt(out, point)
  else hashCompletely(string, out)
}

function hashChunk(pairs: usize, out: usize, outStride: usize, n: i32): void {
  const points = treePoints()
  for (let h = 0; h < n; h++) {
    readString(string, pairs + <usize>h * PAIR_BYTES)
    touchEntries(windows, string)
    for (let j = 0; j < windows.count; j++) {
      fetchPoint(points + <usize>(j * n + h) * POINT_BYTES, windows, string, j)
    }
  }
  if (sumTree(n, windows.count)) {
    for (let h = 0; h < n; h++) storeFelt(out + <usize>h * outStride, points + <usize>h * POINT_BYTES)
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
