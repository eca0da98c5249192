import { CodedError } from '../base/errors.ts'

export type GatewayErrorCode =
  /** The gateway has no such block (yet). */
  | 'BLOCK_NOT_FOUND'
  /** The gateway understood the request and will not answer it; `gatewayCode` says why. */
  | 'GATEWAY_REFUSED'
  /** 429: this client asks too often. */
  | 'RATE_LIMITED'
  /** Any other status than 200. */
  | 'HTTP_STATUS'
  | 'TIMEOUT'
  /** No connection, or one that broke before the answer was whole. */
  | 'CONNECTION'
  | 'BODY_TOO_LARGE'

/** A gateway did not answer. What it answers is another matter: `DecodeError`. */
export class GatewayError extends CodedError<{
  readonly code: GatewayErrorCode
  /** Path and query of the request. */
  readonly urlPath: string
  /** Whether the same request may soon be answered. */
  readonly retryable: boolean
  readonly status?: number
  /** As `StarknetErrorCode.UNDECLARED_CLASS`. */
  readonly gatewayCode?: string
  /** How long the gateway asks to be left alone. */
  readonly retryAfterMs?: number | undefined
}> {}
