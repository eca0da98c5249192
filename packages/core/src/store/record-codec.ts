import { FELT_BYTES, type Felt } from '../base/felt.ts'
import { type ByteWriter, type Codec, decode, encode } from '../chain/codec.ts'

/** A key or a value of a table as bytes. What `decode` hands out may be views of the bytes. */
export interface RecordCodec<T> {
  encode(value: T): Uint8Array
  /** The same bytes behind what was written, without an array of their own. */
  append(to: ByteWriter, value: T): void
  /** @throws RangeError when the bytes are not one */
  decode(bytes: Uint8Array): T
}

/** A part of a record. Parts are not counted: each has a fixed width, or is the last and takes what is left. */
export interface Field<T> {
  width(value: T): number
  write(out: Uint8Array, at: number, value: T): void
  read(bytes: Uint8Array, at: number): T
}

export const U32_MAX = 0xffffffff

/** Big-endian, so that the order of the bytes is the order of the numbers. */
export const u32Field: Field<number> = {
  width: () => 4,
  write(out, at, value) {
    if (value >>> 0 !== value) throw new RangeError(`not a u32: ${value}`)
    out[at] = value >>> 24
    out[at + 1] = value >>> 16
    out[at + 2] = value >>> 8
    out[at + 3] = value
  },
  read(bytes, at) {
    assertBytes(bytes, at, 4)
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  },
}

/** `count` bytes; of more, the first. */
export function bytesField(count: number): Field<Uint8Array> {
  return {
    width: () => count,
    write: (out, at, value) => out.set(value.length > count ? value.subarray(0, count) : value, at),
    read(bytes, at) {
      assertBytes(bytes, at, count)
      return bytes.subarray(at, at + count)
    },
  }
}

export const feltField: Field<Felt> = bytesField(FELT_BYTES)

/** Last. */
export const restField: Field<Uint8Array> = {
  width: (value) => value.length,
  write: (out, at, value) => out.set(value, at),
  read: (bytes, at) => bytes.subarray(at),
}

/** Last. A felt without its leading zero bytes, as most stored values are short; zero has none. */
export const shortFeltField: Field<Felt> = {
  width: (value) => FELT_BYTES - countLeadingZeros(value),
  write: (out, at, value) => out.set(value.subarray(countLeadingZeros(value)), at),
  read(bytes, at) {
    const out = new Uint8Array(FELT_BYTES)
    out.set(bytes.subarray(at), FELT_BYTES - (bytes.length - at)) // RangeError when it is longer
    return out
  },
}

/** The fields one behind the other. */
export function record<T extends object>(fields: { readonly [K in keyof T]-?: Field<T[K]> }): RecordCodec<T> {
  const entries = Object.entries(fields) as [keyof T, Field<T[keyof T]>][]
  const widthOf = (value: T): number => {
    let width = 0
    for (const [name, field] of entries) width += field.width(value[name])
    return width
  }
  const write = (out: Uint8Array, start: number, value: T): void => {
    let at = start
    for (const [name, field] of entries) {
      field.write(out, at, value[name])
      at += field.width(value[name])
    }
  }
  return {
    encode(value) {
      const out = new Uint8Array(widthOf(value))
      write(out, 0, value)
      return out
    },
    append(to, value) {
      const at = to.reserve(widthOf(value))
      write(to.buffer, at, value)
    },
    decode(bytes) {
      const value: Partial<T> = {}
      let at = 0
      for (const [name, field] of entries) {
        const part = field.read(bytes, at)
        value[name] = part
        at += field.width(part)
      }
      if (at !== bytes.length) throw new RangeError('bytes follow the record')
      return value as T
    },
  }
}

/** A record of one field. */
export function single<T>(field: Field<T>): RecordCodec<T> {
  return {
    encode(value) {
      const out = new Uint8Array(field.width(value))
      field.write(out, 0, value)
      return out
    },
    append(to, value) {
      const at = to.reserve(field.width(value))
      field.write(to.buffer, at, value)
    },
    decode(bytes) {
      const value = field.read(bytes, 0)
      if (field.width(value) !== bytes.length) throw new RangeError('bytes follow the record')
      return value
    },
  }
}

/** A record in the layout of a codec of chain/. */
export function codecRecord<T>(codec: Codec<T>): RecordCodec<T> {
  return {
    encode: (value) => encode(codec, value),
    append: (to, value) => codec.write(to, value),
    decode: (bytes) => decode(codec, bytes),
  }
}

function countLeadingZeros(value: Felt): number {
  let count = 0
  while (count < FELT_BYTES && value[count] === 0) count++
  return count
}

function assertBytes(bytes: Uint8Array, at: number, count: number): void {
  if (at + count > bytes.length) throw new RangeError(`the record ends at byte ${bytes.length}`)
}
