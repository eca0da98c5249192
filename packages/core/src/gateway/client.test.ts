import type { ServerResponse } from 'node:http'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { InputError } from '../base/errors.ts'
import { felt, hexFromFelt } from '../base/felt.ts'
import { BODY_BYTES_MAX, FeederClient } from './client.ts'
import { GatewayError } from './gateway-error.ts'
import { DecodeError } from './json-reader.ts'
import { failed, type Handler, never, ok, openClient, refused, serve, status, text } from './testing/http-gateway.ts'

/** Where only the client itself may end what it began. */
const NO_TIMEOUTS = { headers: 0, idle: 0, attempt: 1e9 }

describe('requests', () => {
  test('path and query of every method', async () => {
    const gateway = await serve(
      (response, request) =>
        void response.end(
          request.url!.includes('public_key')
            ? '"0x7"'
            : '{"block_number":9,"block_hash":"0xb","Starknet":"0xc662c410C0ECf747543f5bA90660f6ABeBD9C8c4"}',
        ),
    )
    const { client } = openClient(gateway.origin)
    await client.fetchStateUpdateWithBlock(5, never)
    await client.fetchBlock(5, never)
    await client.fetchStateUpdate(5, never)
    await client.fetchSignature(5, never)
    await client.fetchClass(felt('0xab'), never)
    await client.fetchCompiledClass(felt('0xab'), never)
    expect(hexFromFelt(await client.fetchPublicKey(never))).toBe('0x7')
    expect((await client.fetchContractAddresses(never)).l1CoreContract).toContain('0xc662')
    expect(await client.fetchHeader(9, never)).toEqual({ number: 9, hash: felt('0xb') })
    expect(await client.fetchLatestHeader(never)).toEqual({ number: 9, hash: felt('0xb') })
    await client.fetchPreConfirmedBlock({ block: 'latest', identifier: undefined, knownCount: 0 }, never)
    await client.fetchPreConfirmedBlock({ block: 9, identifier: '0x1cbe25d9', knownCount: 3 }, never)
    expect(gateway.urls()).toEqual(
      [
        'get_state_update?blockNumber=5&includeBlock=true',
        'get_block?blockNumber=5',
        'get_state_update?blockNumber=5',
        'get_signature?blockNumber=5',
        'get_class_by_hash?classHash=0xab&blockNumber=latest',
        'get_compiled_class_by_class_hash?classHash=0xab&blockNumber=latest',
        'get_public_key',
        'get_contract_addresses',
        'get_block?blockNumber=9&headerOnly=true',
        'get_block?blockNumber=latest&headerOnly=true',
        'get_preconfirmed_block?blockNumber=latest&blockIdentifier=&knownTransactionCount=0',
        'get_preconfirmed_block?blockNumber=9&blockIdentifier=0x1cbe25d9&knownTransactionCount=3',
      ].map((request) => `/feeder_gateway/${request}`),
    )
  })

  test('headers, with and without an API key', async () => {
    const gateway = await serve(ok('{}'))
    await openClient(gateway.origin).client.fetchBlock(1, never)
    await openClient(gateway.origin, { apiKey: 'secret' }).client.fetchBlock(1, never)
    const [plain, keyed] = gateway.requests.map((request) => request.headers)
    expect(plain).toMatchObject({ 'user-agent': 'deoxys/test', 'accept-encoding': 'gzip' })
    expect(plain).not.toHaveProperty('x-throttling-bypass')
    expect(keyed).toMatchObject({ 'x-throttling-bypass': 'secret' })
  })

  test('the base URL may end with a slash and may have any path', async () => {
    const gateway = await serve(ok('{}'))
    for (const path of ['/feeder_gateway/', '/feeder_gateway', '/a/b//', '']) {
      const { client } = openClient('', { baseUrl: `${gateway.origin}${path}` })
      await client.fetchBlock(1, never)
      expect(client.name).toBe(`${gateway.origin}${path}`.replace(/\/+$/, ''))
    }
    expect(gateway.urls()).toEqual(
      ['/feeder_gateway/', '/feeder_gateway/', '/a/b/', '/'].map((path) => `${path}get_block?blockNumber=1`),
    )
  })

  test.each([
    'feeder.example',
    'ftp://feeder.example/feeder_gateway',
    'file:///feeder_gateway',
    'https://user:hunter2@feeder.example/feeder_gateway',
    'https://feeder.example/feeder_gateway?a=b',
    'https://feeder.example/feeder_gateway#a',
    '',
  ])('refuses the base URL %j', (baseUrl) => {
    const create = () => new FeederClient({ baseUrl, userAgent: 'deoxys/test' })
    expect(create).toThrow(InputError)
    expect(create).toThrow(expect.objectContaining({ code: 'BAD_FLAG' }))
    expect(create).not.toThrow(/hunter2/)
  })

  test('refuses an API key that is no header, without repeating it', () => {
    const create = () => new FeederClient({ baseUrl: 'http://a', userAgent: 'deoxys/test', apiKey: 'hunter2\n' })
    expect(create).toThrow(expect.objectContaining({ code: 'BAD_FLAG' }))
    expect(create).not.toThrow(/hunter2/)
  })

  test('connections are used again, also after a refusal', async () => {
    const gateway = await serve((response) =>
      response.writeHead([200, 400, 502][gateway.requests.length % 3]!).end('{}'),
    )
    const { client } = openClient(gateway.origin)
    for (let i = 0; i < 20; i++) await client.fetchBlock(i, never).catch(() => {})
    expect(gateway.requests.length).toBeGreaterThan(20)
    expect(gateway.connections()).toBeLessThan(4)
  })
})

