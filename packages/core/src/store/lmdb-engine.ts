import { type Database, open, type RootDatabase } from 'lmdb'
import {
  assertKey,
  type Entry,
  type KeyValueBatch,
  type KeyValueEngine,
  type KeyValueSnapshot,
  type RangeBounds,
} from './engine.ts'

/** Address space, neither memory nor disk: the size up to which the database can grow. */
const MAP_BYTES = 2 ** 40

/** Snapshots of different commits that can be open at once, over all threads and processes. */
const READERS_MAX = 1024

/** Room for the tables of later versions. */
const TABLES_MAX = 64

type Environment = RootDatabase<Uint8Array, Uint8Array>
type Transaction = ReturnType<Environment['useReadTransaction']>
type RangeOptions = Parameters<Environment['getRange']>[0]
/** The second argument is missing in the library's types. */
type LmdbTable = Database<Uint8Array, Uint8Array> & {
  getBinaryFast(key: Uint8Array, options: { transaction: Transaction }): Buffer | undefined
}
type Tables = ReadonlyMap<number, LmdbTable>

const BINARY = { keyEncoding: 'binary', encoding: 'binary' } as const

/**
 * LMDB in a directory (data.mdb, lock.mdb). Other threads and processes may read while one writes. Commits are synced in
 * LMDB's default mode: after a power cut the newest may be missing, and none is there by half.
 */
export class LmdbEngine implements KeyValueEngine {
  readonly #env: Environment
  readonly #tables: Tables
  readonly #snapshots = new Set<LmdbSnapshot>()

  private constructor(env: Environment, tables: Tables) {
    this.#env = env
    this.#tables = tables
  }

  /**
   * Opens the database in `dir`, which exists, and creates the tables that it lacks. Undefined when it is another's: it
   * has tables and none of these, or, with `readOnly`, lacks one. @throws Error LMDB's own, when it is no database
   */
  static open(dir: string, tables: readonly number[], readOnly: boolean): LmdbEngine | undefined {
    const options = {
      ...BINARY,
      noSubdir: false,
      readOnly,
      mapSize: MAP_BYTES,
      maxReaders: READERS_MAX,
      maxDbs: TABLES_MAX,
      noReadAhead: true, // With it, reads beyond RAM took 18 times as long (storage-and-libs).
    }
    const env = open<Uint8Array, Uint8Array>(dir, options)
    // Each name ends with a zero byte.
    const names = new Set(Array.from(env.getKeys({}), (key) => Buffer.from(key).toString('latin1').slice(0, -1)))
    const present = tables.filter((table) => names.has(nameOf(table)))
    if (readOnly ? present.length < tables.length : present.length === 0 && names.size > 0) {
      void env.close()
      return undefined
    }
    const openTable = (table: number) => env.openDB(nameOf(table), { ...BINARY }) as LmdbTable
    return new LmdbEngine(env, new Map(tables.map((table) => [table, openTable(table)])))
  }

  snapshot(): KeyValueSnapshot {
    // The library keeps one read transaction until the next turn of the event loop, which would hide the commits of
    // other threads.
    this.#env.resetReadTxn()
    const snapshot = new LmdbSnapshot(this.#tables, this.#env.useReadTransaction(), this.#snapshots)
    this.#snapshots.add(snapshot)
    return snapshot
  }

  batch(write: (batch: KeyValueBatch) => void): void {
    const tables = this.#tables
    this.#env.transactionSync(() => {
      write({
        put(table, key, value) {
          assertKey(key)
          void tableOf(tables, table).put(key, value)
        },
        del(table, key) {
          assertKey(key)
          void tableOf(tables, table).remove(key)
        },
      })
    })
  }

  async flush(): Promise<void> {
    await this.#env.flushed
    this.#env.readerCheck() // Ends the snapshots of processes that were killed.
  }

  async close(): Promise<void> {
    for (const snapshot of this.#snapshots) snapshot[Symbol.dispose]()
    await this.#env.close()
  }
}

class LmdbSnapshot implements KeyValueSnapshot {
  readonly #tables: Tables
  readonly #open: Set<LmdbSnapshot>
  #transaction: Transaction | undefined

  constructor(tables: Tables, transaction: Transaction, open: Set<LmdbSnapshot>) {
    this.#tables = tables
    this.#transaction = transaction
    this.#open = open
  }

  get(table: number, key: Uint8Array): Uint8Array | undefined {
    return this.lend(table, key)?.slice()
  }

  lend(table: number, key: Uint8Array): Uint8Array | undefined {
    const bytes = tableOf(this.#tables, table).getBinaryFast(key, { transaction: this.#live() })
    // The library's one buffer for all reads; of its sizes, `length` alone is that of the value.
    return bytes && plain(bytes)
  }

  getMany(table: number, keys: readonly Uint8Array[]): (Uint8Array | undefined)[] {
    return keys.map((key) => this.get(table, key))
  }

  seekLE(table: number, key: Uint8Array): Entry | undefined {
    return this.#first(table, { start: key, end: undefined!, reverse: true, limit: 1 })
  }

  seekGE(table: number, key: Uint8Array): Entry | undefined {
    return this.#first(table, { start: key, end: undefined!, limit: 1 })
  }

  *range(table: number, { from, to, reverse = false }: RangeBounds = {}): Generator<Entry, void, void> {
    const bounds = reverse
      ? { start: to!, exclusiveStart: to !== undefined, end: from!, inclusiveEnd: from !== undefined, reverse }
      : { start: from!, end: to! }
    for (const { key, value } of this.#entries(table, bounds)) yield [plain(key), plain(value)]
  }

  [Symbol.dispose](): void {
    this.#transaction?.done()
    this.#transaction = undefined
    this.#open.delete(this)
  }

  #first(table: number, options: RangeOptions): Entry | undefined {
    for (const { key, value } of this.#entries(table, options)) return [plain(key), plain(value)]
    return undefined
  }

  /** Both ends are given, as the library has an end of its own where the name is missing. */
  #entries(table: number, options: RangeOptions): ReturnType<LmdbTable['getRange']> {
    return tableOf(this.#tables, table).getRange({ ...options, transaction: this.#live() })
  }

  #live(): Transaction {
    if (this.#transaction === undefined) throw new Error('the snapshot is disposed')
    return this.#transaction
  }
}

function tableOf(tables: Tables, number: number): LmdbTable {
  const table = tables.get(number)
  if (table === undefined) throw new Error(`there is no table ${number}`)
  return table
}

/** Without the ways of a Buffer, whose `slice` is a view. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

function nameOf(table: number): string {
  return `${table}`
}
