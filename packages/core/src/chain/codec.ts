import { FELT_BYTES, type Felt, type Felts } from '../base/felt.ts'

/** Writes and reads one type as bytes of a fixed layout: integers big-endian, lengths as u32 before what they count. */
export interface Codec<T> {
  write(to: ByteWriter, value: T): void
  /** @throws RangeError when the bytes end early or no value has this form. */
  read(from: ByteReader): T
}

const INITIAL_BYTES = 4096

/** A growing buffer. Offsets stay valid; `finish` hands out a copy of exactly what was written. */
export class ByteWriter {
  #bytes = new Uint8Array(INITIAL_BYTES)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** The memory itself, of which the first `length` bytes are written; another after a write that made it grow. */
  get buffer(): Uint8Array {
    return this.#bytes
  }

  /** Starts anew, in the same memory. */
  clear(): void {
    this.#length = 0
  }

  // Reserving may replace the buffer, so it comes first.

  u8(value: number): void {
    const at = this.reserve(1)
    this.#bytes[at] = value
  }

  u32(value: number): void {
    const at = this.reserve(4)
    this.#view.setUint32(at, value)
  }

  u64(value: bigint): void {
    const at = this.reserve(8)
    this.#view.setBigUint64(at, value)
  }

  bytes(value: Uint8Array): void {
    const at = this.reserve(value.length)
    this.#bytes.set(value, at)
  }

  /** Overwrites a u32 written before, as the entries of an offset table are. */
  patchU32(at: number, value: number): void {
    this.#view.setUint32(at, value)
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** Room for `count` bytes of any value, to be written into `buffer`; returns their offset. */
  reserve(count: number): number {
    const at = this.#length
    this.#length += count
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2))
      grown.set(this.#bytes)
      this.#bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    return at
  }
}

/** Reads from the front; what it hands out are views into the given bytes, which must not change afterwards. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#at = at
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4))
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8))
  }

  bytes(count: number): Uint8Array {
    const at = this.#take(count)
    return this.#bytes.subarray(at, at + count)
  }

  #take(count: number): number {
    const at = this.#at
    if (count > this.#bytes.length - at) throw new RangeError(`the record ends at byte ${this.#bytes.length}`)
    this.#at = at + count
    return at
  }
}

export const u8: Codec<number> = { write: (to, value) => to.u8(value), read: (from) => from.u8() }

export const u32: Codec<number> = { write: (to, value) => to.u32(value), read: (from) => from.u32() }

/** A safe integer ≥ 0. */
export const u53: Codec<number> = {
  write: (to, value) => to.u64(BigInt(value)),
  read: (from) => Number(from.u64()),
}

export const u64: Codec<bigint> = { write: (to, value) => to.u64(value), read: (from) => from.u64() }

export const u128: Codec<bigint> = {
  write(to, value) {
    to.u64(value >> 64n)
    to.u64(value & 0xffffffffffffffffn)
  },
  read: (from) => (from.u64() << 64n) | from.u64(),
}

export const felt: Codec<Felt> = { write: (to, value) => to.bytes(value), read: (from) => from.bytes(FELT_BYTES) }

/** A packed list: its count, then 32 bytes each. */
export const felts: Codec<Felts> = {
  write(to, value) {
    to.u32(value.length / FELT_BYTES)
    to.bytes(value)
  },
  read: (from) => from.bytes(from.u32() * FELT_BYTES),
}

/** Bytes of any length. What is read is a view. */
export const byteString: Codec<Uint8Array> = {
  write(to, value) {
    to.u32(value.length)
    to.bytes(value)
  },
  read: (from) => from.bytes(from.u32()),
}

export const text: Codec<string> = {
  write(to, value) {
    const utf8 = Buffer.from(value)
    to.u32(utf8.length)
    to.bytes(utf8)
  },
  read(from) {
    const utf8 = from.bytes(from.u32())
    return Buffer.from(utf8.buffer, utf8.byteOffset, utf8.length).toString()
  },
}

/** Absent and zero differ: one byte says which. */
export function optional<T>(codec: Codec<T>): Codec<T | undefined> {
  return {
    write(to, value) {
      to.u8(value === undefined ? 0 : 1)
      if (value !== undefined) codec.write(to, value)
    },
    read: (from) => (from.u8() === 0 ? undefined : codec.read(from)),
  }
}

export function list<T>(codec: Codec<T>): Codec<readonly T[]> {
  return {
    write(to, values) {
      to.u32(values.length)
      for (const value of values) codec.write(to, value)
    },
    read: (from) => Array.from({ length: from.u32() }, () => codec.read(from)),
  }
}

/** One of a few known values, as its index. Order is part of the layout. */
export function oneOf<const T>(...values: readonly T[]): Codec<T> {
  return {
    write: (to, value) => to.u8(values.indexOf(value)),
    read(from) {
      const index = from.u8()
      if (index >= values.length) throw new RangeError(`no value has the tag ${index}`)
      return values[index] as T
    },
  }
}

/** The fields one behind the other, in the order they are named here. */
export function struct<T extends object>(fields: { readonly [K in keyof T]-?: Codec<T[K]> }): Codec<T> {
  const entries = Object.entries(fields) as [keyof T, Codec<T[keyof T]>][]
  return {
    write(to, value) {
      for (const [name, codec] of entries) codec.write(to, value[name])
    },
    read(from) {
      const value: Partial<T> = {}
      for (const [name, codec] of entries) value[name] = codec.read(from)
      return value as T
    },
  }
}

/** A union: the tag of the row that fits, then the value. Tags are never reused. */
export function union<T>(tagOf: (value: T) => number, rows: Readonly<Record<number, Codec<T>>>): Codec<T> {
  const row = (tag: number): Codec<T> => {
    const codec = rows[tag]
    if (codec === undefined) throw new RangeError(`no value has the tag ${tag}`)
    return codec
  }
  return {
    write(to, value) {
      const tag = tagOf(value)
      to.u8(tag)
      row(tag).write(to, value)
    },
    read: (from) => row(from.u8()).read(from),
  }
}

export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const to = new ByteWriter()
  codec.write(to, value)
  return to.finish()
}

/** @throws RangeError when the bytes are not exactly one value. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const from = new ByteReader(bytes)
  const value = codec.read(from)
  if (!from.atEnd) throw new RangeError('bytes follow the record')
  return value
}
