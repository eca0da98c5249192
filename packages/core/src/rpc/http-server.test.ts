import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { InputError } from '../base/errors.ts'
import { type Log, SILENT_LOG } from '../base/log.ts'
import { Rpc } from './dispatcher.ts'
import { BODY_BYTES_MAX, CLOSE_MS_MAX, type RequestHandler, RpcServer } from './http-server.ts'
import { defineMethod } from './method.ts'
import { createSampleBackend } from './testing/sample-node.ts'
import { V0_10 } from './versions.ts'

type Body = string | Uint8Array<ArrayBuffer>

const rpc = new Rpc({ routes: V0_10, backend: createSampleBackend() })
const local = { port: 0, log: SILENT_LOG }

const REQUEST = '{"jsonrpc":"2.0","id":1,"method":"starknet_blockNumber"}'
const ANSWER = '{"jsonrpc":"2.0","id":1,"result":3}'

let server: RpcServer
beforeAll(async () => {
  server = await RpcServer.start({ rpc, ...local })
})
afterAll(() => server.close())

const post = (body: Body, path = '', init: RequestInit = {}) =>
  fetch(`${server.url}${path}`, { method: 'POST', body, ...init })

describe('a request', () => {
  test.each(['', '/', '/rpc', '/v0_10', '/rpc/v0_10', '/rpc/v0_10/', '/rpc?x=1'])(
    'at "%s" is answered',
    async (path) => {
      const response = await post(REQUEST, path)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(await response.text()).toBe(ANSWER)
    },
  )

  test('in a batch', async () => {
    const response = await post(`[${REQUEST},${REQUEST}]`)
    expect(await response.text()).toBe(`[${ANSWER},${ANSWER}]`)
  })

  test('that is a notification gets an empty answer', async () => {
    const response = await post(REQUEST.replace('"id":1,', ''))
    expect([response.status, await response.text()]).toEqual([204, ''])
  })

  test.each<[string, Body]>([
    ['nothing', ''],
    ['no JSON', '{"jsonrpc":'],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
  ])('with %s is answered as such', async (_, body) => {
    const response = await post(body)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ id: null, error: { code: -32700 } })
  })

  test('at another path', async () => {
    for (const path of ['/v0_9', '/rpc/', '/rpc/v0_10/x', '/health/x', '/%00']) {
      const response = await post(REQUEST, path)
      expect([path, response.status]).toEqual([path, path === '/rpc/' ? 200 : 404])
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
    }
  })

  test.each(['GET', 'HEAD', 'PUT', 'DELETE'])('by %s', async (method) => {
    const response = await fetch(`${server.url}/rpc`, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
  })

  test('as large as allowed, and larger', async () => {
    const padded = (length: number) => REQUEST.padEnd(length)
    expect((await post(padded(BODY_BYTES_MAX))).status).toBe(200)
    const response = await post(padded(BODY_BYTES_MAX + 1))
    expect([response.status, response.headers.get('connection')]).toEqual([413, 'close'])
    expect((await post(padded(3 * BODY_BYTES_MAX))).status).toBe(413)
    expect((await post(REQUEST)).status).toBe(200)
  })

  test('without end loses its connection', async () => {
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.on('error', () => {}) // It writes to a closed connection.
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n')
    const chunk = `100000\r\n${' '.repeat(0x100000)}\r\n`
    const write = () => {
      while (!socket.destroyed && socket.write(chunk));
    }
    socket.on('drain', write)
    write()
    await closed
    // Far less than what it could send before REQUEST_MS_MAX is over.
    expect(socket.bytesWritten).toBeLessThan(10 * BODY_BYTES_MAX)
    expect((await post(REQUEST)).status).toBe(200)
  })

  test('that breaks off harms nobody', async () => {
    const errors: string[] = []
    const log: Log = { ...SILENT_LOG, error: (_, message) => errors.push(message) }
    await using own = await RpcServer.start({ rpc, port: 0, log })
    const { hostname, port } = new URL(own.url)
    const socket = connect(Number(port), hostname)
    const written = Promise.withResolvers<void>()
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{', () => written.resolve())
    await written.promise
    socket.destroy()
    expect(await (await fetch(own.url, { method: 'POST', body: REQUEST })).text()).toBe(ANSWER)
    await own.close()
    expect(errors).toEqual([])
  })
})

describe('besides requests', () => {
  test('health', async () => {
    const response = await fetch(`${server.url}/health`)
    expect([response.status, await response.text()]).toEqual([200, 'ok'])
    expect((await fetch(`${server.url}/health`, { method: 'HEAD' })).status).toBe(200)
    const other = await post(REQUEST, '/health')
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
  })

  test.each([
    ['/', 'POST, OPTIONS'],
    ['/v0_10', 'POST, OPTIONS'],
    ['/health', 'GET, HEAD, OPTIONS'],
  ])('what a browser asks before it calls %s', async (path, methods) => {
    const response = await fetch(`${server.url}${path}`, { method: 'OPTIONS' })
    expect(response.status).toBe(204)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': methods,
      'access-control-allow-headers': '*',
    })
  })
})

