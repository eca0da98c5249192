import type { KeyValueEngine } from './engine.ts'
import { META, type MetaField, type Table } from './tables.ts'

interface Write {
  readonly key: Uint8Array
  /** Undefined deletes. */
  readonly value: Uint8Array | undefined
}

/** Writes to rows, kept until they are applied all at once. Of several writes to one row the last counts. */
export class TableWrites {
  /** By table number. */
  readonly #writes = new Map<number, Write[]>()

  put<Key, Value>(table: Table<Key, Value>, key: Key, value: Value): void {
    this.#add(table.number, { key: table.key.encode(key), value: table.value.encode(value) })
  }

  del<Key>(table: Table<Key, unknown>, key: Key): void {
    this.#add(table.number, { key: table.key.encode(key), value: undefined })
  }

  /** Undefined deletes. */
  setMeta<T>(field: MetaField<T>, value: T | undefined): void {
    this.#add(META.number, { key: field.name, value: value === undefined ? undefined : field.value.encode(value) })
  }

  /** In one batch: deletes before puts, so that their space is used again, and each in the order of the keys. */
  apply(engine: KeyValueEngine): void {
    const sorted = Array.from(this.#writes, ([table, writes]) => [table, sortWrites(writes)] as const)
    engine.batch((batch) => {
      for (const [table, writes] of sorted) {
        for (const { key, value } of writes) if (value === undefined) batch.del(table, key)
      }
      for (const [table, writes] of sorted) {
        for (const { key, value } of writes) if (value !== undefined) batch.put(table, key, value)
      }
    })
  }

  #add(table: number, write: Write): void {
    const writes = this.#writes.get(table)
    if (writes === undefined) this.#writes.set(table, [write])
    else writes.push(write)
  }
}

/** By key, each key once. */
function sortWrites(writes: readonly Write[]): Write[] {
  const sorted = writes.toSorted((a, b) => Buffer.compare(a.key, b.key)) // stable: the last of equals is the last given
  return sorted.filter((write, i) => {
    const next = sorted[i + 1]
    return next === undefined || Buffer.compare(write.key, next.key) !== 0
  })
}
