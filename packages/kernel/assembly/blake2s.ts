import { writeBigEndian } from './bytes'
import { P_LIMB_6, P_LIMB_8, packCanonical, unpack } from './field'
import { blake2sCompress, INITIAL_STATE } from './generated/blake2s'

/**
 * The Blake2s felt hash (1.6): felts below 2^63 are two 32-bit words, others eight with the top bit set, high words
 * first but each word little-endian; the digest is read little-endian mod P.
 */

const BLOCK_BYTES: usize = 64
const FELT_BYTES: usize = 32

const state: usize = memory.data(32)
/** A block, and room for the felt that crosses its end. */
const buffer: usize = memory.data(96)
const element: usize = memory.data(36)
/** Bytes in `buffer`, and of the blocks compressed. Both are 0 before the first felt of a message. */
let filled: usize = 0
let byteCount: u64 = 0

/**
 * Takes in pieces that lie one behind the other, `counts` in felts. Each of the first `endCount` is the end of its
 * array, and writes a hash; one more may follow, whose array goes on in the next call.
 */
export function digestBlake2s(felts: usize, counts: usize, pieceCount: i32, endCount: i32, out: usize): void {
  for (let i = 0; i < pieceCount; i++) {
    const end = felts + <usize>load<u32>(counts + 4 * <usize>i) * FELT_BYTES
    for (; felts < end; felts += FELT_BYTES) append(felts)
    if (i < endCount) {
      finish(out)
      out += FELT_BYTES
    }
  }
}

/** Appends 32 bytes big-endian in the encoding above; returns its length. */
function encode(out: usize, felt: usize): usize {
  const low = load<u64>(felt, 24)
  const isSmall = (load<u64>(felt, 0) | load<u64>(felt, 8) | load<u64>(felt, 16)) == 0 && (low & 0x80) == 0
  // A big-endian pair of words with each word turned round: swapping eight bytes and then the two words.
  if (isSmall) {
    store<u64>(out, swapWords(low))
    return 8
  }
  store<u64>(out, swapWords(load<u64>(felt, 0)) | 0x80000000, 0)
  store<u64>(out, swapWords(load<u64>(felt, 8)), 8)
  store<u64>(out, swapWords(load<u64>(felt, 16)), 16)
  store<u64>(out, swapWords(low), 24)
  return FELT_BYTES
}

/** The bytes of each 32-bit half reversed. */
function swapWords(value: u64): u64 {
  return rotl<u64>(bswap<u64>(value), 32)
}

function append(felt: usize): void {
  filled += encode(buffer + filled, felt)
  // The last block is compressed by `finish`, also when it is full.
  if (filled > BLOCK_BYTES) {
    compress(BLOCK_BYTES, 0)
    filled -= BLOCK_BYTES
    copyFelt(buffer, buffer + BLOCK_BYTES)
  }
}

function compress(length: usize, finalMask: u32): void {
  if (byteCount == 0) copyFelt(state, INITIAL_STATE)
  byteCount += length
  blake2sCompress(state, buffer, byteCount, finalMask)
}

function finish(out: usize): void {
  for (let i = filled; i < BLOCK_BYTES; i += 8) store<u64>(buffer + i, 0)
  compress(filled, 0xffffffff)
  reduceDigest()
  writeBigEndian(out, state)
  filled = 0
  byteCount = 0
}

/**
 * The state, a number below 2^256 = 32·2^251, mod P. The quotient is rounded, so what is left is within 2^250 and a
 * little on either side of 0; no limb gets below −2^28.
 */
function reduceDigest(): void {
  unpack(element, state)
  const quotient = (load<i32>(element, 32) + (P_LIMB_8 >> 1)) / P_LIMB_8
  store<i32>(element, load<i32>(element) - quotient)
  store<i32>(element, load<i32>(element, 24) - quotient * P_LIMB_6, 24)
  store<i32>(element, load<i32>(element, 32) - quotient * P_LIMB_8, 32)
  packCanonical(state, element)
}

function copyFelt(to: usize, from: usize): void {
  for (let i: usize = 0; i < FELT_BYTES; i += 8) store<u64>(to + i, load<u64>(from + i))
}
