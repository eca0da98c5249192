import { RAW_BYTES } from './bytes'
import { addComplete, AFFINE_BYTES, doubleComplete, setInfinity } from './curve'
import { ELEMENT_BYTES, invert, packCanonical, unpackWords } from './field'
import { copy, mul, mulDifference, mulDifferenceSub, negate, ONE, sqrSubTwo, sub } from './generated/field'
import { allocate, release } from './memory'
import { allocateTable, loadWord, storeWord } from './tables'

/**
 * Sums Σ bᵢ·Bᵢ + C over the bits of a string, where the points Bᵢ are fixed: Bᵢ = 2^i·B for one or several bases B that
 * take turns along the string.
 *
 * With bᵢ = (1 + sᵢ)/2, sᵢ = ±1, the sum is (C + Σ Qᵢ) + Σ sᵢ·Qᵢ for Qᵢ = Bᵢ/2 = Bᵢ·(N + 1)/2. The string is cut into
 * windows of equal width, each gives one point from a table, and there are neither zero digits nor carries: always the
 * same number of points. The top bit of a window is its sign, so a table has 2^(width − 1) points, those with s = +1 on
 * top. The last window takes in the constant C + Σ Qᵢ; it has no symmetry and so 2^bits points.
 *
 * No two points or partial sums over different bits have the same x: for one base the sums are different odd multiples
 * of Q times powers of two, for several it would be a known logarithm.
 *
 * An entry is 64 bytes, a cache line: x and y canonical in Montgomery form, raw.
 */
@unmanaged
export class Windows {
  /** Bits of a window; 4 to 16. */
  width: i32
  /** Windows of the string. */
  count: i32
  lastBits: i32
  table: usize
}

const ENTRY_BYTES: usize = 64
/** Per bit while building: Qᵢ, then 2·Qᵢ. */
const BIT_BYTES: usize = 2 * AFFINE_BYTES

const running: usize = memory.data(76)
const negated: usize = memory.data(72)
const packed: usize = memory.data(32)
const accumulated: usize = memory.data(36)
const inverse: usize = memory.data(36)
const slope: usize = memory.data(36)
const newX: usize = memory.data(36)

export function bitsBytes(bitCount: i32): usize {
  return <usize>bitCount * BIT_BYTES
}

/** Writes Qᵢ and 2·Qᵢ for the `bitCount` bits of a base, from Q₀; returns the end. */
export function writeBits(bits: usize, half: usize, bitCount: i32): usize {
  setInfinity(running)
  addComplete(running, half, ONE)
  for (let i = 0; i < bitCount; i++) {
    memory.copy(bits, running, AFFINE_BYTES)
    doubleComplete(running, ONE)
    memory.copy(bits + AFFINE_BYTES, running, AFFINE_BYTES)
    bits += BIT_BYTES
  }
  return bits
}

/** Lays `windows` out for a string of `bitCount` bits; what is in the table is not touched. */
export function layOutWindows(windows: Windows, width: i32, bitCount: i32): void {
  const count = (bitCount + width - 1) / width
  const half: usize = 1 << (width - 1)
  windows.width = width
  windows.count = count
  windows.lastBits = bitCount - (count - 1) * width
  windows.table = allocateTable((<usize>(count - 1) * half + (<usize>1 << windows.lastBits)) * ENTRY_BYTES)
}

/** Fills the table for the string whose bits were written to `bits`, with the constant point C; 0 for none. */
export function fillTable(windows: Windows, bits: usize, bitCount: i32, constant: usize): void {
  const width = windows.width
  const count = windows.count
  const entryCountMax = <usize>1 << max<i32>(width - 1, windows.lastBits)
  const points = allocate(entryCountMax * AFFINE_BYTES)
  const scratch = allocate((entryCountMax + 1) * ELEMENT_BYTES)
  for (let j = 0; j < count; j++) {
    const isLast = j == count - 1
    const windowBits = bits + bitsBytes(j * width)
    const freeBits = isLast ? windows.lastBits : width - 1
    setInfinity(running)
    if (!isLast) addComplete(running, windowBits + bitsBytes(freeBits), ONE)
    else addConstant(bits, bitCount, constant)
    subtractBits(windowBits, freeBits)
    memory.copy(points, running, AFFINE_BYTES)
    for (let k = 0; k < freeBits; k++) {
      const filled: usize = 1 << k
      addToAll(points + filled * AFFINE_BYTES, points, <i32>filled, windowBits + bitsBytes(k) + AFFINE_BYTES, scratch)
    }
    packEntries(entryOf(windows, j, 0), points, 1 << freeBits)
  }
  release(points)
}

/** running += C + Σ Qᵢ over the string. */
function addConstant(bits: usize, bitCount: i32, constant: usize): void {
  if (constant != 0) addComplete(running, constant, ONE)
  for (let i = 0; i < bitCount; i++) addComplete(running, bits + bitsBytes(i), ONE)
}

