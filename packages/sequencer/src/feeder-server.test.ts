import { request } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FeederServer } from './feeder-server.ts'
import { openRecordedAnswers } from './recorded-answers.ts'
import { refuseWith, replaceWith, tamper } from './tamper.ts'
import { createMiniFixtures, type MiniFixtures, SHARED_CLASS } from './testing/mini-fixtures.ts'

let mini: MiniFixtures
let server: FeederServer
let sepolia: FeederServer
let goerli: FeederServer

const file = (path: string) => mini.files[path]!
const start = async (network: string) =>
  FeederServer.start({ port: 0, answers: await openRecordedAnswers({ fixturesDir: mini.dir, network }) })

async function get(path: string, from = server): Promise<{ status: number; body: string; type: string | null }> {
  const response = await fetch(`${from.url}${path}`)
  return { status: response.status, body: await response.text(), type: response.headers.get('content-type') }
}

/** A request as raw as node sends it: no rewriting of the path, no decoding of the body. */
function raw(method: string, path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number | undefined; body: Buffer; headers: Record<string, unknown> }>(
    (resolve, reject) => {
      const { port } = new URL(server.url)
      const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, async (response) => {
        const chunks = await response.toArray()
        resolve({ status: response.statusCode, body: Buffer.concat(chunks), headers: response.headers })
      })
      sent.on('error', reject).end()
    },
  )
}

const refusal = (status: number, code: string, message: string) => ({
  status,
  body: `{"code": "${code}", "message": "${message}"}`,
  type: 'application/json',
})
const malformed = (message: string) => refusal(400, 'StarkErrorCode.MALFORMED_REQUEST', message)
const notThere = (message: string) => refusal(400, 'StarknetErrorCode.BLOCK_NOT_FOUND', message)

beforeAll(async () => {
  mini = await createMiniFixtures()
  server = await start('mainnet')
  sepolia = await start('sepolia')
  goerli = await start('goerli')
})

afterAll(async () => {
  await Promise.all([server.close(), sepolia.close(), goerli.close()])
  await mini.remove()
})

