import type { Entry, KeyValueSnapshot, RangeBounds } from './engine.ts'
import type { RecordCodec } from './record-codec.ts'
import { DAMAGED_HINT, StoreError } from './store-error.ts'
import { META, type MetaField, type Table } from './tables.ts'

const NUMBER_BYTES = 4

/** Typed rows of a snapshot. Everything throws StoreError RECORD_DAMAGED when a value cannot be decoded. */
export class TableReader {
  readonly #snapshot: KeyValueSnapshot

  constructor(snapshot: KeyValueSnapshot) {
    this.#snapshot = snapshot
  }

  get<Key, Value>(table: Table<Key, Value>, key: Key): Value | undefined {
    const bytes = this.#snapshot.get(table.number, table.key.encode(key))
    return bytes && decodeValue(table.name, table.value, bytes)
  }

  /** The bytes of the value. */
  getBytes<Key>(table: Table<Key, unknown>, key: Key): Uint8Array | undefined {
    return this.#snapshot.get(table.number, table.key.encode(key))
  }

  /** The same without a copy: valid until the next read. */
  lend<Key>(table: Table<Key, Uint8Array>, key: Key): Uint8Array | undefined {
    return this.#snapshot.lend(table.number, table.key.encode(key))
  }

  has<Key>(table: Table<Key, unknown>, key: Key): boolean {
    return this.#snapshot.lend(table.number, table.key.encode(key)) !== undefined
  }

  meta<T>(field: MetaField<T>): T | undefined {
    const bytes = this.#snapshot.get(META.number, field.name)
    return bytes && decodeValue(META.name, field.value, bytes)
  }

  /** The newest value at or below `key.number`, of the rows whose keys differ in the number alone. */
  newest<Key extends { readonly number: number }, Value>(table: Table<Key, Value>, key: Key): Value | undefined {
    const found = this.#seekNewest(table, key)
    return found && decodeValue(table.name, table.value, found[1])
  }

  /** The number of that row. */
  newestNumber<Key extends { readonly number: number }>(table: Table<Key, unknown>, key: Key): number | undefined {
    const found = this.#seekNewest(table, key)
    return found && decodeValue(table.name, table.key, found[0]).number
  }

  #seekNewest<Key extends { readonly number: number }>(table: Table<Key, unknown>, key: Key): Entry | undefined {
    if (key.number < 0) return undefined
    const bytes = table.key.encode(key)
    const found = this.#snapshot.seekLE(table.number, bytes)
    const isSame = found !== undefined && startAlike(found[0], bytes, bytes.length - NUMBER_BYTES)
    return isSame ? found : undefined
  }

  *rows<Key, Value>(table: Table<Key, Value>, bounds?: RangeBounds): Generator<readonly [Key, Value], void, void> {
    for (const [key, value] of this.#snapshot.range(table.number, bounds)) {
      yield [decodeValue(table.name, table.key, key), decodeValue(table.name, table.value, value)]
    }
  }

  *keys<Key>(table: Table<Key, unknown>, bounds?: RangeBounds): Generator<Key, void, void> {
    for (const [key] of this.#snapshot.range(table.number, bounds)) yield decodeValue(table.name, table.key, key)
  }
}

function startAlike(a: Uint8Array, b: Uint8Array, length: number): boolean {
  return Buffer.compare(a.subarray(0, length), b.subarray(0, length)) === 0
}

function decodeValue<T>(table: string, codec: RecordCodec<T>, bytes: Uint8Array): T {
  try {
    return codec.decode(bytes)
  } catch (cause) {
    const data = { code: 'RECORD_DAMAGED', table } as const
    throw new StoreError(`a row of the table ${table} is damaged`, data, { hint: DAMAGED_HINT, cause })
  }
}
