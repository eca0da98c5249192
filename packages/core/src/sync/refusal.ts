import { CheckError, CodedError } from '../base/errors.ts'
import { UnsupportedVersionError } from '../chain/era.ts'
import { GatewayError } from '../gateway/gateway-error.ts'
import { DecodeError } from '../gateway/json-reader.ts'

/** Answers of each source that may be refused for one height before the source is said to be exhausted. */
export const REFUSALS_PER_SOURCE_MAX = 4

/** Before what was refused is asked for again; doubled each time. */
const REFUSED_WAIT_MS = 500
const REFUSED_WAIT_MS_MAX = 10_000

/** Every source gave a wrong answer, or none, too often. */
export class SourcesExhaustedError extends CodedError<{
  readonly code: 'SOURCES_EXHAUSTED'
  readonly block: number
  readonly attempts: number
  readonly check?: string
  readonly path?: string
}> {}

/** Whether another answer may be right. Everything else is the end: a bug, a full disk. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof UnsupportedVersionError ||
    error instanceof CheckError ||
    error instanceof DecodeError ||
    error instanceof GatewayError ||
    error instanceof SourcesExhaustedError
  )
}

export function isParentMismatch(error: unknown): boolean {
  return error instanceof CheckError && error.data.check === 'parent_hash'
}

export function exhausted(block: number, attempts: number, cause: unknown): SourcesExhaustedError {
  if (cause instanceof SourcesExhaustedError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  const check = cause instanceof CheckError ? { check: cause.data.check } : {}
  const path = cause instanceof DecodeError ? { path: cause.data.path } : {}
  return new SourcesExhaustedError(
    `no source has a block ${block} that holds: ${message}`,
    { code: 'SOURCES_EXHAUSTED', block, attempts, ...check, ...path },
    { cause, ...(cause instanceof CodedError && cause.hint !== undefined ? { hint: cause.hint } : {}) },
  )
}

/** How long something rests that was refused `count` ≥ 0 times before: a height, or the block under construction. */
export function refusedWaitMs(count: number): number {
  return Math.min(REFUSED_WAIT_MS_MAX, REFUSED_WAIT_MS * 2 ** Math.min(count, 10))
}

/** How often in a row the node could not get past one height. */
export class Refusals {
  readonly #max: number
  #block = -1
  #count = 0

  constructor(sourceCount: number) {
    this.#max = REFUSALS_PER_SOURCE_MAX * sourceCount
  }

  count(block: number): number {
    this.#count = block === this.#block ? this.#count + 1 : 1
    this.#block = block
    return this.#count
  }

  areExhausted(block: number): boolean {
    return block === this.#block && this.#count >= this.#max
  }
}
