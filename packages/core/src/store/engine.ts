/**
 * What the store needs of a key-value engine: numbered tables of binary keys in byte order, one writer, synchronous
 * reads of a snapshot, atomic batches. `testing/engine-contract.ts` says what it all means, and runs over every engine.
 */
export interface KeyValueEngine {
  /** The state as of now, and of no later batch. Dispose it: while it is open, an engine may not reuse space. */
  snapshot(): KeyValueSnapshot
  /**
   * Runs `write` and makes what it did visible at once; when it throws, nothing happened. Writes take effect in their
   * order; `write` reads nothing through this engine. The bytes are not kept.
   */
  batch(write: (batch: KeyValueBatch) => void): void
  /** Resolves once every batch so far survives a power cut. */
  flush(): Promise<void>
  /** Also ends the snapshots that are still open. */
  close(): Promise<void>
}

/** A key has 1 byte up to this many; a value may be empty. */
export const KEY_BYTES_MAX = 511

/** Runs `read` on a snapshot, and disposes of it. */
export function readSnapshot<T>(engine: KeyValueEngine, read: (snapshot: KeyValueSnapshot) => T): T {
  const snapshot = engine.snapshot()
  try {
    return read(snapshot)
  } finally {
    snapshot[Symbol.dispose]()
  }
}

/** @throws Error (a bug), all of it, once it is disposed. */
export interface KeyValueSnapshot extends Disposable {
  /** The caller's own copy. */
  get(table: number, key: Uint8Array): Uint8Array | undefined
  /** The same, cheaper: not to be written to, and valid until the next call of this engine. */
  lend(table: number, key: Uint8Array): Uint8Array | undefined
  /** In the order of `keys`. */
  getMany(table: number, keys: readonly Uint8Array[]): (Uint8Array | undefined)[]
  /** The entry with the largest key ≤ `key`. */
  seekLE(table: number, key: Uint8Array): Entry | undefined
  /** The entry with the smallest key ≥ `key`. */
  seekGE(table: number, key: Uint8Array): Entry | undefined
  /** Entries in key order. Leaving the loop early frees what it holds. */
  range(table: number, bounds?: RangeBounds): Iterable<Entry>
}

/** Both are the caller's own. */
export type Entry = readonly [key: Uint8Array, value: Uint8Array]

export interface RangeBounds {
  /** The smallest key that may occur. */
  readonly from?: Uint8Array | undefined
  /** The smallest key above all that may occur. */
  readonly to?: Uint8Array | undefined
  /** From the largest key to the smallest. */
  readonly reverse?: boolean
}

export interface KeyValueBatch {
  put(table: number, key: Uint8Array, value: Uint8Array): void
  /** Nothing happens when there is no such key. */
  del(table: number, key: Uint8Array): void
}

/** @throws RangeError */
export function assertKey(key: Uint8Array): void {
  if (key.length === 0 || key.length > KEY_BYTES_MAX) throw new RangeError(`a key of ${key.length} bytes`)
}