describe('answers', () => {
  test('blocks by number, tag and hash', async () => {
    const at = async (query: string) => (await get(`get_block${query}`)).body
    expect(await at('?blockNumber=1')).toBe(file('mainnet/block/1.json'))
    expect(await at('?blockNumber=5')).toBe(file('mainnet/block/5.json'))
    expect(await at('?blockHash=0x1a')).toBe(file('mainnet/block/1.json'))
    expect(await at('?blockHash=0x001A')).toBe(file('mainnet/block/1.json'))
    for (const query of ['?blockNumber=latest', '?blockNumber=null', '?blockHash=null', '', '?blockNumber=pending']) {
      expect(JSON.parse(await at(query)), query).toMatchObject({ block_number: 2 })
    }
    expect((await get('get_block?blockNumber=pending', sepolia)).body).toBe('{"status": "PENDING"}')
  })

  test('headers', async () => {
    expect((await get('get_block?blockNumber=latest&headerOnly=true')).body).toBe(
      '{"block_hash": "0x2a", "block_number": 2}',
    )
    expect((await get('get_block_hash_by_id?blockId=3')).body).toBe('"0x3a"')
    expect((await get('get_block_id_by_hash?blockHash=0x21a')).body).toBe('21')
  })

  test('state updates, with the block and with the signature', async () => {
    const [block, update] = [file('mainnet/block/1.json'), file('mainnet/state_update/1.json')]
    expect((await get('get_state_update?blockNumber=1')).body).toBe(update)
    expect((await get('get_state_update?blockNumber=1&includeSignature=true')).body).toBe(update)
    const both = `{"block": ${block}, "state_update": ${update}`
    expect((await get('get_state_update?blockNumber=1&includeBlock=true')).body).toBe(`${both}}`)
    const { body } = await get('get_state_update?blockHash=0x1a&includeBlock=True&includeSignature=true')
    expect(body).toBe(`${both}, "signature": ${file('mainnet/signature/1.json')}}`)
  })

  test('the rest of the endpoints', async () => {
    expect((await get('get_signature?blockNumber=1')).body).toBe(file('mainnet/signature/1.json'))
    expect((await get('get_block_traces?blockNumber=1')).body).toBe(file('mainnet/traces/1.json'))
    expect((await get('get_preconfirmed_block?blockNumber=9')).body).toBe(file('mainnet/preconfirmed/9.json'))
    expect((await get('get_preconfirmed_block?blockIdentifier=&knownTransactionCount=0')).body).toBe(
      '{"changed": true}',
    )
    const delta = 'get_preconfirmed_block?blockNumber=latest&blockIdentifier=0x1c&knownTransactionCount=4'
    expect((await get(delta)).body).toBe('{"changed": false}')
    const recorded = file(`sepolia/class/${SHARED_CLASS}.json`)
    expect((await get(`get_class_by_hash?classHash=${SHARED_CLASS}&blockNumber=pending`)).body).toBe(recorded)
    expect((await get(`get_compiled_class_by_class_hash?classHash=${SHARED_CLASS}`)).body).toBe('{"bytecode": []}')
    expect((await get('get_transaction?transactionHash=0xabc')).body).toBe(file('mainnet/transaction/0xabc.json'))
    expect((await get('get_transaction_status?transactionHash=0xabc')).body).toBe(
      '{"tx_status": "ACCEPTED_ON_L1", "finality_status": "ACCEPTED_ON_L1", "execution_status": "SUCCEEDED", "block_hash": "0x1a"}',
    )
    expect((await get('get_public_key')).body).toBe('"0x3a1"')
    expect((await get('get_contract_addresses')).body).toBe('{"Starknet":  "0x1"}')
  })

  test('an unknown transaction is an answer, not an error', async () => {
    expect(await get('get_transaction?transactionHash=0x1')).toEqual({
      status: 200,
      body: '{"finality_status": "NOT_RECEIVED", "status": "NOT_RECEIVED"}',
      type: 'application/json',
    })
    expect((await get('get_transaction_status?transactionHash=0x1')).body).toBe(
      '{"tx_status": "NOT_RECEIVED", "finality_status": "NOT_RECEIVED", "execution_status": null}',
    )
  })

  test('is_alive, at the root', async () => {
    const alive = await raw('GET', '/is_alive')
    expect([alive.status, String(alive.body)]).toEqual([200, 'FeederGateway is alive!'])
    expect(alive.headers['content-type']).toBe('text/plain')
  })
})

