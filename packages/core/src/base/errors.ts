/**
 * The one base of every error this package throws for the world outside. `data.code` says which case, `data` what was
 * found, `hint` what the reader can do. Bugs are plain `Error`s: they are never caught and end the process.
 */
export class CodedError<Data extends { readonly code: string } = { readonly code: string }> extends Error {
  readonly data: Data
  readonly hint: string | undefined

  constructor(message: string, data: Data, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.data = data
    this.hint = options.hint
  }

  get code(): Data['code'] {
    return this.data.code
  }
}

/** What the operator gave cannot be used: a flag, a file, a directory, a port. Never retried. */
export class InputError extends CodedError<{ readonly code: InputCode; readonly [key: string]: unknown }> {}

export type InputCode =
  | 'BAD_FLAG'
  | 'BAD_FILE'
  | 'UNKNOWN_NETWORK'
  | 'NETWORK_MISMATCH'
  | 'DATA_DIR_UNUSABLE'
  | 'DATA_DIR_LOCKED'
  | 'SCHEMA_VERSION'
  | 'PORT_IN_USE'

/** A sealed or served value contradicts a hash, root or signature. Another source or a later answer may be right. */
export class CheckError extends CodedError<{
  readonly code: 'CHECK_FAILED'
  /** The failed check, a name of `CHECK_NAMES` or `parent_hash`, `state_root`, `class_hash`, …. */
  readonly check: string
  readonly block?: number
  readonly expected?: string
  readonly computed?: string
}> {}

/** Makes an unreachable branch a type error, and a bug if it runs. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${String(value)}`)
}
