/**
 * Felts: 32 bytes big-endian in bulk, `bigint` one at a time, `0x…` at the edges.
 * Byte order equals numeric order, so sorted bytes are sorted felts.
 */

/** 2^251 + 17·2^192 + 1, the Stark field (protocol 1.1). */
export const FIELD_PRIME = 2n ** 251n + 17n * 2n ** 192n + 1n

export const FELT_BYTES = 32

/** One felt: exactly 32 bytes, big-endian, below the prime. Shared freely and never written to after creation. */
export type Felt = Uint8Array

/** n felts behind each other: n × 32 bytes. */
export type Felts = Uint8Array

export const ZERO: Felt = new Uint8Array(FELT_BYTES)
export const ONE: Felt = feltFromBigint(1n)
export const NO_FELTS: Felts = new Uint8Array(0)

const PRIME_BYTES = bytesFromBigint(FIELD_PRIME)

const HEX_VALUE = new Uint8Array(256).fill(0xff)
for (let digit = 0; digit < 16; digit++) {
  const char = digit.toString(16)
  HEX_VALUE[char.charCodeAt(0)] = digit
  HEX_VALUE[char.toUpperCase().charCodeAt(0)] = digit
}

/**
 * Writes the felt that `text` spells to `out[offset, offset + 32)`: `0x` and hex digits, or the old gateway's bare 64
 * hex digits, or decimal digits. Returns false, with `out` in any state, when it is none of these or not below P.
 */
export function parseFeltInto(text: string, out: Uint8Array, offset: number): boolean {
  const hexStart = text.charCodeAt(0) === 48 && (text.charCodeAt(1) | 32) === 120 ? 2 : text.length === 64 ? 0 : -1
  if (hexStart < 0) return parseDecimalInto(text, out, offset)
  let end = text.length
  if (end === hexStart || end - hexStart > 64) return false
  out.fill(0, offset, offset + FELT_BYTES)
  let at = offset + FELT_BYTES - 1
  let bad = 0
  while (end > hexStart) {
    const low = HEX_VALUE[text.charCodeAt(end - 1)] ?? 0xff
    const high = end - 2 >= hexStart ? (HEX_VALUE[text.charCodeAt(end - 2)] ?? 0xff) : 0
    bad |= low | high
    out[at--] = (high << 4) | low
    end -= 2
  }
  return bad < 16 && isBelowPrime(out, offset)
}

function parseDecimalInto(text: string, out: Uint8Array, offset: number): boolean {
  // 78 digits hold any 256-bit number; longer ones are refused before BigInt spends time on them.
  if (!/^[0-9]{1,78}$/.test(text)) return false
  const value = BigInt(text)
  if (value >= FIELD_PRIME) return false
  out.set(bytesFromBigint(value), offset)
  return true
}

/** Whether the 32 bytes at `offset` are a canonical felt. */
export function isBelowPrime(bytes: Uint8Array, offset = 0): boolean {
  if (bytes[offset]! < 8) return true
  for (let i = 0; i < FELT_BYTES; i++) {
    const difference = bytes[offset + i]! - PRIME_BYTES[i]!
    if (difference !== 0) return difference < 0
  }
  return false
}

/** The felt that `text` spells (see `parseFeltInto`), or undefined. */
export function parseFelt(text: string): Felt | undefined {
  const out = new Uint8Array(FELT_BYTES)
  return parseFeltInto(text, out, 0) ? out : undefined
}

/** A felt from a literal in the source. @throws Error (a bug) when it is not one. */
export function felt(literal: string | bigint | number): Felt {
  if (typeof literal !== 'string') return feltFromBigint(BigInt(literal))
  const value = parseFelt(literal)
  if (value === undefined) throw new Error(`not a felt: ${literal}`)
  return value
}

/** @throws Error (a bug) unless 0 ≤ value < P. */
export function feltFromBigint(value: bigint): Felt {
  if (value < 0n || value >= FIELD_PRIME) throw new Error(`not a felt: ${value}`)
  return bytesFromBigint(value)
}

function bytesFromBigint(value: bigint): Uint8Array {
  const out = new Uint8Array(FELT_BYTES)
  const view = new DataView(out.buffer)
  for (let word = 3, rest = value; word >= 0; word--, rest >>= 64n)
    view.setBigUint64(word * 8, rest & 0xffffffffffffffffn)
  return out
}

export function bigintFromFelt(bytes: Felt, offset = 0): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, FELT_BYTES)
  return (
    (view.getBigUint64(0) << 192n) |
    (view.getBigUint64(8) << 128n) |
    (view.getBigUint64(16) << 64n) |
    view.getBigUint64(24)
  )
}

/** `0x` and lower-case hex without leading zeros. */
export function hexFromFelt(bytes: Felt, offset = 0): string {
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset + offset, FELT_BYTES).toString('hex')
  let first = 0
  while (first < 63 && digits.charCodeAt(first) === 48) first++
  return `0x${digits.slice(first)}`
}

/** The ASCII of `text` read as a big-endian integer (protocol 0.1). @throws Error (a bug) above 31 characters. */
export function shortString(text: string): Felt {
  const ascii = Buffer.from(text, 'latin1')
  if (ascii.length > 31) throw new Error(`too long for a short string: ${text}`)
  const out = new Uint8Array(FELT_BYTES)
  out.set(ascii, FELT_BYTES - ascii.length)
  return out
}

/** A felt from a safe integer ≥ 0. */
export function feltFromNumber(value: number): Felt {
  const out = new Uint8Array(FELT_BYTES)
  new DataView(out.buffer).setBigUint64(24, BigInt(value))
  return out
}

/** < 0, 0 or > 0, numerically. */
export function compareFelts(a: Felt, b: Felt): number {
  return Buffer.compare(a, b)
}

export function equalFelts(a: Felt, b: Felt): boolean {
  return Buffer.compare(a, b) === 0
}

export function isZero(value: Felt): boolean {
  for (let i = FELT_BYTES - 1; i >= 0; i--) if (value[i] !== 0) return false
  return true
}

/** Felt number `index` of a packed list: a view, not a copy. */
export function feltAt(felts: Felts, index: number): Felt {
  return felts.subarray(index * FELT_BYTES, (index + 1) * FELT_BYTES)
}

export function countFelts(felts: Felts): number {
  return felts.length / FELT_BYTES
}

/** One packed list out of felts and packed lists. */
export function packFelts(parts: readonly Uint8Array[]): Felts {
  let length = 0
  for (const part of parts) length += part.length
  const out = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Every felt of a packed list as `0x…`. */
export function hexFromFelts(felts: Felts): string[] {
  const out: string[] = []
  for (let offset = 0; offset < felts.length; offset += FELT_BYTES) out.push(hexFromFelt(felts, offset))
  return out
}
