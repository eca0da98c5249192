import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { FeederClientOptions } from './client.ts'
import { BACKOFF_MS, BACKOFF_MS_MAX, RESUME_SPREAD_MS, RETRIES_MAX, RETRY_AFTER_MS_MAX } from './retry.ts'
import {
  close,
  failed,
  type Handler,
  HeldClock,
  never,
  ok,
  openClient,
  portOf,
  serve,
  status,
  text,
} from './testing/http-gateway.ts'

describe('retries', () => {
  const reset: Handler = (response) => response.destroy()
  const cutOff: Handler = (response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('{"a":', () => response.destroy())
  }
  const cutOffChunked: Handler = (response) => {
    response.writeHead(200).write('{"a":', () => response.destroy())
  }
  const gzipped = gzipSync(JSON.stringify({ text: 'x'.repeat(1000) }))
  const cutOffGzip = ok(gzipped.subarray(0, -10), { 'content-encoding': 'gzip' })
  const damagedGzip = ok(Buffer.alloc(100), { 'content-encoding': 'gzip' })

  test.each<[string, Handler, object]>([
    ['404', status(404, 'no such page'), { code: 'HTTP_STATUS', status: 404 }],
    ['408', status(408), { code: 'HTTP_STATUS', status: 408 }],
    ['500 without a code', status(500, '<html>'), { code: 'HTTP_STATUS', status: 500 }],
    ['502', status(502), { code: 'HTTP_STATUS', status: 502 }],
    ['503', status(503), { code: 'HTTP_STATUS', status: 503 }],
    ['504', status(504), { code: 'HTTP_STATUS', status: 504 }],
    ['a reset', reset, { code: 'CONNECTION' }],
    ['a body that is cut off', cutOff, { code: 'CONNECTION' }],
    ['a chunked body that is cut off', cutOffChunked, { code: 'CONNECTION' }],
    ['gzip that is cut off', cutOffGzip, { code: 'CONNECTION' }],
    ['gzip that is none', damagedGzip, { code: 'CONNECTION' }],
    ['429', status(429), { code: 'RATE_LIMITED', status: 429 }],
  ])('after %s', async (_, handler, data) => {
    const gateway = await serve(handler, handler, ok('{}'))
    const { client, retries, clock } = openClient(gateway.origin)
    expect(text(await client.fetchBlock(3, never))).toBe('{}')
    const urlPath = '/feeder_gateway/get_block?blockNumber=3'
    const expected = { ...data, urlPath, retryable: true }
    expect(retries.map((error) => error.data)).toMatchObject([expected, expected])
    expect(clock.slept.length).toBe(2)
  })

  test('end, with the last failure, after growing back-offs', async () => {
    const gateway = await serve(status(502))
    const { client, clock, retries } = openClient(gateway.origin, { random: () => 0.999 })
    const error = await failed(client.fetchBlock(3, never))
    expect(error.data).toMatchObject({ code: 'HTTP_STATUS', status: 502, retryable: true })
    expect(gateway.requests.length).toBe(RETRIES_MAX + 1)
    expect(retries.length).toBe(RETRIES_MAX)
    expect(clock.slept.map((ms) => Math.round(ms / 0.999))).toEqual(
      Array.from({ length: RETRIES_MAX }, (_, i) => Math.min(BACKOFF_MS * 2 ** i, BACKOFF_MS_MAX)),
    )
  })

  test('after a server that nobody is', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const port = portOf(server)
    await close(server)
    const error = await failed(openClient(`http://127.0.0.1:${port}`).client.fetchBlock(3, never))
    expect(error.data).toMatchObject({ code: 'CONNECTION', retryable: true })
  })

  test('after a server that does not speak HTTP', async () => {
    const server = createTcpServer((socket) => void socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.2\r\n'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const error = await failed(openClient(`http://127.0.0.1:${portOf(server)}`).client.fetchBlock(3, never))
    expect(error.data).toMatchObject({ code: 'CONNECTION', retryable: true })
  })

  test.each<[string, FeederClientOptions['timeouts'] & {}, Handler]>([
    ['head', { headers: 20 }, () => {}],
    ['next piece of the body', { idle: 20 }, (response) => response.writeHead(200).write('{')],
    ['end of a body that trickles', { attempt: 40 }, trickle],
  ])('after the %s is late', async (_, timeouts, handler) => {
    const { client, retries } = openClient((await serve(handler, ok('{}'))).origin, { timeouts })
    await client.fetchBlock(3, never)
    expect(retries.map((error) => error.data)).toMatchObject([{ code: 'TIMEOUT', retryable: true }])
  })

  function trickle(response: ServerResponse): void {
    response.writeHead(200)
    const timer = setInterval(() => response.write(' '), 2)
    response.on('close', () => clearInterval(timer))
  }
})

