import { CodedError } from '../base/errors.ts'

export type StoreErrorCode =
  /** A segment file that the database names is not there. */
  | 'SEGMENT_MISSING'
  /** A segment file ends before a payload that the database names. */
  | 'SEGMENT_TORN'
  /** The bytes of a payload are not what was written. */
  | 'PAYLOAD_CORRUPT'
  /** A payload larger than the store takes. */
  | 'PAYLOAD_TOO_LARGE'
  /** A record that another one refers to is not there, or is not one. */
  | 'RECORD_DAMAGED'
  /** The disk, or the space set aside for the database, took no more. Nothing of the batch is stored. */
  | 'WRITE_FAILED'

/** The store is damaged, or cannot write. Retrying does not help before the operator has acted. */
export class StoreError extends CodedError<{ readonly code: StoreErrorCode; readonly [key: string]: unknown }> {}

export const DAMAGED_HINT = 'The database is damaged. Restore a copy, or sync into an empty directory.'

/** LMDB reports a full disk as an input/output error. */
export function writeFailed(what: string, cause: unknown): StoreError {
  const { message } = cause as Error
  return new StoreError(`${what}: ${message}`, { code: 'WRITE_FAILED' }, { hint: 'Is the disk full?', cause })
}
