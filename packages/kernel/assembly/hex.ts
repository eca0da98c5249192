import { isBelow, readBigEndian, writeBigEndian } from './bytes'
import { P_RAW } from './generated/moduli'

/** Lines of `0x` and 1 to 64 hex digits to felts. */

const NEWLINE: u8 = 10
const DIGIT_COUNT_MAX: i32 = 64
/** `0x` and the digits. */
const LINE_BYTES_MAX: usize = 66
const INVALID: u8 = 0xff

/** The value of an ASCII hex digit, INVALID for other bytes. */
const values: usize = memory.data(256)
const raw: usize = memory.data(32)

let consumed: usize = 0

export function initializeHex(): void {
  memory.fill(values, INVALID, 256)
  for (let i: u8 = 0; i < 10; i++) store<u8>(values + 48 + i, i)
  for (let i: u8 = 0; i < 6; i++) {
    store<u8>(values + 65 + i, 10 + i)
    store<u8>(values + 97 + i, 10 + i)
  }
}

/** Bytes that the last `parseLines` is done with: whole lines with their newline. */
export function consumedBytes(): usize {
  return consumed
}

/**
 * Parses the lines of [start, start + length) until one is not complete or `countMax` are done.
 * @param isLast whether the end is the end of the last line too.
 * @returns the number of felts written, or −1 − i where line i is malformed or not below P.
 */
export function parseLines(start: usize, length: i32, isLast: bool, out: usize, countMax: i32): i32 {
  const end = start + <usize>length
  let line = start
  let count: i32 = 0
  consumed = 0
  while (line < end && count < countMax) {
    // A line longer than any felt is malformed, whether its end is in sight or not.
    const limit = min<usize>(end, line + LINE_BYTES_MAX + 1)
    let lineEnd = line
    while (lineEnd < limit && load<u8>(lineEnd) != NEWLINE) lineEnd++
    const isComplete = lineEnd < end ? load<u8>(lineEnd) == NEWLINE : isLast
    if (!isComplete && lineEnd - line <= LINE_BYTES_MAX) break
    if (!isComplete || !parseFelt(line, lineEnd, out)) return -1 - count
    // A newline promises another line.
    if (isLast && lineEnd + 1 == end) return -2 - count
    out += 32
    count += 1
    line = lineEnd + 1
    consumed = min<usize>(line, end) - start
  }
  return count
}

function parseFelt(line: usize, end: usize, out: usize): bool {
  const digitCount = <i32>(end - line) - 2
  if (digitCount < 1 || digitCount > DIGIT_COUNT_MAX || load<u16>(line) != 0x7830) return false
  memory.fill(raw, 0, 32)
  let invalid: u8 = 0
  let digit = end
  let byte = raw
  const first = line + 2
  for (; digit - 2 >= first; byte++) {
    digit -= 2
    const high = load<u8>(values + load<u8>(digit))
    const low = load<u8>(values + load<u8>(digit, 1))
    invalid |= high | low
    store<u8>(byte, (high << 4) | low)
  }
  if (digit > first) {
    const low = load<u8>(values + load<u8>(first))
    invalid |= low
    store<u8>(byte, low)
  }
  if (invalid > 15 || !isBelow(raw, P_RAW)) return false
  writeBigEndian(out, raw)
  return true
}
