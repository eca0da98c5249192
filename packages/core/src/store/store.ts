import { computeDigest } from './digest.ts'
import { readSnapshot } from './engine.ts'
import { openParts, type StoreOptions, type StoreParts } from './open-store.ts'
import { type BatchTarget, StoreBatch } from './store-batch.ts'
import { StoreView } from './store-view.ts'
import type { Head } from './tables.ts'

/**
 * One chain on disk or in memory: rows in a key-value engine, payloads in segments. One process writes, through one
 * store; stores of other threads and processes read.
 */
export class Store implements AsyncDisposable {
  readonly #parts: StoreParts
  readonly #target: BatchTarget

  private constructor(parts: StoreParts) {
    this.#parts = parts
    this.#target = { engine: parts.engine, segments: parts.segments, commits: 0 }
  }

  /**
   * Opens a store; for writing, creates what is not there and cuts off what a kill left half written.
   * @throws InputError DATA_DIR_UNUSABLE, DATA_DIR_LOCKED, NETWORK_MISMATCH, SCHEMA_VERSION
   * @throws StoreError SEGMENT_MISSING, SEGMENT_TORN
   */
  static open(options: StoreOptions): Store {
    return new Store(openParts(options))
  }

  /** The newest block, undefined in an empty store. */
  head(): Head | undefined {
    return this.read((view) => view.head())
  }

  /** The store as of now. Dispose it soon: while it is open, the space of what is replaced is not used again. */
  snapshot(): StoreView {
    return new StoreView(this.#parts.engine.snapshot(), this.#parts.segments)
  }

  /** Runs `read` on a snapshot, and disposes of it. */
  read<T>(read: (view: StoreView) => T): T {
    const view = this.snapshot()
    try {
      return read(view)
    } finally {
      view[Symbol.dispose]()
    }
  }

  beginBatch(): StoreBatch {
    if (this.#parts.isReadOnly) throw new Error('the store is open for reading')
    return new StoreBatch(this.#target)
  }

  /** `beginBatch`, `fill`, `commit`. When `fill` throws, nothing is written. */
  write(fill: (batch: StoreBatch) => void): void {
    const batch = this.beginBatch()
    fill(batch)
    batch.commit()
  }

  /** Resolves once every commit so far survives a power cut. */
  async flush(): Promise<void> {
    await this.#parts.engine.flush()
  }

  /** Hex; equal for equal blocks whatever the way here. Reads the whole store. */
  digest(): string {
    const { engine, segments } = this.#parts
    return readSnapshot(engine, (snapshot) => computeDigest(snapshot, segments))
  }

  /** Ends the snapshots that are still open. The store is of no use afterwards. */
  async close(): Promise<void> {
    const { engine, segments, lock } = this.#parts
    try {
      await engine.close()
    } finally {
      segments.close()
      lock?.release()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
