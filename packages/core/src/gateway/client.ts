import { Pool } from 'undici'
import { type Clock, systemClock } from '../base/clock.ts'
import { InputError } from '../base/errors.ts'
import { type Felt, hexFromFelt } from '../base/felt.ts'
import type { BlockSource, PreConfirmedQuery } from './block-source.ts'
import {
  type BlockId,
  type ContractAddresses,
  decodeBlockId,
  decodeContractAddresses,
  decodePublicKey,
} from './decode-small-answers.ts'
import { type ExchangeRequest, exchange } from './exchange.ts'
import { GatewayError } from './gateway-error.ts'
import { Rate } from './rate.ts'
import { backoffMs, Pause, RETRIES_MAX } from './retry.ts'

/** Connections to one gateway. Whoever asks bounds the requests; the ones beyond this wait for a connection. */
const CONNECTIONS_MAX = 32

/** How long an idle connection is kept, in milliseconds: from one look at the head to the next and longer. */
const KEEP_ALIVE_MS = 30_000

/**
 * Longest answer in bytes, decompressed: 128 MiB, tens of times the largest recorded block or class. That is a quarter of
 * what V8 can hold as text, and its JSON, several times as large, still fits the heap.
 */
export const BODY_BYTES_MAX = 2 ** 27

/** In milliseconds. */
export interface Timeouts {
  readonly connect: number
  /** From the request to the head of the answer. */
  readonly headers: number
  /** Between two pieces of the body. */
  readonly idle: number
  /** One attempt from its start to the last byte. */
  readonly attempt: number
}

const TIMEOUTS: Timeouts = { connect: 10_000, headers: 30_000, idle: 30_000, attempt: 180_000 }

export interface FeederClientOptions {
  /** As `https://host/feeder_gateway`, with a slash at the end or without. */
  readonly baseUrl: string
  readonly userAgent: string
  /** Lifts the gateway's rate limit; sent as `X-Throttling-Bypass`. */
  readonly apiKey?: string | undefined
  readonly timeouts?: Partial<Timeouts>
  readonly bodyBytesMax?: number
  readonly clock?: Clock
  /** 0 ≤ x < 1 */
  readonly random?: () => number
  /** Told of every attempt that failed and will be followed by another one, in `waitMs` at the earliest. */
  readonly onRetry?: (error: GatewayError, waitMs: number) => void
}

/**
 * A feeder gateway over HTTP (protocol 8.1, 8.2, 8.8).
 *
 * Failures that pass (timeouts, broken connections, 404, 5xx) are retried `RETRIES_MAX` times with back-off. A 429 or a
 * 503 holds back all requests of the client, and after the first 429 they keep to a rate (`rate.ts`). What the gateway
 * refuses by a code of its own is thrown at once, and so is an answer that makes no sense: only the asker knows whether to
 * ask again.
 */
export class FeederClient implements BlockSource {
  readonly name: string
  readonly #basePath: string
  readonly #pool: Pool
  readonly #defaults: Omit<ExchangeRequest, 'urlPath'>
  readonly #clock: Clock
  readonly #random: () => number
  readonly #pause: Pause
  readonly #rate: Rate
  #setbacks = 0
  readonly #onRetry: (error: GatewayError, waitMs: number) => void

