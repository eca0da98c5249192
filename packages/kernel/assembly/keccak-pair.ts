import { keccakPairPermutation } from './generated/keccak-pair'
import { DIGEST_BYTES, digestKeccak, isBetweenMessages, RATE_BYTES } from './keccak'

/** Keccak-256 of two messages side by side where the next two have equally many blocks; otherwise one by one. Needs SIMD. */

const LANE_COUNT: usize = 25
const PAIR_BYTES: usize = 16

const state: usize = memory.data(400, 16)
/** The last blocks, padded. */
const lastLeft: usize = memory.data(136)
const lastRight: usize = memory.data(136)

/** As `digestKeccak`. */
export function digestKeccakPairs(bytes: usize, lengths: usize, pieceCount: i32, endCount: i32, out: usize): void {
  let i = 0
  while (i < pieceCount) {
    const left = <usize>load<u32>(lengths)
    const right = i + 1 < endCount ? <usize>load<u32>(lengths, 4) : 0
    if (i + 1 < endCount && left / RATE_BYTES == right / RATE_BYTES && isBetweenMessages()) {
      digestPair(bytes, left, right, out)
      bytes += left + right
      lengths += 8
      out += 2 * DIGEST_BYTES
      i += 2
    } else {
      digestKeccak(bytes, lengths, 1, i < endCount ? 1 : 0, out)
      bytes += left
      lengths += 4
      out += DIGEST_BYTES
      i += 1
    }
  }
}

/** The right message lies behind the left one. */
function digestPair(left: usize, leftLength: usize, rightLength: usize, out: usize): void {
  memory.fill(state, 0, LANE_COUNT * PAIR_BYTES)
  let right = left + leftLength
  const leftEnd = right
  const rightEnd = right + rightLength
  for (; left + RATE_BYTES <= leftEnd; left += RATE_BYTES, right += RATE_BYTES) absorbBlocks(left, right)
  padBlock(lastLeft, left, leftEnd)
  padBlock(lastRight, right, rightEnd)
  absorbBlocks(lastLeft, lastRight)
  for (let i: usize = 0; i < DIGEST_BYTES; i += 8) {
    store<u64>(out + i, load<u64>(state + 2 * i))
    store<u64>(out + i, load<u64>(state + 2 * i, 8), DIGEST_BYTES)
  }
}

function absorbBlocks(left: usize, right: usize): void {
  for (let i: usize = 0; i < RATE_BYTES; i += 8) {
    const lanes = v128.load64_lane(right + i, v128.load64_zero(left + i), 1)
    v128.store(state + 2 * i, v128.xor(v128.load(state + 2 * i), lanes))
  }
  keccakPairPermutation(state)
}

/** The rest of a message, which may be empty and is below a block, with 0x01 behind it and 0x80 at the block's end. */
function padBlock(block: usize, bytes: usize, end: usize): void {
  const length = end - bytes
  let i: usize = 0
  for (; i + 8 <= length; i += 8) store<u64>(block + i, load<u64>(bytes + i))
  let word: u64 = 1
  for (let j = length; j > i; j--) word = (word << 8) | load<u8>(bytes + j - 1)
  store<u64>(block + i, word)
  for (i += 8; i < RATE_BYTES; i += 8) store<u64>(block + i, 0)
  store<u64>(block, load<u64>(block, RATE_BYTES - 8) | 0x8000000000000000, RATE_BYTES - 8)
}
