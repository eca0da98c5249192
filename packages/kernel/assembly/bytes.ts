/**
 * Integers of 256 bits as four little-endian 64-bit words ("raw"), and as 32 bytes big-endian, which is how they come in
 * and go out.
 */

export const RAW_BYTES: usize = 32

/** `out` must not overlap `bytes`. */
export function readBigEndian(out: usize, bytes: usize): void {
  store<u64>(out, bswap<u64>(load<u64>(bytes, 24)), 0)
  store<u64>(out, bswap<u64>(load<u64>(bytes, 16)), 8)
  store<u64>(out, bswap<u64>(load<u64>(bytes, 8)), 16)
  store<u64>(out, bswap<u64>(load<u64>(bytes, 0)), 24)
}

/** `bytes` must not overlap `raw`. */
export function writeBigEndian(bytes: usize, raw: usize): void {
  readBigEndian(bytes, raw)
}

/** Whether a < b. */
export function isBelow(a: usize, b: usize): bool {
  for (let i = 24; i >= 0; i -= 8) {
    const wordA = load<u64>(a + i)
    const wordB = load<u64>(b + i)
    if (wordA != wordB) return wordA < wordB
  }
  return false
}

export function isRawZero(a: usize): bool {
  return (load<u64>(a, 0) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0
}