  /** Opens no connection yet. @throws InputError BAD_FLAG */
  constructor(options: FeederClientOptions) {
    const { origin, pathname } = parseBaseUrl(options.baseUrl)
    const timeouts = { ...TIMEOUTS, ...options.timeouts }
    const clock = options.clock ?? systemClock
    this.#basePath = pathname.replace(/\/*$/, '/')
    this.name = `${origin}${this.#basePath.slice(0, -1)}`
    this.#clock = clock
    this.#random = options.random ?? Math.random
    this.#pause = new Pause(clock, this.#random)
    this.#rate = new Rate(clock)
    this.#onRetry = options.onRetry ?? (() => {})
    this.#pool = new Pool(origin, {
      connections: CONNECTIONS_MAX,
      connectTimeout: timeouts.connect,
      headersTimeout: timeouts.headers,
      bodyTimeout: timeouts.idle,
      keepAliveTimeout: KEEP_ALIVE_MS,
      allowH2: false, // Its streams would share the window of one connection.
    })
    this.#defaults = {
      dispatcher: this.#pool,
      origin,
      headers: createHeaders(options),
      timeoutMs: timeouts.attempt,
      bodyBytesMax: options.bodyBytesMax ?? BODY_BYTES_MAX,
      now: () => clock.now(),
    }
  }

  get setbacks(): number {
    return this.#setbacks
  }

  /** Resolves when the running requests have ended. Later ones are a bug. */
  async close(): Promise<void> {
    if (!this.#pool.closed) await this.#pool.close()
  }

  fetchStateUpdateWithBlock(number: number, signal: AbortSignal): Promise<Uint8Array> {
    return this.#fetch(`get_state_update?blockNumber=${number}&includeBlock=true`, signal)
  }

  fetchBlock(number: number, signal: AbortSignal): Promise<Uint8Array> {
    return this.#fetch(`get_block?blockNumber=${number}`, signal)
  }

  fetchStateUpdate(number: number, signal: AbortSignal): Promise<Uint8Array> {
    return this.#fetch(`get_state_update?blockNumber=${number}`, signal)
  }

  fetchSignature(number: number, signal: AbortSignal): Promise<Uint8Array> {
    return this.#fetch(`get_signature?blockNumber=${number}`, signal)
  }

  fetchClass(hash: Felt, signal: AbortSignal): Promise<Uint8Array> {
    return this.#fetch(`get_class_by_hash?classHash=${hexFromFelt(hash)}&blockNumber=latest`, signal)
  }

  fetchCompiledClass(hash: Felt, signal: AbortSignal): Promise<Uint8Array> {
    return this.#fetch(`get_compiled_class_by_class_hash?classHash=${hexFromFelt(hash)}&blockNumber=latest`, signal)
  }

  async fetchPublicKey(signal: AbortSignal): Promise<Felt> {
    return decodePublicKey(await this.#fetch('get_public_key', signal))
  }

  async fetchContractAddresses(signal: AbortSignal): Promise<ContractAddresses> {
    return decodeContractAddresses(await this.#fetch('get_contract_addresses', signal))
  }

  async fetchHeader(number: number, signal: AbortSignal): Promise<BlockId> {
    return decodeBlockId(await this.#fetch(`get_block?blockNumber=${number}&headerOnly=true`, signal))
  }

  async fetchLatestHeader(signal: AbortSignal): Promise<BlockId> {
    return decodeBlockId(await this.#fetch('get_block?blockNumber=latest&headerOnly=true', signal))
  }

  /** Asked once: whoever polls asks again anyway. */
  fetchPreConfirmedBlock(
    { block, identifier, knownCount }: PreConfirmedQuery,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const known = `blockIdentifier=${identifier ?? ''}&knownTransactionCount=${knownCount}`
    return this.#fetch(`get_preconfirmed_block?blockNumber=${block}&${known}`, signal, 0)
  }

  async #fetch(request: string, signal: AbortSignal, retriesMax = RETRIES_MAX): Promise<Uint8Array> {
    const exchangeRequest = { ...this.#defaults, urlPath: `${this.#basePath}${request}` }
    for (let retry = 0; ; retry++) {
      await this.#turn(signal)
      try {
        const bytes = await exchange(exchangeRequest, signal)
        this.#rate.praise()
        return bytes
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof GatewayError)) throw error
        const { code, status, retryable, retryAfterMs = 0 } = error.data
        const waitMs = Math.max(backoffMs(retry, this.#random), retryAfterMs)
        // The gateway has too much to do, so all requests wait; any other failure is the request's own.
        const isShared = code === 'RATE_LIMITED' || (status === 503 && retriesMax > 0)
        if (isShared || code === 'TIMEOUT') this.#setbacks += 1
        if (code === 'RATE_LIMITED') this.#rate.complain()
        if (isShared) this.#pause.extend(waitMs)
        if (!retryable || retry >= retriesMax) throw error
        this.#onRetry(error, waitMs)
        if (!isShared) await this.#clock.sleep(waitMs, signal)
      }
    }
  }

  /** Resolves when one more request may start. A pause may have begun while it waited for its turn. */
  async #turn(signal: AbortSignal): Promise<void> {
    await this.#pause.wait(signal)
    await this.#rate.take(signal)
    await this.#pause.wait(signal)
  }
}

/** @throws InputError BAD_FLAG, which does not repeat a password. */
function parseBaseUrl(text: string): URL {
  const url = URL.parse(text)
  const refuse = (reason: string, said = text): never => {
    throw new InputError(`the feeder gateway URL ${said} ${reason}`, { code: 'BAD_FLAG', flag: '--feeder-url' })
  }
  if (url === null) return refuse('is not a URL')
  if (url.username !== '' || url.password !== '') return refuse('must not hold a user name or password', url.host)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse('is neither http nor https')
  if (url.search !== '' || url.hash !== '') return refuse('must end with its path')
  return url
}

/** @throws InputError BAD_FLAG, which does not repeat the key. */
function createHeaders({ userAgent, apiKey }: FeederClientOptions): Record<string, string> {
  const headers = { accept: 'application/json', 'accept-encoding': 'gzip', 'user-agent': userAgent }
  if (apiKey === undefined) return headers
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new InputError('the API key is not printable ASCII', { code: 'BAD_FLAG', flag: '--api-key' })
  }
  return { ...headers, 'x-throttling-bypass': apiKey }
}
