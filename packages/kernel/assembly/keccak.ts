import { keccakPermutation } from './generated/keccak'

/** Keccak-256 with the original padding: 0x01 behind the message, 0x80 at the end of its last block. */

const RATE_BYTES: i32 = 136
const STATE_BYTES: usize = 200

const state: usize = memory.data(200)
/** Bytes absorbed into the present block, below RATE_BYTES. */
let filled: i32 = 0

export function startKeccak(): void {
  memory.fill(state, 0, STATE_BYTES)
  filled = 0
}

export function updateKeccak(bytes: usize, length: i32): void {
  const end = bytes + <usize>length
  while (bytes < end) {
    const room = RATE_BYTES - filled
    const count = min<i32>(room, <i32>(end - bytes))
    absorb(state + <usize>filled, bytes, count)
    bytes += <usize>count
    filled += count
    if (filled == RATE_BYTES) {
      keccakPermutation(state)
      filled = 0
    }
  }
}

function absorb(target: usize, bytes: usize, count: i32): void {
  let i: usize = 0
  const n = <usize>count
  for (; i + 8 <= n; i += 8) store<u64>(target + i, load<u64>(target + i) ^ load<u64>(bytes + i))
  for (; i < n; i++) store<u8>(target + i, load<u8>(target + i) ^ load<u8>(bytes + i))
}

export function finishKeccak(out: usize): void {
  store<u8>(state + <usize>filled, load<u8>(state + <usize>filled) ^ 0x01)
  store<u8>(state, load<u8>(state, RATE_BYTES - 1) ^ 0x80, RATE_BYTES - 1)
  keccakPermutation(state)
  memory.copy(out, state, 32)
}