describe('refusals, word for word', () => {
  const high = '99999999999999999999999'
  test.each([
    ['get_block?blockNumber=999999999', notThere('Block number 999999999 was not found.')],
    [`get_block?blockNumber=${high}`, notThere(`Block number ${high} was not found.`)],
    ['get_block?blockNumber=4', notThere('Block number 4 was not found.')],
    ['get_block?blockHash=0x00DEADbeef', notThere('Block hash 0x00DEADbeef does not exist.')],
    ['get_block_id_by_hash?blockHash=0xdeadbeef', notThere('Block hash 0xdeadbeef does not exist.')],
    ['get_block?blockNumber=4&headerOnly=true', notThere('Block number 4 was not found.')],
    ['get_state_update?blockNumber=3', notThere('Block number 3 was not found.')],
    ['get_state_update?blockHash=0x3a&includeBlock=true', notThere('Block hash 0x3a does not exist.')],
    ['get_signature?blockNumber=0', notThere('Block number 0 was not found.')],
    ['get_block_traces?blockNumber=0', notThere('Block number 0 was not found.')],
    ['get_preconfirmed_block?blockNumber=3', notThere('Block number 3 was not found.')],
    ['get_block_hash_by_id?blockId=4', malformed('Block ID should be in the range [0, 3); got: 4.')],
    ['get_block_hash_by_id', malformed("'blockId'")],
    [
      `get_class_by_hash?classHash=0x${'1'.repeat(24)}`,
      refusal(
        400,
        'StarknetErrorCode.UNDECLARED_CLASS',
        `Class with hash 0x${'1'.repeat(24)}                     is not declared.`,
      ),
    ],
    [
      'get_block?blockNumber=pending&headerOnly=true',
      refusal(400, 'StarknetErrorCode.NO_BLOCK_HEADER', 'Block header is not supported for the pending block'),
    ],
    [
      'get_block?blockHash=1234',
      malformed("Block hash should be a hexadecimal string starting with 0x, or 'null'; got: 1234."),
    ],
    ['get_block_id_by_hash', malformed('Block hash must be given.')],
    ['get_class_by_hash', malformed('Class hash must be given.')],
    [
      `get_block?blockHash=0x${'f'.repeat(64)}`,
      refusal(400, 'StarknetErrorCode.OUT_OF_RANGE_BLOCK_HASH', `Block hash 0x${'f'.repeat(64)} is out of range.`),
    ],
  ])('%s', async (path, expected) => expect(await get(path)).toEqual(expected))

  test.each([
    'get_block?blockNumber=-1',
    'get_block?blockNumber=1.5',
    'get_block?blockNumber=0x1',
    'get_block?blockNumber=',
    'get_block?blockNumber=newest',
    'get_block?blockNumber=1&blockHash=0x1a',
    'get_block?blockNumber=1&headerOnly=maybe',
    'get_block?blockHash=0X1a',
    'get_block?blockHash=0x',
    'get_block?blockHash=latest',
    'get_state_update?blockNumber=1&includeBlock=2',
    'get_transaction?transactionHash=zz',
    'get_block_hash_by_id?blockId=latest',
    'get_preconfirmed_block?blockNumber=latest&blockIdentifier=..%2f..%2fsecret&knownTransactionCount=0',
    'get_preconfirmed_block?blockNumber=latest&knownTransactionCount=-1',
    'get_block?blockNumber=..%2f..%2fsecret',
    'get_block?blockNumber=%00',
    'get_block?blockNumber=%',
    'get_class_by_hash?classHash=..%2f..%2fsecret',
    'get_class_by_hash?classHash=0x1%2f..%2f..%2f..%2fsecret',
  ])('%s is malformed', async (path) => {
    const { status, body } = await get(path)
    expect([status, JSON.parse(body).code]).toEqual([400, 'StarkErrorCode.MALFORMED_REQUEST'])
  })

  test('what this gateway does not have is a 404 with a body', async () => {
    for (const path of ['get_public_key', 'get_contract_addresses']) {
      const { status, body } = await get(path, goerli)
      expect([status, JSON.parse(body).code], path).toEqual([404, '404'])
    }
    expect(await get('get_block', goerli)).toEqual(notThere('Block number latest was not found.'))
  })

  test.each([
    '/',
    '/feeder_gateway',
    '/feeder_gateway/',
    '/feeder_gateway/get_blocks',
    '/get_block',
    '/gateway/get_block',
  ])('%s is no endpoint', async (path) => expect((await raw('GET', path)).status).toBe(404))

  test.each(['/feeder_gateway/constructor', '/feeder_gateway/get_block/1', '/is_alive/x', '/..%2fsecret.json', '*'])(
    '%s is neither',
    async (path) => expect((await raw('GET', path)).status).toBe(404),
  )

  test.each(['HEAD', 'POST', 'PUT', 'OPTIONS'])('%s is not allowed', async (method) => {
    const { status, headers, body } = await raw(method, '/feeder_gateway/get_block?blockNumber=0')
    expect([status, headers['allow']]).toEqual([405, 'GET'])
    expect(body.length === 0).toBe(method === 'HEAD')
  })

  test('a recording that cannot be read is a 500, and the server goes on', async () => {
    const { status, body } = await get('get_block?blockNumber=8')
    expect([status, JSON.parse(body).code]).toEqual([500, 'StarknetErrorCode.INTERNAL_ERROR'])
    expect((await get('get_block?blockNumber=7')).body).toBe(file('mainnet/block/7.json'))
  })
})

