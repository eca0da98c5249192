import { keccakPermutation } from './generated/keccak'

/** Keccak-256 with the original padding: 0x01 behind the message, 0x80 at the end of its last block. */

export const RATE_BYTES: usize = 136
const STATE_BYTES: usize = 200
export const DIGEST_BYTES: usize = 32

/** All 0 between messages, and `filled` too. */
const state: usize = memory.data(200)
/** Bytes absorbed into the present block, below RATE_BYTES. */
let filled: usize = 0
let isStarted = false

/** Whether the last piece was the end of its message. */
export function isBetweenMessages(): bool {
  return !isStarted
}

/**
 * Takes in pieces that lie one behind the other, `lengths` in bytes. Each of the first `endCount` is the end of its
 * message, and writes a digest; one more may follow, whose message goes on in the next call.
 */
export function digestKeccak(bytes: usize, lengths: usize, pieceCount: i32, endCount: i32, out: usize): void {
  for (let i = 0; i < pieceCount; i++) {
    const length = <usize>load<u32>(lengths + 4 * <usize>i)
    absorb(bytes, length)
    bytes += length
    if (i < endCount) {
      finish(out)
      out += DIGEST_BYTES
    }
  }
}

function absorb(bytes: usize, length: usize): void {
  const end = bytes + length
  isStarted = true
  while (bytes < end) {
    const count = min<usize>(RATE_BYTES - filled, end - bytes)
    absorbIntoBlock(state + filled, bytes, count)
    bytes += count
    filled += count
    if (filled == RATE_BYTES) {
      keccakPermutation(state)
      filled = 0
    }
  }
}

function absorbIntoBlock(target: usize, bytes: usize, count: usize): void {
  let i: usize = 0
  for (; i + 8 <= count; i += 8) store<u64>(target + i, load<u64>(target + i) ^ load<u64>(bytes + i))
  for (; i < count; i++) store<u8>(target + i, load<u8>(target + i) ^ load<u8>(bytes + i))
}

function finish(out: usize): void {
  // By whole words: a load across a byte just stored would wait for it.
  const last = state + (filled & ~7)
  store<u64>(last, load<u64>(last) ^ (<u64>1 << (8 * (filled & 7))))
  store<u64>(state, load<u64>(state, RATE_BYTES - 8) ^ 0x8000000000000000, RATE_BYTES - 8)
  keccakPermutation(state)
  for (let i: usize = 0; i < DIGEST_BYTES; i += 8) store<u64>(out + i, load<u64>(state + i))
  for (let i: usize = 0; i < STATE_BYTES; i += 8) store<u64>(state + i, 0)
  filled = 0
  isStarted = false
}
