import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { changeBody, latencyOf, refusalOf } from './faults/fault-effects.ts'
import type { Faults, Strike } from './faults/faults.ts'
import type { FeederAnswers } from './feeder-answers.ts'
import { FeederError, internalError, methodNotAllowed, notFound } from './feeder-error.ts'
import { ROUTES, type Route, Zipped } from './feeder-routes.ts'
import { closeServer, LOOPBACK, listen } from './listen.ts'

/** What `GET /is_alive` says. */
const ALIVE = 'FeederGateway is alive!'

/** 1 to 9: over the loopback, time is worth more than bytes. */
const GZIP_LEVEL = 1

/** Requests that a fault may leave hanging at a time; others are then refused with 503. */
const HANGING_MAX = 100

const zip = promisify(gzip)
const unzip = promisify(gunzip)

export interface FeederServerOptions {
  /** 0 takes any free one. */
  readonly port: number
  readonly answers: FeederAnswers
  /** The address to listen on, the loopback unless named. */
  readonly host?: string
  /** How it misbehaves; not at all unless given. */
  readonly faults?: Faults
}

/**
 * Serves answers as a feeder gateway (protocol 8): `GET /feeder_gateway/<endpoint>`, doubled and trailing slashes
 * allowed, and `GET /is_alive`. Refusals are `FeederError`s. Nothing is kept between requests, and no body is read.
 */
export class FeederServer {
  /** The base URL with `/feeder_gateway/`. */
  readonly url: string
  readonly #server: Server
  readonly #stop: AbortController

  private constructor(server: Server, stop: AbortController, origin: string) {
    this.#server = server
    this.#stop = stop
    this.url = `${origin}/feeder_gateway/`
  }

  /** Resolves once it listens. @throws InputError PORT_IN_USE, or BAD_FLAG for an address or port it may not have */
  static async start({ port, answers, host = LOOPBACK, faults }: FeederServerOptions): Promise<FeederServer> {
    const stop = new AbortController()
    const desk = new Desk(answers, faults, stop.signal)
    const server = createServer((request, response) => void desk.respond(request, response))
    return new FeederServer(server, stop, await listen(server, host, port))
  }

  /** Cuts the open connections. Resolves once the port is free. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the gateway is closed'))
    await closeServer(this.#server)
  }
}

interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** By gzip. */
  readonly isZipped: boolean
}

/** What a request asks for. */
type Target =
  | { readonly kind: 'alive' }
  | { readonly kind: 'endpoint'; readonly endpoint: string; readonly route: Route; readonly query: URLSearchParams }

/** Answers requests, and strikes them with faults on the way. */
class Desk {
  readonly #answers: FeederAnswers
  readonly #faults: Faults | undefined
  readonly #signal: AbortSignal
  #hanging = 0

  constructor(answers: FeederAnswers, faults: Faults | undefined, signal: AbortSignal) {
    this.#answers = answers
    this.#faults = faults
    this.#signal = signal
  }