describe('the server', () => {
  test.each([
    '//feeder_gateway//get_block?blockNumber=1',
    '/feeder_gateway/get_block/?blockNumber=1',
    '/feeder_gateway/get_block//?blockNumber=1&blockNumber=2&other=?',
  ])('takes %s', async (path) => expect(String((await raw('GET', path)).body)).toBe(file('mainnet/block/1.json')))

  test('zips when asked, errors too', async () => {
    for (const accepted of ['gzip', 'br, gzip;q=0.5', 'deflate,GZIP']) {
      const { headers, body } = await raw('GET', '/feeder_gateway/get_block?blockNumber=1', {
        'accept-encoding': accepted,
      })
      expect([headers['content-encoding'], headers['content-length']]).toEqual(['gzip', String(body.length)])
      expect(String(gunzipSync(body))).toBe(file('mainnet/block/1.json'))
    }
    const error = await raw('GET', '/feeder_gateway/get_block?blockNumber=4', { 'accept-encoding': 'gzip' })
    expect(JSON.parse(String(gunzipSync(error.body))).code).toBe('StarknetErrorCode.BLOCK_NOT_FOUND')
  })

  test.each(['', 'identity', 'br', 'gzip;q=0', 'gzip; q=0.0', 'x-gzip'])('does not zip for "%s"', async (accepted) => {
    const headers: Record<string, string> = accepted === '' ? {} : { 'accept-encoding': accepted }
    const plain = await raw('GET', '/feeder_gateway/get_block?blockNumber=1', headers)
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(String(plain.body)).toBe(file('mainnet/block/1.json'))
  })

  test('its URL ends in a slash', () => expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/feeder_gateway\/$/))

  test('a port in use is bad input, and is free after close', async () => {
    const answers = await openRecordedAnswers({ fixturesDir: mini.dir, network: 'mainnet' })
    const first = await FeederServer.start({ port: 0, answers })
    const port = Number(new URL(first.url).port)
    await expect(FeederServer.start({ port, answers })).rejects.toMatchObject({
      name: 'InputError',
      code: 'PORT_IN_USE',
    })
    await first.close()
    const second = await FeederServer.start({ port, answers })
    await second.close()
  })

  test('close does not wait for a client', async () => {
    const answers = await openRecordedAnswers({ fixturesDir: mini.dir, network: 'mainnet' })
    const entered = Promise.withResolvers<void>()
    const never = new Promise<undefined>(() => {})
    const stuck = tamper(answers, {
      block: () => {
        entered.resolve()
        return never
      },
    })
    const slow = await FeederServer.start({ port: 0, answers: stuck })
    const pending = get('get_block?blockNumber=1', slow)
    const failed = expect(pending).rejects.toThrow()
    await entered.promise
    await slow.close()
    await failed
  })

  test('says what the answers throw', async () => {
    const answers = await openRecordedAnswers({ fixturesDir: mini.dir, network: 'mainnet' })
    const hooks = {
      block: refuseWith(429, { headers: { 'retry-after': '7' } }),
      signature: refuseWith(502, { body: '<html>', headers: { 'content-type': 'text/html' } }),
      stateUpdate: replaceWith('not JSON'),
    }
    const other = await FeederServer.start({ port: 0, answers: tamper(answers, hooks) })
    try {
      const response = await fetch(`${other.url}get_block`)
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7'])
      expect(await get('get_signature', other)).toEqual({ status: 502, body: '<html>', type: 'text/html' })
      expect((await get('get_state_update', other)).body).toBe('not JSON')
    } finally {
      await other.close()
    }
  })
})
