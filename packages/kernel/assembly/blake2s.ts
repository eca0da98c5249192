import { storeFelt, toMontgomery } from './field'
import { blake2sCompress, IV } from './generated/blake2s'

/**
 * The Blake2s felt hash (1.6): felts below 2^63 are two 32-bit words, others eight with the top bit set, high words
 * first but each word little-endian; the digest is read little-endian mod P.
 */

const BLOCK_BYTES: usize = 64
const FELT_BYTES: usize = 32
/** The parameter block of a plain 32-byte digest: length 32, no key, fan-out and depth 1. */
const PARAMETERS: u32 = 0x01010020

const state: usize = memory.data(32)
/** A block, and room for the felt that crosses its end. */
const buffer: usize = memory.data(96)
const element: usize = memory.data(36)
let filled: usize = 0
let byteCount: u64 = 0

export function startBlake2s(): void {
  memory.copy(state, IV, 32)
  store<u32>(state, load<u32>(state) ^ PARAMETERS)
  filled = 0
  byteCount = 0
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

export function updateBlake2s(felts: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    filled += encode(buffer + filled, felts)
    felts += FELT_BYTES
    // The last block is compressed by `finish`, also when it is full.
    if (filled > BLOCK_BYTES) {
      byteCount += BLOCK_BYTES
      blake2sCompress(state, buffer, byteCount, 0)
      filled -= BLOCK_BYTES
      memory.copy(buffer, buffer + BLOCK_BYTES, FELT_BYTES)
    }
  }
}

export function finishBlake2s(out: usize): void {
  memory.fill(buffer + filled, 0, BLOCK_BYTES - filled)
  blake2sCompress(state, buffer, byteCount + filled, 0xffffffff)
  toMontgomery(element, state)
  storeFelt(out, element)
}
