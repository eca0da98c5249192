import { ByteWriter } from '../chain/codec.ts'
import type { KeyValueEngine } from './engine.ts'
import { META, type MetaField, type Table } from './tables.ts'

/** No value: the row is deleted. */
const DELETED = -1

/**
 * Writes to rows, kept until they are applied all at once. Of several writes to one row the last counts. Keys and values
 * are copied into one log, and no object is kept for a row: with an array for each, collecting them took longer than all
 * else that happens here.
 */
export class TableWrites {
  readonly #log: ByteWriter
  /** By table number. */
  readonly #rows = new Map<number, Rows>()

  /** @param log overwritten; no one else's until `apply` has returned */
  constructor(log = new ByteWriter()) {
    this.#log = log
    log.clear()
  }

  put<Key, Value>(table: Table<Key, Value>, key: Key, value: Value): void {
    const log = this.#log
    const start = log.length
    table.key.append(log, key)
    const keyEnd = log.length
    table.value.append(log, value)
    this.#rowsOf(table.number).add(start, keyEnd, log.length)
  }

  del<Key>(table: Table<Key, unknown>, key: Key): void {
    const start = this.#log.length
    table.key.append(this.#log, key)
    this.#rowsOf(table.number).add(start, this.#log.length, DELETED)
  }

  /** Undefined deletes. */
  setMeta<T>(field: MetaField<T>, value: T | undefined): void {
    if (value === undefined) this.del(META, field.name)
    else this.put({ ...META, value: field.value }, field.name, value)
  }

  /** In one batch: deletes before puts, so that their space is used again, and each in the order of the keys. */
  apply(engine: KeyValueEngine): void {
    const { buffer: bytes } = this.#log
    const sorted = Array.from(this.#rows, ([table, rows]) => ({ table, rows, order: rows.sort(bytes) }))
    engine.batch((batch) => {
      for (const { table, rows, order } of sorted) {
        for (const row of order) if (rows.ends[row] === DELETED) batch.del(table, rows.keyOf(bytes, row))
      }
      for (const { table, rows, order } of sorted) {
        for (const row of order) {
          const end = rows.ends[row]!
          if (end !== DELETED) batch.put(table, rows.keyOf(bytes, row), bytes.subarray(rows.keyEnds[row], end))
        }
      }
    })
  }

  #rowsOf(table: number): Rows {
    const known = this.#rows.get(table)
    if (known !== undefined) return known
    const rows = new Rows()
    this.#rows.set(table, rows)
    return rows
  }
}

/** Where the rows of one table lie in the log: a key, and its value behind it. */
class Rows {
  readonly starts: number[] = []
  readonly keyEnds: number[] = []
  readonly ends: number[] = []

  add(start: number, keyEnd: number, end: number): void {
    this.starts.push(start)
    this.keyEnds.push(keyEnd)
    this.ends.push(end)
  }

  keyOf(bytes: Uint8Array, row: number): Uint8Array {
    return bytes.subarray(this.starts[row], this.keyEnds[row])
  }

  /** The rows by key, each key once. */
  sort(bytes: Uint8Array): number[] {
    const sorted = Array.from(this.starts.keys()).sort((a, b) => this.#compare(bytes, a, b)) // stable: the last given last
    return sorted.filter((row, i) => i + 1 === sorted.length || this.#compare(bytes, row, sorted[i + 1]!) !== 0)
  }

  #compare(bytes: Uint8Array, a: number, b: number): number {
    const [startA, startB] = [this.starts[a]!, this.starts[b]!]
    const [lengthA, lengthB] = [this.keyEnds[a]! - startA, this.keyEnds[b]! - startB]
    for (let i = 0; i < lengthA && i < lengthB; i++) {
      const difference = bytes[startA + i]! - bytes[startB + i]!
      if (difference !== 0) return difference
    }
    return lengthA - lengthB
  }
}