/** running −= Σ Qᵢ over `bitCount` bits. */
function subtractBits(bits: usize, bitCount: i32): void {
  for (let i = 0; i < bitCount; i++) {
    copy(negated, bits + bitsBytes(i))
    negate(negated + ELEMENT_BYTES, bits + bitsBytes(i) + ELEMENT_BYTES)
    addComplete(running, negated, ONE)
  }
}

function packEntries(entries: usize, points: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const point = points + <usize>i * AFFINE_BYTES
    // To within 2P, from the up to 8·width·P that the sums left.
    mul(point, point, ONE)
    mul(point + ELEMENT_BYTES, point + ELEMENT_BYTES, ONE)
    storeCoordinate(entries + <usize>i * ENTRY_BYTES, point)
    storeCoordinate(entries + <usize>i * ENTRY_BYTES + RAW_BYTES, point + ELEMENT_BYTES)
  }
}

function storeCoordinate(entry: usize, a: usize): void {
  packCanonical(packed, a)
  for (let i: usize = 0; i < RAW_BYTES; i += 8) storeWord(entry + i, load<u64>(packed + i))
}

// @ts-ignore: decorator
@inline
function loadCoordinate(out: usize, entry: usize, sign: i32): void {
  unpackWords(out, loadWord(entry), loadWord(entry + 8), loadWord(entry + 16), loadWord(entry + 24), sign)
}

// @ts-ignore: decorator
@inline
function entryOf(windows: Windows, window: i32, index: i32): usize {
  return windows.table + ((<usize>window << (windows.width - 1)) + <usize>index) * ENTRY_BYTES
}

/**
 * Window j of a string, as the bits it has.
 * @param string the bits, little-endian; readable 8 bytes past the last.
 */
// @ts-ignore: decorator
@inline
function valueOf(windows: Windows, string: usize, j: i32): i32 {
  const bit = j * windows.width
  return <i32>(load<u64>(string + <usize>(bit >> 3)) >> (bit & 7))
}

/** −1 where the top bit of window j is not set, so that all digits and with them the point are to be negated; else 0. */
// @ts-ignore: decorator
@inline
export function signOf(windows: Windows, string: usize, j: i32): i32 {
  if (j == windows.count - 1) return 0
  return ((valueOf(windows, string, j) >> (windows.width - 1)) & 1) - 1
}

/** The entry that window j of the string picks, given its sign. */
// @ts-ignore: decorator
@inline
export function pickEntry(windows: Windows, string: usize, j: i32, sign: i32): usize {
  const bits = j == windows.count - 1 ? windows.lastBits : windows.width - 1
  return entryOf(windows, j, (valueOf(windows, string, j) ^ sign) & ((1 << bits) - 1))
}

const touched: usize = memory.data(8)

/**
 * Reads a word of each entry that the string picks. They are all over the table, mostly outside the fast caches, and this
 * short loop waits for many at a time, which the long one that then unpacks them does not.
 */
export function touchEntries(windows: Windows, string: usize): void {
  let words: u64 = 0
  for (let j = 0; j < windows.count; j++) {
    words ^= loadWord(pickEntry(windows, string, j, signOf(windows, string, j)))
  }
  // So that the compiler keeps the reads.
  store<u64>(touched, words)
}

/** The point of window j as an affine one; |y limbs| ≤ 2^29, x tight. */
export function fetchPoint(out: usize, windows: Windows, string: usize, j: i32): void {
  const sign = signOf(windows, string, j)
  const entry = pickEntry(windows, string, j, sign)
  loadCoordinate(out, entry, 0)
  loadCoordinate(out + ELEMENT_BYTES, entry + RAW_BYTES, sign)
}

/** out[i] = points[i] + addend for i below `count`, with one inversion; scratch holds 2·count + 1 elements. */
function addToAll(out: usize, points: usize, count: i32, addend: usize, scratch: usize): void {
  const differences = scratch + <usize>(count + 1) * ELEMENT_BYTES
  copy(scratch, ONE)
  for (let i = 0; i < count; i++) {
    const product = scratch + <usize>i * ELEMENT_BYTES
    const difference = differences + <usize>i * ELEMENT_BYTES
    sub(difference, addend, points + <usize>i * AFFINE_BYTES)
    mul(product + ELEMENT_BYTES, product, difference)
  }
  if (!invert(accumulated, scratch + <usize>count * ELEMENT_BYTES)) unreachable()
  for (let i = count - 1; i >= 0; i--) {
    const a = points + <usize>i * AFFINE_BYTES
    const sum = out + <usize>i * AFFINE_BYTES
    mul(inverse, accumulated, scratch + <usize>i * ELEMENT_BYTES)
    mul(accumulated, accumulated, differences + <usize>i * ELEMENT_BYTES)
    mulDifference(slope, inverse, addend + ELEMENT_BYTES, a + ELEMENT_BYTES)
    sqrSubTwo(newX, slope, a, addend)
    mulDifferenceSub(sum + ELEMENT_BYTES, slope, a, newX, a + ELEMENT_BYTES)
    copy(sum, newX)
  }
}
