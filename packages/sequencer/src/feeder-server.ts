import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { InputError } from '@deoxys/core'
import type { FeederAnswers } from './feeder-answers.ts'
import { FeederError, internalError, methodNotAllowed, notFound } from './feeder-error.ts'
import { ROUTES } from './feeder-routes.ts'

const LOOPBACK = '127.0.0.1'

/** What `GET /is_alive` says. */
const ALIVE = 'FeederGateway is alive!'

/** 1 to 9: over the loopback, time is worth more than bytes. */
const GZIP_LEVEL = 1

const zip = promisify(gzip)

export interface FeederServerOptions {
  /** 0 takes any free one. */
  readonly port: number
  readonly answers: FeederAnswers
  /** The address to listen on, the loopback unless named. */
  readonly host?: string
}

/**
 * Serves answers as a feeder gateway (protocol 8): `GET /feeder_gateway/<endpoint>`, doubled and trailing slashes
 * allowed, and `GET /is_alive`. Refusals are `FeederError`s. Nothing is kept between requests, and no body is read.
 */
export class FeederServer {
  /** The base URL with `/feeder_gateway/`. */
  readonly url: string
  readonly #server: Server

  private constructor(server: Server, url: string) {
    this.#server = server
    this.url = url
  }

  /** Resolves once it listens. @throws InputError PORT_IN_USE, or BAD_FLAG for an address or port it may not have */
  static async start({ port, answers, host = LOOPBACK }: FeederServerOptions): Promise<FeederServer> {
    const server = createServer((request, response) => void respond(request, response, answers))
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)))
      server.listen({ port, host }, resolve)
    })
    const { address, family, port: bound } = server.address() as AddressInfo
    return new FeederServer(server, `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}/feeder_gateway/`)
  }

  /** Cuts the open connections. Resolves once the port is free. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new InputError(`port ${port} is in use`, { code: 'PORT_IN_USE', host, port }, { cause: error })
    case 'EACCES':
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new InputError(`cannot listen on ${host}:${port}`, { code: 'BAD_FLAG', host, port }, { cause: error })
    default:
      return error
  }
}

interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

async function respond(request: IncomingMessage, response: ServerResponse, answers: FeederAnswers): Promise<void> {
  const { status, headers, body } = await reply(request, answers)
  const zipped = acceptsGzip(request)
  const bytes = zipped ? await zip(body, { level: GZIP_LEVEL }) : body
  const encoding: Record<string, string> = zipped ? { 'content-encoding': 'gzip' } : {}
  response.writeHead(status, { ...headers, ...encoding, 'content-length': bytes.length }).end(bytes)
}

/** Never rejects. */
async function reply(request: IncomingMessage, answers: FeederAnswers): Promise<Reply> {
  try {
    return await answer(request, answers)
  } catch (error) {
    const { data, message, options } = error instanceof FeederError ? error : internalError(error)
    const body =
      options.body ?? Buffer.from(`{"code": ${JSON.stringify(data.code)}, "message": ${JSON.stringify(message)}}`)
    return { status: data.status, headers: { ...JSON_HEADERS, ...options.headers }, body }
  }
}

const JSON_HEADERS = { 'content-type': 'application/json' }

/** @throws FeederError, and whatever the answers throw */
async function answer(request: IncomingMessage, answers: FeederAnswers): Promise<Reply> {
  if (request.method !== 'GET') throw methodNotAllowed()
  const [path = '', query = ''] = splitOnce(request.url ?? '', '?')
  const [root, endpoint, ...rest] = path.split('/').filter((part) => part !== '')
  if (root === 'is_alive' && endpoint === undefined) {
    return { status: 200, headers: { 'content-type': 'text/plain' }, body: Buffer.from(ALIVE) }
  }
  const route = root === 'feeder_gateway' && rest.length === 0 ? ROUTES.get(endpoint ?? '') : undefined
  if (route === undefined) throw notFound('Not Found')
  return { status: 200, headers: JSON_HEADERS, body: await route(new URLSearchParams(query), answers) }
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

function acceptsGzip(request: IncomingMessage): boolean {
  const offers = String(request.headers['accept-encoding'] ?? '').split(',')
  return offers.some((offer) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(offer))
}
