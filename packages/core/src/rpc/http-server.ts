import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { InputError } from '../base/errors.ts'
import { errorFields, type Log } from '../base/log.ts'

/** Of a request: the largest honest one declares a class, which may take 4 MB. */
export const BODY_BYTES_MAX = 10 * 2 ** 20

/** Of a body that is too large, up to which it is read and dropped so that the client gets to read the answer. */
const DRAIN_BYTES_MAX = 4 * BODY_BYTES_MAX

/** For a request to arrive: BODY_BYTES_MAX at 3 Mbit/s. */
const REQUEST_MS_MAX = 30_000

/** For requests and answers that are under way when the server closes. */
export const CLOSE_MS_MAX = 2_000

/** Open at once, each with at most one body in memory. */
const CONNECTIONS_MAX = 1024

/** How long a browser may remember what OPTIONS said: the longest any of them takes. */
const PREFLIGHT_SECONDS = 86_400

/** What answers the requests of a path; an `Rpc` does. */
export interface RequestHandler {
  /** A body to the answer's text, undefined when there is nothing to answer. */
  handle(body: Uint8Array): Promise<string | undefined>
}

export type RpcServerOptions = {
  /** The loopback address, if not given. */
  readonly host?: string
  /** 0 takes any free one. */
  readonly port: number
  /**
   * Whether web pages of any origin may call (CORS); yes, if not given. If not, whatever a browser sends for a page is
   * refused: what is not for everybody is not for the pages that an operator happens to visit either.
   */
  readonly cors?: boolean
  readonly log: Log
} & (
  | {
      /** Answers at `/`, `/rpc`, `/v0_10` and `/rpc/v0_10`. */
      readonly rpc: RequestHandler
    }
  | {
      /** Path → what answers there. */
      readonly routes: Readonly<Record<string, RequestHandler>>
    }
)

const RPC_PATHS = ['/', '/rpc', '/v0_10', '/rpc/v0_10']

/** Unlike what is behind a path, it is at every listener. */
const HEALTH_PATH = '/health'

/**
 * JSON-RPC over HTTP: POST at the routes. GET `/health` says 200 as long as the process answers. An answer is 200, also
 * when it tells an error, and 204 when there is nothing to say.
 */
export class RpcServer implements AsyncDisposable {
  readonly #server: Server
  readonly #routes: ReadonlyMap<string, RequestHandler>
  readonly #cors: boolean
  readonly #log: Log
  /** Requests on their way in and answers on their way out. */
  readonly #open = new Set<Promise<void>>()

  private constructor(routes: ReadonlyMap<string, RequestHandler>, { cors = true, log }: RpcServerOptions) {
    this.#routes = routes
    this.#cors = cors
    this.#log = log
    this.#server = createServer({ requestTimeout: REQUEST_MS_MAX }, (request, response) => {
      const served = this.#serve(request, response)
      this.#open.add(served)
      void served.finally(() => this.#open.delete(served))
    })
    this.#server.maxConnections = CONNECTIONS_MAX
  }

  /** Resolves once it listens. @throws InputError PORT_IN_USE, or BAD_FLAG for a host or port that cannot be had */
  static async start(options: RpcServerOptions): Promise<RpcServer> {
    const { host = '127.0.0.1', port } = options
    const routes =
      'rpc' in options ? RPC_PATHS.map((path) => [path, options.rpc] as const) : Object.entries(options.routes)
    const server = new RpcServer(new Map(routes), options)
    try {
      server.#server.listen(port, host)
      await once(server.#server, 'listening')
    } catch (error) {
      throw listenError(error, host, port)
    }
    return server
  }

  /** `http://host:port`, without a slash at the end. */
  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  }

  /** Takes no more requests, lets those under way be answered, up to CLOSE_MS_MAX, and ends every connection. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, CLOSE_MS_MAX)
    await Promise.race([Promise.all(this.#open), late.promise])
    clearTimeout(timer)
    this.#server.closeAllConnections()
    await closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Never rejects. Resolves when the answer is on its way, or the client is gone. */
  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {})
    const ended = new Promise<void>((resolve) => response.once('close', resolve))
    try {
      await this.#respond(request, response)
    } catch (error) {
      // Where the body is not complete, the client has left.
      if (request.complete) this.#log.error(errorFields(error), 'an HTTP request failed')
      send(response, 500)
    }
    await ended
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#cors) response.setHeader('access-control-allow-origin', '*')
    else if (request.headers.origin !== undefined) return send(response, 403)
    const path = pathOf(request)
    const handler = this.#routes.get(path)
    const isHealth = path === HEALTH_PATH
    if (handler === undefined && !isHealth) return send(response, 404)
    const methods = isHealth ? ['GET', 'HEAD', 'OPTIONS'] : ['POST', 'OPTIONS']
    if (!methods.includes(request.method!)) return send(response, 405, undefined, { allow: methods.join(', ') })
    if (request.method === 'OPTIONS') return send(response, 204, undefined, preflight(methods))
    if (handler === undefined || isHealth) return send(response, 200, 'ok', { 'content-type': 'text/plain' })
    const body = await readBody(request)
    if (body === undefined) return send(response, 413, undefined, { connection: 'close' })
    const answer = await handler.handle(body)
    if (answer === undefined) return send(response, 204)
    send(response, 200, answer, { 'content-type': 'application/json' })
  }
}

/** Without the query, and without a slash at the end. */
function pathOf({ url = '/' }: IncomingMessage): string {
  const path = url.split('?', 1)[0]!
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** Undefined when it is too large; the connection is gone when it is far too large. @throws when the client leaves */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > DRAIN_BYTES_MAX) break
    if (length > BODY_BYTES_MAX) chunks.length = 0
    else chunks.push(chunk)
  }
  return length > BODY_BYTES_MAX ? undefined : Buffer.concat(chunks)
}

function preflight(methods: readonly string[]): OutgoingHttpHeaders {
  return {
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': '*',
    'access-control-max-age': String(PREFLIGHT_SECONDS),
  }
}

function send(response: ServerResponse, status: number, text?: string, headers: OutgoingHttpHeaders = {}): void {
  if (response.headersSent) return
  response.writeHead(status, headers)
  response.end(text)
}

function listenError(error: unknown, host: string, port: number): InputError {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    return new InputError(
      `port ${port} of ${host} is in use`,
      { code: 'PORT_IN_USE', host, port },
      { hint: 'Another program, or another node, listens there. Choose another port, or stop it.' },
    )
  }
  return new InputError(`cannot listen at ${host}, port ${port}: ${message}`, { code: 'BAD_FLAG', host, port })
}