describe('bodies', () => {
  const body = JSON.stringify({ text: 'ä'.repeat(100_000) })

  test.each<[string, string | Uint8Array, Record<string, string>]>([
    ['plain', body, {}],
    ['chunked', body, { 'transfer-encoding': 'chunked' }],
    ['gzip', gzipSync(body), { 'content-encoding': 'gzip' }],
    ['brotli', brotliCompressSync(body), { 'content-encoding': 'br' }],
  ])('%s', async (_, sent, headers) => {
    const { client } = openClient((await serve(ok(sent, headers))).origin)
    const bytes = await client.fetchBlock(1, never)
    expect(text(bytes)).toBe(body)
    expect(bytes.buffer.byteLength).toBe(bytes.length)
  })

  test('a small body has a buffer of its own too', async () => {
    const { client } = openClient((await serve(ok('{}'))).origin)
    expect((await client.fetchBlock(1, never)).buffer.byteLength).toBe(2)
  })

  test.each<[string, string | Uint8Array, Record<string, string>, RegExp]>([
    ['nothing', '', {}, /is empty/],
    ['blanks', ' \n', {}, /is empty/],
    ['HTML', '\n<!doctype html><title>Sorry</title>', { 'content-type': 'text/html' }, /is HTML, not JSON/],
    ['a strange encoding', 'x', { 'content-encoding': 'compress' }, /content encoding/],
  ])('a 200 with %s is a DecodeError, not asked for again', async (_, sent, headers, message) => {
    const gateway = await serve(ok(sent, headers), ok('{}'))
    const { client } = openClient(gateway.origin)
    const answer = client.fetchBlock(1, never)
    await expect(answer).rejects.toBeInstanceOf(DecodeError)
    await expect(answer).rejects.toThrow(message)
    expect(gateway.requests.length).toBe(1)
    expect(text(await client.fetchBlock(1, never))).toBe('{}')
  })

  test('the limit is an eighth of a gibibyte, and inclusive', async () => {
    expect(BODY_BYTES_MAX).toBe(2 ** 27)
    const { client } = openClient((await serve(ok('{"a":1}'))).origin, { bodyBytesMax: 7 })
    expect((await client.fetchBlock(1, never)).length).toBe(7)
  })

  test.each<[string, Handler]>([
    ['says so', (response) => response.writeHead(200, { 'content-length': 300_000_000 }).write('{')],
    ['does not end', endless],
    ['is a bomb', ok(gzipSync(Buffer.alloc(2 ** 26, 0x20)), { 'content-encoding': 'gzip' })],
  ])('a body that is too large is cut off: it %s', async (_, handler) => {
    const closed = Promise.withResolvers<void>()
    const gateway = await serve((response, request) => {
      response.on('close', closed.resolve)
      handler(response, request)
    })
    const { client } = openClient(gateway.origin, { bodyBytesMax: 2 ** 20, timeouts: NO_TIMEOUTS })
    const error = await failed(client.fetchBlock(1, never))
    expect(error.data).toMatchObject({ code: 'BODY_TOO_LARGE', retryable: false })
    expect(gateway.requests.length).toBe(1)
    await closed.promise
  })

  function endless(response: ServerResponse): void {
    response.writeHead(200)
    const more = () => {
      while (response.write(Buffer.alloc(65_536, 0x20)));
    }
    response.on('drain', more)
    more()
  }
})

