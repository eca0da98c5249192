import { join } from 'node:path'
import { InputError } from '../base/errors.ts'
import { equalFelts, hexFromFelt } from '../base/felt.ts'
import { createDataDir, openDatabase, SEGMENTS_DIR, unusable, usingDir } from './data-dir.ts'
import { DirLock } from './dir-lock.ts'
import { type KeyValueEngine, readSnapshot } from './engine.ts'
import { MemoryEngine } from './memory-engine.ts'
import { SegmentFiles } from './segment-files.ts'
import { MemorySegments, SEGMENT_BYTES_MAX, type Segments } from './segments.ts'
import { TableReader } from './table-reader.ts'
import { TableWrites } from './table-writes.ts'
import { CHAIN, type ChainIdentity, SCHEMA, SCHEMA_VERSION, SEGMENTS, TABLES } from './tables.ts'

export type StoreOptions =
  | { readonly chain: ChainIdentity; readonly memory: true }
  | {
      readonly chain: ChainIdentity
      readonly dir: string
      /** For other threads and processes; the database must be there. */
      readonly readOnly?: boolean
      /** At which size a segment file is closed; small in tests. */
      readonly segmentBytesMax?: number
    }

/** What a store is made of. */
export interface StoreParts {
  readonly engine: KeyValueEngine
  readonly segments: Segments
  readonly isReadOnly: boolean
  /** Held by the one that writes to a directory. */
  readonly lock: DirLock | undefined
}

const TABLE_NUMBERS = TABLES.map(({ number }) => number)

/** @throws InputError, StoreError as `Store.open` says; then nothing stays open. */
export function openParts(options: StoreOptions): StoreParts {
  if ('memory' in options) {
    return { engine: new MemoryEngine(), segments: new MemorySegments(), isReadOnly: false, lock: undefined }
  }
  const { dir, chain, readOnly = false } = options
  return usingDir(dir, () => (readOnly ? openForReading(dir, chain) : openForWriting(options)))
}

function openForReading(dir: string, chain: ChainIdentity): StoreParts {
  const engine = openDatabase(dir, TABLE_NUMBERS, true)
  return closingOnError(engine, () => {
    if (!isOf(engine, dir, chain)) throw unusable(dir, 'its database was never written to')
    const segments = SegmentFiles.openReadOnly(join(dir, SEGMENTS_DIR))
    return { engine, segments, isReadOnly: true, lock: undefined }
  })
}

function openForWriting(options: { dir: string; chain: ChainIdentity; segmentBytesMax?: number }): StoreParts {
  const { dir, chain, segmentBytesMax: bytesMax = SEGMENT_BYTES_MAX } = options
  createDataDir(dir)
  const lock = DirLock.acquire(dir)
  try {
    const engine = openDatabase(dir, TABLE_NUMBERS, false)
    return closingOnError(engine, () => {
      if (!isOf(engine, dir, chain)) claim(engine, dir, chain)
      const segments = SegmentFiles.open({ dir: join(dir, SEGMENTS_DIR), lengths: segmentLengths(engine), bytesMax })
      return { engine, segments, isReadOnly: false, lock }
    })
  } catch (error) {
    lock.release()
    throw error
  }
}

function closingOnError(engine: KeyValueEngine, open: () => StoreParts): StoreParts {
  try {
    return open()
  } catch (error) {
    void engine.close()
    throw error
  }
}

/** False for a new database. @throws InputError when it is one of another schema or chain. */
function isOf(engine: KeyValueEngine, dir: string, chain: ChainIdentity): boolean {
  const [found, stored] = readSnapshot(engine, (snapshot) => {
    const rows = new TableReader(snapshot)
    return [rows.meta(SCHEMA), rows.meta(CHAIN)]
  })
  if (found === undefined) return false
  if (found !== SCHEMA_VERSION) {
    throw new InputError(
      `${dir} has schema version ${found}, and this program works with version ${SCHEMA_VERSION}`,
      { code: 'SCHEMA_VERSION', dir, found, expected: SCHEMA_VERSION },
      { hint: 'Use the program that wrote it, or sync into an empty directory.' },
    )
  }
  if (stored?.name === chain.name && equalFelts(stored.chainIds[0]!, chain.chainIds[0]!)) return true
  const [has, wanted] = [stored && describe(stored), describe(chain)]
  throw new InputError(
    `${dir} holds the network ${has}, not ${wanted}`,
    { code: 'NETWORK_MISMATCH', dir, found: has, expected: wanted },
    { hint: 'Choose another data directory, or the other network.' },
  )
}

/** @throws InputError DATA_DIR_UNUSABLE when the disk takes no more: LMDB's errors are not those of the file system */
function claim(engine: KeyValueEngine, dir: string, chain: ChainIdentity): void {
  const writes = new TableWrites()
  writes.setMeta(SCHEMA, SCHEMA_VERSION)
  writes.setMeta(CHAIN, chain)
  try {
    writes.apply(engine)
  } catch (cause) {
    throw unusable(dir, `${(cause as Error).message}; is the disk full?`, cause)
  }
}

function segmentLengths(engine: KeyValueEngine): number[] {
  return readSnapshot(engine, (snapshot) =>
    Array.from(new TableReader(snapshot).rows(SEGMENTS), ([, length]) => length),
  )
}

/** Name and chain id, as a short string where it is one. */
function describe({ name, chainIds }: ChainIdentity): string {
  const id = chainIds[0]!
  const ascii = Buffer.from(id).toString('latin1').replace(/^\0+/, '')
  return `${name} (${/^[\x21-\x7e]+$/.test(ascii) ? ascii : hexFromFelt(id)})`
}
