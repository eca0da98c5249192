import { CodedError } from '@deoxys/core'
import type { RawJson } from './raw-json.ts'

/** What the server says instead of the plain rendering of the error. */
export interface FeederErrorOptions {
  /** In place of `{"code", "message"}`; need not be JSON. */
  readonly body?: RawJson
  /** Added to the answer's, names in lower case: `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * A feeder gateway's refusal: an HTTP status, and a body `{"code", "message"}` (protocol 8.8). The texts are those of
 * the gateway, recorded in June 2026, since clients show them and some read them.
 */
export class FeederError extends CodedError<{ readonly code: string; readonly status: number }> {
  readonly options: FeederErrorOptions

  constructor(status: number, code: string, message: string, options: FeederErrorOptions = {}) {
    super(message, { code, status })
    this.options = options
  }
}

/** `block` as in the request. */
export function blockNumberNotFound(block: string): FeederError {
  return new FeederError(400, 'StarknetErrorCode.BLOCK_NOT_FOUND', `Block number ${block} was not found.`)
}

/** `hash` as in the request. */
export function blockHashNotFound(hash: string): FeederError {
  return new FeederError(400, 'StarknetErrorCode.BLOCK_NOT_FOUND', `Block hash ${hash} does not exist.`)
}

export function malformedRequest(message: string): FeederError {
  return new FeederError(400, 'StarkErrorCode.MALFORMED_REQUEST', message)
}

/** `kind` as in "block hash", `hash` as in the request: hex, but not below the prime. */
export function outOfRange(kind: HashKind, hash: string): FeederError {
  const code = `StarknetErrorCode.OUT_OF_RANGE_${kind.toUpperCase().replace(' ', '_')}`
  return new FeederError(400, code, `${capitalized(kind)} ${hash} is out of range.`)
}

export type HashKind = 'block hash' | 'class hash' | 'transaction hash'

/** What the gateway says of anything that is not `0x` and hex digits. */
export function hashMalformed(kind: HashKind, given: string | undefined): FeederError {
  const subject = capitalized(kind)
  return malformedRequest(
    given === undefined
      ? `${subject} must be given.`
      : `${subject} should be a hexadecimal string starting with 0x, or 'null'; got: ${given}.`,
  )
}

// The gateway's source breaks the line inside the text, and the indentation is sent along.
const UNDECLARED_CLASS_GAP = ' '.repeat(21)

/** `hash` as in the request. */
export function undeclaredClass(hash: string): FeederError {
  const message = `Class with hash ${hash}${UNDECLARED_CLASS_GAP}is not declared.`
  return new FeederError(400, 'StarknetErrorCode.UNDECLARED_CLASS', message)
}

export function noPendingHeader(): FeederError {
  const message = 'Block header is not supported for the pending block'
  return new FeederError(400, 'StarknetErrorCode.NO_BLOCK_HEADER', message)
}

export function noPendingSignature(): FeederError {
  const message = 'BlockSignature is not supported for pending blocks; try querying with a concrete block identifier'
  return new FeederError(400, 'StarknetErrorCode.NO_SIGNATURE_FOR_PENDING_BLOCK', message)
}

/** No such endpoint, or nothing behind it here. */
export function notFound(what: string): FeederError {
  return new FeederError(404, '404', `404: ${what}`)
}

export function methodNotAllowed(): FeederError {
  return new FeederError(405, '405', '405: Method Not Allowed', { headers: { allow: 'GET', connection: 'close' } })
}

/** Anything but a `FeederError` that came out of the answers: a broken recording, or a bug. */
export function internalError(cause: unknown): FeederError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new FeederError(500, 'StarknetErrorCode.INTERNAL_ERROR', `Internal error: ${reason}`)
}

function capitalized(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1)
}
