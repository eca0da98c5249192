import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { expect, onTestFinished } from 'vitest'
import type { Clock } from '../../base/clock.ts'
import { FeederClient, type FeederClientOptions } from '../client.ts'
import { GatewayError } from '../gateway-error.ts'

export type Handler = (response: ServerResponse, request: IncomingMessage) => void

/** A server on the loopback for as long as the test lasts. Answers request n by handler n, the last one over and over. */
export async function serve(...handlers: Handler[]) {
  const requests: IncomingMessage[] = []
  let connections = 0
  const server = createServer((request, response) => {
    requests.push(request)
    handlers[Math.min(requests.length, handlers.length) - 1]!(response, request)
  })
  server.on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => close(server))
  const origin = `http://127.0.0.1:${portOf(server)}`
  return {
    origin,
    requests,
    connections: () => connections,
    urls: () => requests.map((request) => request.url),
  }
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

export function portOf(server: { address(): unknown }): number {
  return (server.address() as { port: number }).port
}

/** Time passes only by sleeping. */
export class FakeClock implements Clock {
  readonly slept: number[] = []
  #now = Date.UTC(2026, 0, 1)

  now(): number {
    return this.#now
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.slept.push(ms)
    this.#now += ms
  }
}

/** A client of it for as long as the test lasts, whose clock and chance are the test's. */
export function openClient(origin: string, options: Partial<FeederClientOptions> = {}) {
  const clock = new FakeClock()
  const retries: GatewayError[] = []
  const client = new FeederClient({
    baseUrl: `${origin}/feeder_gateway`,
    userAgent: 'deoxys/test',
    clock,
    random: () => 0.5,
    onRetry: (error) => retries.push(error),
    ...options,
  })
  onTestFinished(() => client.close())
  return { client, clock, retries }
}

/** Is never aborted. */
export const never = new AbortController().signal

export const ok =
  (body: string | Uint8Array, headers: Record<string, string> = {}): Handler =>
  (response) =>
    response.writeHead(200, headers).end(body)

export const status =
  (code: number, body = '', headers: Record<string, string> = {}): Handler =>
  (response) =>
    response.writeHead(code, headers).end(body)

/** The body of a refusal. */
export const refused = (code: string, message = 'no'): string => JSON.stringify({ code, message })

/** What it failed with, which must be a `GatewayError`. */
export async function failed(promise: Promise<unknown>): Promise<GatewayError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(GatewayError)
  return error as GatewayError
}

/** Sleepers wake together when the test says so. */
export class HeldClock implements Clock {
  readonly #sleepers: (() => void)[] = []
  #now = 0
  #onSleep: () => void = () => {}

  now(): number {
    return this.#now
  }

  sleep(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#sleepers.push(resolve)
    this.#onSleep()
    return promise
  }

  async asleep(count: number): Promise<void> {
    while (this.#sleepers.length < count) {
      await new Promise<void>((resolve) => {
        this.#onSleep = resolve
      })
    }
  }

  wake(ms: number): void {
    this.#now += ms
    for (const wake of this.#sleepers.splice(0)) wake()
  }
}

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
