import { addComplete, isInfinity, setInfinity } from './curve'
import { storeFelt } from './field'
import { ONE, P0, P1_HALF, P2_HALF, P3_HALF, P4_HALF } from './generated/field'
import { allocate, release } from './memory'
import { bitsBytes, fetchPoint, fillTable, layOutWindows, Windows, writeBits } from './windows'

/**
 * Pedersen: the 504 bits of a pair (252 each; 248 of P1, 4 of P2, 248 of P3, 4 of P4) pick one point a window, and the
 * hash is the x of their sum.
 */

export const PAIR_BYTES: usize = 64
const PAIR_BITS: i32 = 504
const LOW_BITS: i32 = 248
const HIGH_BITS: i32 = 4

/** Hashes of one tree. Beyond 64 the inversions no longer show; the scratch of 128 still fits into a level-2 cache. */
export const CHUNK_COUNT: i32 = 128

/** The bit string of a pair: 63 bytes, and what is read behind them. */
export const STRING_BYTES: i32 = 80

export const windows: Windows = changetype<Windows>(memory.data(16))
const complete: usize = memory.data(76)
const point: usize = memory.data(72)

export function initializeWindows(width: i32, isFilled: bool): void {
  layOutWindows(windows, width, PAIR_BITS)
  if (isFilled) return
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

/**
 * The hash of a string in which points of the same x are to be added, by complete additions: the x of the sum, or 0 for
 * the point at infinity. (Nobody can reach that without knowing a logarithm.)
 */
export function hashCompletely(string: usize, out: usize): void {
  setInfinity(complete)
  for (let j = 0; j < windows.count; j++) {
    fetchPoint(point, windows, string, j)
    addComplete(complete, point, ONE)
  }
  if (isInfinity(complete)) memory.fill(out, 0, 32)
  else storeFelt(out, complete)
}
