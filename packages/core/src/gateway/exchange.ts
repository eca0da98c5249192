import type { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import { type Dispatcher, errors } from 'undici'
import { decodeErrorBody } from './decode-small-answers.ts'
import { GatewayError, type GatewayErrorCode } from './gateway-error.ts'
import { DecodeError } from './json-reader.ts'
import { parseRetryAfter } from './retry.ts'

/** Error bodies are two short texts; a longer one is not read to its end. */
const ERROR_BODY_BYTES_MAX = 65_536

/** Characters of the gateway's own words that an error repeats. */
const GATEWAY_MESSAGE_LENGTH_MAX = 300

/** What a decompressor hands on at a time; its default of 16 KiB makes thousands of pieces of a large answer. */
const CHUNK_BYTES = 262_144

export interface ExchangeRequest {
  readonly dispatcher: Dispatcher
  readonly origin: string
  readonly urlPath: string
  readonly headers: Readonly<Record<string, string>>
  /** For the whole exchange, whatever trickles in meanwhile. */
  readonly timeoutMs: number
  /** After decompression. */
  readonly bodyBytesMax: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * One GET, tried once: the body of the 200, decompressed, in a buffer of its own.
 * @throws GatewayError; DecodeError for what cannot be JSON at first sight; signal.reason
 */
export async function exchange(request: ExchangeRequest, signal: AbortSignal): Promise<Uint8Array> {
  signal.throwIfAborted()
  const either = new AbortController()
  const cancel = () => either.abort(signal.reason)
  const timer = setTimeout(() => either.abort(), request.timeoutMs)
  signal.addEventListener('abort', cancel)
  try {
    return await send(request, either.signal)
  } catch (error) {
    signal.throwIfAborted()
    throw either.signal.aborted
      ? failure(request, 'TIMEOUT', `was not answered in full within ${request.timeoutMs} ms`)
      : describe(request, error)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', cancel)
    either.abort() // Drops what was not read of an answer that nobody wants.
  }
}

async function send(request: ExchangeRequest, signal: AbortSignal): Promise<Uint8Array> {
  const { dispatcher, origin, urlPath, headers } = request
  const response = await dispatcher.request({ origin, path: urlPath, method: 'GET', headers, signal })
  if (response.statusCode !== 200) throw await refusal(request, response)
  const bytes = await readBody(response, request.bodyBytesMax)
  assertLooksLikeJson(bytes)
  return bytes
}

/** Does not leave this file. */
class TooLargeError extends Error {}

/** Holds at most `bytesMax` and a chunk, however long the body is or what it unpacks to. */
async function readBody({ headers, body }: Dispatcher.ResponseData, bytesMax: number): Promise<Uint8Array> {
  if (Number(headers['content-length']) > bytesMax) throw new TooLargeError()
  const chunks: Uint8Array[] = []
  let length = 0
  const collect = async (source: AsyncIterable<Uint8Array>) => {
    for await (const chunk of source) {
      length += chunk.length
      if (length > bytesMax) break
      chunks.push(chunk)
    }
  }
  const decompressor = createDecompressor(headers['content-encoding'])
  try {
    await (decompressor === undefined ? pipeline(body, collect) : pipeline(body, decompressor, collect))
  } catch (error) {
    // Leaving the loop ends the streams; how they put that differs between versions of Node.
    if (length <= bytesMax) throw error
  }
  if (length > bytesMax) throw new TooLargeError()
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/** undici hands on what came over the wire. Gzip is what was asked for; brotli some proxies use all the same. */
function createDecompressor(encoding: string | string[] | undefined): Transform | undefined {
  switch (encoding) {
    case undefined:
    case 'identity':
      return undefined
    case 'gzip':
      return createGunzip({ chunkSize: CHUNK_BYTES })
    case 'br':
      return createBrotliDecompress({ chunkSize: CHUNK_BYTES })
    default:
      throw new DecodeError('', 'has a content encoding that was not asked for')
  }
}

const [TAB, LINE_FEED, CARRIAGE_RETURN, SPACE, LESS_THAN] = Buffer.from('\t\n\r <')

/** @throws DecodeError for what a proxy may put in the place of an answer, so that no class or block is tried with it. */
function assertLooksLikeJson(bytes: Uint8Array): void {
  const isBlank = (byte: number) => byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB
  let at = 0
  while (at < bytes.length && isBlank(bytes[at]!)) at++
  if (at === bytes.length) throw new DecodeError('', 'is empty')
  if (bytes[at] === LESS_THAN) throw new DecodeError('', 'is HTML, not JSON')
}

/** What any other status than 200 means (protocol 8.8). */
async function refusal(request: ExchangeRequest, response: Dispatcher.ResponseData): Promise<GatewayError> {
  const { statusCode: status, headers } = response
  // Read in any case: a body that is left over costs the connection.
  const body = await readBody(response, ERROR_BODY_BYTES_MAX).catch(() => NO_BYTES)
  const retryAfterMs = parseRetryAfter(headers['retry-after'], request.now())
  if (status === 429) {
    return failure(request, 'RATE_LIMITED', 'was refused: too many requests', { status, retryAfterMs })
  }
  const told = status === 400 || status === 500 ? decodeErrorBody(body) : undefined
  if (told === undefined) {
    const data = { status, ...(status === 503 ? { retryAfterMs } : {}) }
    return failure(request, 'HTTP_STATUS', `was answered with status ${status}`, data)
  }
  const code = told.code === 'StarknetErrorCode.BLOCK_NOT_FOUND' ? 'BLOCK_NOT_FOUND' : 'GATEWAY_REFUSED'
  const words = `${told.code}: ${told.message.slice(0, GATEWAY_MESSAGE_LENGTH_MAX)}`
  return failure(request, code, `was refused: ${words}`, { status, gatewayCode: told.code })
}

const NO_BYTES = new Uint8Array(0)

/** Errors that say this node used undici wrongly. */
const BUG_CODES = /^(UND_ERR_(INVALID|CLOSED|DESTROYED)|ERR_INVALID)/

/** What went wrong on the wire as a `GatewayError`; a bug as it is. */
function describe(request: ExchangeRequest, error: unknown): unknown {
  if (error instanceof TooLargeError) {
    return failure(request, 'BODY_TOO_LARGE', `was answered with more than ${request.bodyBytesMax} bytes`)
  }
  if (error instanceof GatewayError || error instanceof DecodeError || !(error instanceof Error)) return error
  const code = error instanceof errors.HTTPParserError ? 'HPE' : 'code' in error ? error.code : undefined
  if (typeof code !== 'string' || BUG_CODES.test(code)) return error
  return code.endsWith('TIMEOUT')
    ? failure(request, 'TIMEOUT', `got no further: ${error.message}`, {}, error)
    : failure(request, 'CONNECTION', `found no connection, or lost it: ${error.message || code}`, {}, error)
}

function failure(
  { origin, urlPath }: ExchangeRequest,
  code: GatewayErrorCode,
  text: string,
  data: Pick<GatewayError['data'], 'status' | 'gatewayCode' | 'retryAfterMs'> = {},
  cause?: unknown,
): GatewayError {
  const retryable = isRetryable(code, data.status ?? 0)
  return new GatewayError(`${origin}${urlPath} ${text}`, { code, urlPath, retryable, ...data }, { cause })
}

function isRetryable(code: GatewayErrorCode, status: number): boolean {
  if (code === 'HTTP_STATUS') return status === 404 || status === 408 || status >= 500
  return code === 'TIMEOUT' || code === 'CONNECTION' || code === 'RATE_LIMITED'
}