describe('without CORS', () => {
  test('what a browser sends for a page is refused, and nothing is told', async () => {
    const handle = vi.fn(() => Promise.resolve(ANSWER))
    await using own = await RpcServer.start({ rpc: { handle }, cors: false, ...local })
    for (const method of ['POST', 'OPTIONS']) {
      const body = method === 'POST' ? REQUEST : null
      const response = await fetch(own.url, { method, body, headers: { origin: own.url } })
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([403, null])
    }
    expect(handle).not.toHaveBeenCalled()
    const response = await fetch(own.url, { method: 'POST', body: REQUEST })
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, null])
  })
})

describe('a server', () => {
  test('may have other routes', async () => {
    const admin = { echo: defineMethod({ params: {}, handle: () => 'admin' }) }
    const routes = { '/admin': new Rpc({ routes: admin, backend: createSampleBackend() }), '/rpc': rpc }
    await using own = await RpcServer.start({ routes, ...local })
    const ask = async (path: string, method: string) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method })
      return (await fetch(`${own.url}${path}`, { method: 'POST', body })).text()
    }
    expect(await ask('/admin', 'echo')).toContain('"result":"admin"')
    expect(await ask('/admin', 'starknet_chainId')).toContain('-32601')
    expect(await ask('/rpc', 'starknet_blockNumber')).toBe(ANSWER)
    expect((await fetch(own.url, { method: 'POST', body: REQUEST })).status).toBe(404)
    expect((await fetch(`${own.url}/health`)).status).toBe(200)
  })

  test('says when its port is in use, and which host cannot be had', async () => {
    const port = Number(new URL(server.url).port)
    const error = await RpcServer.start({ rpc, port, log: SILENT_LOG }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InputError)
    expect(error).toMatchObject({ code: 'PORT_IN_USE', message: `port ${port} of 127.0.0.1 is in use` })
    expect(error).toHaveProperty('hint', expect.stringContaining('another port'))
    for (const wrong of [{ port: 70_000 }, { port: 0, host: '203.0.113.1' }]) {
      await expect(RpcServer.start({ rpc, log: SILENT_LOG, ...wrong })).rejects.toMatchObject({ code: 'BAD_FLAG' })
    }
  })

  test('ends idle connections when it closes, once', async () => {
    const own = await RpcServer.start({ rpc, ...local })
    const agent = new Agent({ keepAlive: true })
    const first = httpRequest(own.url, { method: 'POST', agent })
    first.end(REQUEST)
    const [response] = await once(first, 'response')
    const gone = once(response.socket, 'close')
    expect(await text(response)).toBe(ANSWER)
    await own.close()
    await gone
    await own.close()
    agent.destroy()
  })

  test('answers what has arrived before it closes', async () => {
    const { promise: asked, resolve: tellAsked } = Promise.withResolvers<void>()
    const { promise: answer, resolve: letAnswer } = Promise.withResolvers<string>()
    const slow: RequestHandler = {
      handle() {
        tellAsked()
        return answer
      },
    }
    const own = await RpcServer.start({ rpc: slow, ...local })
    const response = fetch(own.url, { method: 'POST', body: REQUEST })
    await asked
    const closed = own.close()
    letAnswer(ANSWER)
    expect(await (await response).text()).toBe(ANSWER)
    await closed
  })

  test('does not wait for ever when it closes', async () => {
    const { promise: asked, resolve: tellAsked } = Promise.withResolvers<void>()
    const stuck: RequestHandler = {
      handle() {
        tellAsked()
        return new Promise(() => {})
      },
    }
    const own = await RpcServer.start({ rpc: stuck, ...local })
    const response = fetch(own.url, { method: 'POST', body: REQUEST }).catch((error: Error) => error)
    await asked
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const closed = own.close()
    vi.advanceTimersByTime(CLOSE_MS_MAX)
    vi.useRealTimers()
    await closed
    expect(await response).toBeInstanceOf(Error)
  })

  test('answers 500 to what should not be, and goes on', async () => {
    const errors: string[] = []
    const log: Log = { ...SILENT_LOG, error: (_, message) => errors.push(message) }
    const broken: RequestHandler = { handle: () => Promise.reject(new Error('a bug')) }
    await using own = await RpcServer.start({ rpc: broken, port: 0, log })
    for (let i = 0; i < 2; i++) expect((await fetch(own.url, { method: 'POST', body: REQUEST })).status).toBe(500)
    expect(errors).toEqual(['an HTTP request failed', 'an HTTP request failed'])
  })
})
