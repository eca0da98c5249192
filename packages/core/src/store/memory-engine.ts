import {
  assertKey,
  type Entry,
  type KeyValueBatch,
  type KeyValueEngine,
  type KeyValueSnapshot,
  type RangeBounds,
} from './engine.ts'
import { SortedTable, type TableChange } from './sorted-table.ts'

type Tables = ReadonlyMap<number, SortedTable>

/** An engine in memory, for tests and small embeds. Tables are replaced, never changed, so a snapshot is a reference. */
export class MemoryEngine implements KeyValueEngine {
  #tables: Tables = new Map()
  readonly #life = { isOver: false }

  snapshot(): KeyValueSnapshot {
    this.#assertOpen()
    return new MemorySnapshot(this.#tables, this.#life)
  }

  batch(write: (batch: KeyValueBatch) => void): void {
    this.#assertOpen()
    const changes = new Map<number, TableChange[]>()
    const add = (table: number, key: Uint8Array, value: Uint8Array | undefined): void => {
      assertKey(key)
      const list = changes.get(table)
      const change = [new Uint8Array(key), value && new Uint8Array(value)] as const
      if (list === undefined) changes.set(table, [change])
      else list.push(change)
    }
    write({ put: add, del: (table, key) => add(table, key, undefined) })
    const tables = new Map(this.#tables)
    for (const [table, list] of changes) tables.set(table, (tables.get(table) ?? SortedTable.EMPTY).with(list))
    this.#tables = tables
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#tables = new Map()
    this.#life.isOver = true
  }

  #assertOpen(): void {
    if (this.#life.isOver) throw new Error('the engine is closed')
  }
}

class MemorySnapshot implements KeyValueSnapshot {
  #tables: Tables | undefined
  readonly #life: { readonly isOver: boolean }

  constructor(tables: Tables, life: { readonly isOver: boolean }) {
    this.#tables = tables
    this.#life = life
  }

  get(table: number, key: Uint8Array): Uint8Array | undefined {
    return this.lend(table, key)?.slice()
  }

  lend(table: number, key: Uint8Array): Uint8Array | undefined {
    return this.#table(table).get(key)
  }

  getMany(table: number, keys: readonly Uint8Array[]): (Uint8Array | undefined)[] {
    return keys.map((key) => this.get(table, key))
  }

  seekLE(table: number, key: Uint8Array): Entry | undefined {
    const entry = this.#table(table).seekLE(key)
    return entry && copyOf(entry)
  }

  seekGE(table: number, key: Uint8Array): Entry | undefined {
    const entry = this.#table(table).seekGE(key)
    return entry && copyOf(entry)
  }

  *range(table: number, { from, to, reverse = false }: RangeBounds = {}): Generator<Entry, void, void> {
    for (const entry of this.#table(table).range(from, to, reverse)) yield copyOf(entry)
  }

  [Symbol.dispose](): void {
    this.#tables = undefined
  }

  #table(table: number): SortedTable {
    if (this.#tables === undefined || this.#life.isOver) throw new Error('the snapshot is disposed')
    return this.#tables.get(table) ?? SortedTable.EMPTY
  }
}

function copyOf([key, value]: Entry): Entry {
  return [key.slice(), value.slice()]
}
