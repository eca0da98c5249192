import { closeSync, existsSync, fstatSync, fsyncSync, mkdirSync, openSync, readSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { InputError } from '../base/errors.ts'
import { LmdbEngine } from './lmdb-engine.ts'

/** What the first page of an LMDB file has after its header of 24 bytes: magic and format version (mdb.c). */
const LMDB_MAGIC = 0xbeefc0de
const LMDB_VERSION = 2
const LMDB_MAGIC_AT = 24
const LMDB_VERSION_AT = 28

/** The folder of the segment files within the data directory. */
export const SEGMENTS_DIR = 'segments'

/** Makes sure that the directory is there, with what it holds. */
export function createDataDir(dir: string): void {
  createDirs(resolve(dir, SEGMENTS_DIR))
  const file = openSync(dir, 'r')
  fsyncSync(file)
  closeSync(file)
}

/** Step by step: the recursive form of `mkdir` never returns where a file system has no room for folders, as /proc. */
function createDirs(dir: string): void {
  const parent = dirname(dir)
  if (existsSync(dir)) return
  if (parent !== dir) createDirs(parent)
  mkdirSync(dir)
}

/** @throws InputError DATA_DIR_UNUSABLE in place of an error of the file system */
export function usingDir<T>(dir: string, use: () => T): T {
  try {
    return use()
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw unusable(dir, error.message, error)
    throw error
  }
}

/** Opens the database of a data directory that is there. @throws InputError DATA_DIR_UNUSABLE */
export function openDatabase(dir: string, tables: readonly number[], readOnly: boolean): LmdbEngine {
  let engine: LmdbEngine | undefined
  try {
    assertLmdbFile(join(dir, 'data.mdb'), readOnly)
    engine = LmdbEngine.open(dir, tables, readOnly)
  } catch (cause) {
    throw unusable(dir, (cause as Error).message, cause)
  }
  if (engine === undefined) throw unusable(dir, 'it holds no database of Deoxys')
  return engine
}

export function unusable(dir: string, reason: string, cause?: unknown): InputError {
  return new InputError(
    `cannot use ${dir} as data directory: ${reason}`,
    { code: 'DATA_DIR_UNUSABLE', dir },
    { hint: 'Choose a directory that can be written to and holds nothing else.', cause },
  )
}

/** LMDB crashes on a file that is no database, so look at it first. A missing or empty file is a new one. */
function assertLmdbFile(path: string, mustExist: boolean): void {
  const head = new Uint8Array(LMDB_VERSION_AT + 4)
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (mustExist || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return
  }
  try {
    if (!mustExist && fstatSync(file).size === 0) return
    readSync(file, head, 0, head.length, 0)
  } finally {
    closeSync(file)
  }
  const view = new DataView(head.buffer)
  const isLmdb = view.getUint32(LMDB_MAGIC_AT, true) === LMDB_MAGIC
  if (!isLmdb || view.getUint16(LMDB_VERSION_AT, true) !== LMDB_VERSION) throw new Error(`${path} is not a database`)
}