describe('refusals', () => {
  test.each([
    [400, 'StarknetErrorCode.BLOCK_NOT_FOUND', 'BLOCK_NOT_FOUND'],
    [500, 'StarknetErrorCode.BLOCK_NOT_FOUND', 'BLOCK_NOT_FOUND'],
    [400, 'StarknetErrorCode.UNDECLARED_CLASS', 'GATEWAY_REFUSED'],
    [500, 'StarknetErrorCode.OUT_OF_RANGE_BLOCK_HASH', 'GATEWAY_REFUSED'],
    [400, 'StarkErrorCode.MALFORMED_REQUEST', 'GATEWAY_REFUSED'],
    [400, 'StarknetErrorCode.SOMETHING_NEW', 'GATEWAY_REFUSED'],
  ])('status %i with %s is thrown at once', async (code, gatewayCode, expected) => {
    const gateway = await serve(status(code, refused(gatewayCode, 'because')))
    const { client } = openClient(gateway.origin)
    const error = await failed(client.fetchBlock(7, never))
    const urlPath = '/feeder_gateway/get_block?blockNumber=7'
    expect(error.data).toEqual({ code: expected, urlPath, retryable: false, status: code, gatewayCode })
    expect(error.message).toBe(`${gateway.origin}${urlPath} was refused: ${gatewayCode}: because`)
    expect(gateway.requests.length).toBe(1)
  })

  test('a long message is cut', async () => {
    const gateway = await serve(status(400, refused('StarkErrorCode.X', 'y'.repeat(10_000))))
    expect((await failed(openClient(gateway.origin).client.fetchBlock(7, never))).message.length).toBeLessThan(500)
  })

  test.each([
    [400, '<html>Bad Request</html>'],
    [400, refused('RATE', 'not a code of Starknet')],
    [400, JSON.stringify({ code: 7 })],
    [400, refused('StarkErrorCode.X', 'y'.repeat(100_000))],
    [401, refused('StarknetErrorCode.BLOCK_NOT_FOUND')],
    [403, ''],
    [301, ''],
    [204, ''],
  ])('status %i with %.40s is thrown at once', async (code, body) => {
    const gateway = await serve(status(code, body))
    const error = await failed(openClient(gateway.origin).client.fetchBlock(7, never))
    expect(error.data).toMatchObject({ code: 'HTTP_STATUS', status: code, retryable: false })
    expect(gateway.requests.length).toBe(1)
  })
})

describe('cancelling', () => {
  const reason = new Error('enough')

  test('before anything is sent', async () => {
    const gateway = await serve(ok('{}'))
    const { client } = openClient(gateway.origin)
    await expect(client.fetchBlock(1, AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(gateway.requests.length).toBe(0)
  })

  test.each<[string, Handler]>([
    ['while the head is awaited', () => {}],
    ['in the middle of the body', (response) => response.writeHead(200).write('{')],
    ['in the middle of an error', (response) => response.writeHead(500).write('{')],
  ])('%s, which drops the connection', async (_, handler) => {
    const controller = new AbortController()
    const closed = Promise.withResolvers<void>()
    const gateway = await serve((response, request) => {
      response.on('close', closed.resolve)
      handler(response, request)
      controller.abort(reason)
    })
    const { client, retries } = openClient(gateway.origin, { timeouts: NO_TIMEOUTS })
    await expect(client.fetchBlock(1, controller.signal)).rejects.toBe(reason)
    expect(retries).toEqual([])
    await closed.promise
    expect(gateway.requests.length).toBe(1)
  })

  test('while it backs off', async () => {
    const gateway = await serve(status(503))
    const controller = new AbortController()
    const { client } = openClient(gateway.origin, { onRetry: () => controller.abort(reason) })
    await expect(client.fetchBlock(1, controller.signal)).rejects.toBe(reason)
    expect(gateway.requests.length).toBe(1)
  })

  test('any number of requests may share a signal', async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    const { client } = openClient((await serve(ok('{}'))).origin)
    await Promise.all(Array.from({ length: 100 }, (_, i) => client.fetchBlock(i, never)))
    process.off('warning', onWarning)
    expect(warnings).toEqual([])
  })
})

test('closing waits for what runs, and what comes later is a bug', async () => {
  const started = Promise.withResolvers<ServerResponse>()
  const { client } = openClient((await serve((response) => started.resolve(response))).origin)
  const running = client.fetchBlock(1, never)
  const response = await started.promise
  const closed = client.close()
  const late = client.fetchBlock(2, never)
  await expect(late).rejects.not.toBeInstanceOf(GatewayError)
  response.end('{}')
  expect(text(await running)).toBe('{}')
  await closed
  await client.close()
})