describe('rate limit', () => {
  const limited = (retryAfter: string) => status(429, '', { 'retry-after': retryAfter })

  test.each([
    ['seconds', '7', 7000],
    ['a date', 'Thu, 01 Jan 2026 00:00:09 GMT', 9000],
    ['a date gone by', 'Thu, 01 Jan 2025 00:00:00 GMT', BACKOFF_MS / 2],
    ['none at all', '0', BACKOFF_MS / 2],
    ['more than anybody waits', '86400', RETRY_AFTER_MS_MAX],
    ['nonsense', 'soon', BACKOFF_MS / 2],
  ])('Retry-After says %s', async (_, header, ms) => {
    const { client, clock } = openClient((await serve(limited(header), ok('{}'))).origin)
    await client.fetchBlock(1, never)
    expect(clock.slept).toEqual([ms + Math.min(ms, RESUME_SPREAD_MS) / 2])
  })

  test('ends with RATE_LIMITED', async () => {
    const gateway = await serve(limited('1'))
    const error = await failed(openClient(gateway.origin).client.fetchBlock(1, never))
    expect(error.data).toMatchObject({ code: 'RATE_LIMITED', status: 429, retryAfterMs: 1000, retryable: true })
    expect(gateway.requests.length).toBe(RETRIES_MAX + 1)
  })

  test.each([429, 503])('one %i holds back every request of the client until its time is over', async (code) => {
    const gateway = await serve(status(code, '', { 'retry-after': '60' }), ok('{}'))
    const clock = new HeldClock()
    const { client } = openClient(gateway.origin, { clock })
    const first = client.fetchBlock(1, never)
    await clock.asleep(1)
    const others = [client.fetchBlock(2, never), client.fetchSignature(2, never)]
    await clock.asleep(3)
    expect(gateway.requests.length).toBe(1)
    clock.wake(60_000 + RESUME_SPREAD_MS)
    await Promise.all([first, ...others])
    expect(gateway.requests.length).toBe(4)
  })

  test('after a 429, requests keep to a rate', async () => {
    const gateway = await serve(limited('1'), ok('{}'))
    const { client, clock } = openClient(gateway.origin, { random: () => 0 })
    await client.fetchBlock(1, never)
    const startedAt = clock.now()
    for (let i = 0; i < 20; i++) await client.fetchBlock(i, never)
    const seconds = (clock.now() - startedAt) / 1000
    // From one a second, and one a second more with every second.
    expect(seconds).toBeGreaterThan(3)
    expect(seconds).toBeLessThan(20)
    expect(client.setbacks).toBe(1)
  })

  test('what is polled for is asked once, and where it alone is not to be had it holds back nobody', async () => {
    const gateway = await serve(status(503), ok('{}'))
    const { client, clock } = openClient(gateway.origin)
    await failed(client.fetchPreConfirmedBlock({ block: 7, identifier: undefined, knownCount: 0 }, never))
    expect(gateway.requests.length).toBe(1)
    await client.fetchBlock(7, never)
    expect(clock.slept).toEqual([])
  })

  test('a client that has given up still holds back the next request', async () => {
    const { client, clock } = openClient((await serve(limited('5'))).origin)
    await failed(client.fetchBlock(1, never))
    const before = clock.slept.length
    await failed(client.fetchBlock(2, never))
    expect(clock.slept.length - before).toBe(RETRIES_MAX + 1)
  })
})
