import { CodedError } from '../base/errors.ts'
import { FELT_BYTES, type Felt, type Felts, parseFeltInto } from '../base/felt.ts'
import { isJsonObject } from '../base/json.ts'

/** An answer is not what the endpoint promises. A later answer, or another gateway's, may be. */
export class DecodeError extends CodedError<{
  readonly code: 'MALFORMED_ANSWER'
  /** Where in the answer, as `block.transactions[3].calldata[0]`; empty for the whole. */
  readonly path: string
  readonly reason: string
}> {
  constructor(path: string, reason: string) {
    super(`${path === '' ? 'the answer' : path} ${reason}`, { code: 'MALFORMED_ANSWER', path, reason })
  }
}

/** Characters of a field's name that an error repeats: the members of a map are named by the gateway. */
const FIELD_NAME_LENGTH_MAX = 80

/**
 * One object of an answer, read field by field. Unknown fields are never looked at. `null` counts as absent, as the
 * gateway and its recorders use both. The path is put together only when something is wrong.
 */
export class JsonReader {
  readonly value: { readonly [key: string]: unknown }
  readonly #parent: JsonReader | undefined
  readonly #key: string

  /** @throws DecodeError when `value` is not an object. */
  constructor(value: unknown, key = '', parent?: JsonReader) {
    this.#parent = parent
    this.#key = key
    if (!isJsonObject(value)) {
      this.value = {}
      this.fail('is not an object')
    }
    this.value = value
  }

  get path(): string {
    const above = this.#parent?.path ?? ''
    return above === '' ? this.#key : `${above}.${this.#key}`
  }

  /** @throws DecodeError at the field `name`, or at this object. */
  fail(reason: string, name?: string): never {
    const { path } = this
    const field = name?.slice(0, FIELD_NAME_LENGTH_MAX)
    throw new DecodeError(field === undefined ? path : path === '' ? field : `${path}.${field}`, reason)
  }

  has(name: string): boolean {
    return this.value[name] !== undefined && this.value[name] !== null
  }

  text(name: string): string {
    const value = this.#required(name)
    return typeof value === 'string' ? value : this.fail('is not a string', name)
  }

  oneOf<const T extends string>(name: string, values: readonly T[]): T {
    const value = this.text(name)
    return values.find((known) => known === value) ?? this.fail(`is none of ${values.join(', ')}`, name)
  }

  /** A JSON integer, 0 ≤ n < 2^53. */
  integer(name: string): number {
    const value = this.#required(name)
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
      return this.fail('is not an integer from 0 to 2^53 - 1', name)
    }
    return value
  }

  /** A hex or decimal text, or a JSON integer, below 2^bits. */
  unsigned(name: string, bits: number): bigint {
    const value = this.#required(name)
    const isNumber = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    const isText = typeof value === 'string' && /^(0x[0-9a-fA-F]{1,64}|[0-9]{1,78})$/.test(value)
    if (isNumber || isText) {
      const number = BigInt(value)
      if (number >> BigInt(bits) === 0n) return number
    }
    return this.fail(`is not an unsigned integer of ${bits} bits`, name)
  }

  felt(name: string): Felt {
    const out = new Uint8Array(FELT_BYTES)
    this.feltInto(name, out, 0)
    return out
  }

  /** Writes a felt to `out[offset, offset + 32)`. */
  feltInto(name: string, out: Uint8Array, offset: number): void {
    const value = this.#required(name)
    if (typeof value !== 'string' || !parseFeltInto(value, out, offset)) this.fail('is not a felt', name)
  }

  /** A list of felts, packed. */
  felts(name: string): Felts {
    const values = this.list(name)
    const out = new Uint8Array(values.length * FELT_BYTES)
    for (let i = 0; i < values.length; i++) {
      const value = values[i]
      if (typeof value !== 'string' || !parseFeltInto(value, out, i * FELT_BYTES)) {
        return this.fail('is not a felt', `${name}[${i}]`)
      }
    }
    return out
  }

  list(name: string): readonly unknown[] {
    const value = this.#required(name)
    return Array.isArray(value) ? value : this.fail('is not a list', name)
  }

  object(name: string): JsonReader {
    return new JsonReader(this.#required(name), name, this)
  }

  /** A list of objects. */
  objects(name: string): JsonReader[] {
    return this.list(name).map((value, i) => new JsonReader(value, `${name}[${i}]`, this))
  }

  /** `read(name)` where the field is there, else `fallback`. */
  optional<T, F>(name: string, read: (name: string) => T, fallback: F): T | F {
    return this.has(name) ? read.call(this, name) : fallback
  }

  #required(name: string): unknown {
    return this.has(name) ? this.value[name] : this.fail('is missing', name)
  }
}

/** The text of an answer as an object. @throws DecodeError for what is not UTF-8, not JSON (truncated, HTML), or no object. */
export function parseAnswer(bytes: Uint8Array): JsonReader {
  return new JsonReader(parseJson(bytes))
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** @throws DecodeError */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new DecodeError('', 'is not UTF-8')
  }
}

/** @throws DecodeError */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decodeText(bytes)
  if (text.length === 0) throw new DecodeError('', 'is empty')
  try {
    return JSON.parse(text)
  } catch {
    const start = text.slice(0, 24).trim()
    throw new DecodeError('', start.startsWith('<') ? 'is HTML, not JSON' : 'is not JSON, or is cut off')
  }
}