  /** Never rejects. */
  async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {}) // A client that is gone is no concern of the gateway's.
    const strikes: Strike[] = []
    let reply: Reply
    try {
      reply = await this.#reply(request, response, strikes)
    } catch (error) {
      if (response.destroyed || this.#signal.aborted) return
      reply = refusal(error)
    }
    const { status, headers, body, isZipped } = await encode(await change(reply, strikes), acceptsGzip(request))
    const encoding: Record<string, string> = isZipped ? { 'content-encoding': 'gzip' } : {}
    response.writeHead(status, { ...headers, ...encoding, 'content-length': body.length })
    const reset = strikes.map(({ fault }) => fault).find((fault) => fault.kind === 'reset')
    if (reset === undefined) response.end(body)
    else response.write(body.subarray(0, reset.bytes ?? body.length >> 1), () => response.socket?.resetAndDestroy())
  }

  /** @param strikes gets what strikes the request @throws FeederError, and whatever the answers throw */
  async #reply(request: IncomingMessage, response: ServerResponse, strikes: Strike[]): Promise<Reply> {
    const target = parseTarget(request)
    if (target.kind === 'alive') {
      return { status: 200, headers: { 'content-type': 'text/plain' }, body: Buffer.from(ALIVE), isZipped: false }
    }
    const seen = (await this.#faults?.strike(target, this.#answers)) ?? { strikes: [], answers: this.#answers }
    strikes.push(...seen.strikes)
    await this.#delay(strikes, response)
    const refused = refusalOf(strikes, target)
    if (refused !== undefined) throw refused
    const answer = await target.route(target.query, seen.answers)
    return answer instanceof Zipped
      ? { status: 200, headers: JSON_HEADERS, body: answer.gzip, isZipped: true }
      : { status: 200, headers: JSON_HEADERS, body: answer, isZipped: false }
  }

  /** Latency, and hanging. @throws when there is nobody to answer any more */
  async #delay(strikes: readonly Strike[], response: ServerResponse): Promise<void> {
    for (const { fault, random } of strikes) {
      if (fault.kind === 'latency') await this.#faults!.clock.sleep(latencyOf(fault, random), this.#signal)
      if (fault.kind === 'hang') await this.#hang(response, fault.ms)
    }
  }

  async #hang(response: ServerResponse, ms: number | undefined): Promise<never> {
    if (this.#hanging >= HANGING_MAX) throw new FeederError(503, '503', `503: ${HANGING_MAX} requests hang already`)
    this.#hanging += 1
    const gone = new AbortController()
    response.once('close', () => gone.abort(new Error('the client is gone')))
    const signal = AbortSignal.any([gone.signal, this.#signal])
    try {
      signal.throwIfAborted()
      if (ms === undefined) await new Promise((_, reject) => signal.addEventListener('abort', reject, { once: true }))
      else await this.#faults!.clock.sleep(ms, signal)
    } finally {
      this.#hanging -= 1
      response.destroy()
    }
    throw new Error('hung up')
  }
}

/** @throws FeederError for what this gateway does not have */
function parseTarget(request: IncomingMessage): Target {
  if (request.method !== 'GET') throw methodNotAllowed()
  const [path = '', query = ''] = splitOnce(request.url ?? '', '?')
  const [root, endpoint, ...rest] = path.split('/').filter((part) => part !== '')
  if (root === 'is_alive' && endpoint === undefined) return { kind: 'alive' }
  const route = root === 'feeder_gateway' && rest.length === 0 ? ROUTES.get(endpoint ?? '') : undefined
  if (endpoint === undefined || route === undefined) throw notFound('Not Found')
  return { kind: 'endpoint', endpoint, route, query: new URLSearchParams(query) }
}

function refusal(error: unknown): Reply {
  const { data, message, options } = error instanceof FeederError ? error : internalError(error)
  const body =
    options.body ?? Buffer.from(`{"code": ${JSON.stringify(data.code)}, "message": ${JSON.stringify(message)}}`)
  return { status: data.status, headers: { ...JSON_HEADERS, ...options.headers }, body, isZipped: false }
}

const JSON_HEADERS = { 'content-type': 'application/json' }

/** What an answer is once the faults are through with it; a refusal stays. */
async function change(reply: Reply, strikes: readonly Strike[]): Promise<Reply> {
  if (reply.status !== 200 || strikes.length === 0) return reply
  const body = reply.isZipped ? await unzip(reply.body) : reply.body
  return { ...reply, body: changeBody(body, strikes), isZipped: false }
}

async function encode(reply: Reply, canUnzip: boolean): Promise<Reply> {
  if (reply.isZipped === canUnzip) return reply
  if (reply.isZipped) return { ...reply, body: await unzip(reply.body), isZipped: false }
  return { ...reply, body: await zip(reply.body, { level: GZIP_LEVEL }), isZipped: true }
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

function acceptsGzip(request: IncomingMessage): boolean {
  const offers = String(request.headers['accept-encoding'] ?? '').split(',')
  return offers.some((offer) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(offer))
}
