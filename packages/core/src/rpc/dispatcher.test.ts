import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, expectTypeOf, test, vi } from 'vitest'
import { type Log, SILENT_LOG } from '../base/log.ts'
import { StoreError } from '../store/store-error.ts'
import { StoreView } from '../store/store-view.ts'
import { BATCH_CHARS_MAX, BATCH_MAX, Rpc } from './dispatcher.ts'
import { RpcError } from './errors.ts'
import { defineMethod } from './method.ts'
import { index, optional } from './params.ts'
import type { BlockWithTxsJson, StorageJson } from './spec-types.ts'
import { createSampleBackend, openSampleStore, SAMPLE_BLOCKS, storeBlock } from './testing/sample-node.ts'
import { V0_10 } from './versions.ts'

const rpc = new Rpc({ routes: V0_10, backend: createSampleBackend() })

/** The answer to a text, parsed. */
async function answer(text: unknown, to: Pick<Rpc, 'handle'> = rpc): Promise<unknown> {
  const body = await to.handle(text)
  return body === undefined ? undefined : JSON.parse(body)
}

const result = (id: unknown, value: unknown) => ({ jsonrpc: '2.0', id, result: value })
const failure = (id: unknown, code: number, message: string, data?: unknown) => ({
  jsonrpc: '2.0',
  id,
  error: { code, message, ...(data === undefined ? {} : { data }) },
})

const REQUEST = '{"jsonrpc":"2.0","id":1,"method":"starknet_blockNumber"}'

describe('a request', () => {
  test.each<[what: string, body: unknown]>([
    ['a text', REQUEST],
    ['its bytes', Buffer.from(REQUEST)],
    ['its value', JSON.parse(REQUEST)],
    ['with an empty list of parameters', REQUEST.replace('}', ',"params":[]}')],
    ['with no named parameters', REQUEST.replace('}', ',"params":{}}')],
    ['with null for parameters', REQUEST.replace('}', ',"params":null}')],
    ['with members nobody knows', REQUEST.replace('}', ',"other":[{}]}')],
    ['behind a byte order mark', Buffer.from(`\ufeff${REQUEST}`)],
  ])('as %s', async (_, body) => expect(await answer(body)).toEqual(result(1, 3)))

  test.each(['"a"', '""', '0', '-1', '1.5', 'null', '12345678901234567890'])('id %s is given back', async (id) => {
    const body = REQUEST.replace('"id":1', `"id":${id}`)
    expect(await rpc.handle(body)).toBe(`{"jsonrpc":"2.0","id":${id},"result":3}`)
  })

  test.each([
    '',
    '{',
    'nonsense',
    '[1,]',
    `${REQUEST}x`,
    `[${REQUEST}`,
    '"\u0001"',
    `${'['.repeat(300)}${']'.repeat(300)}`,
  ])('that is not JSON: %s', async (text) =>
    expect(await answer(text)).toMatchObject(failure(null, -32700, 'Parse error', expect.any(String))),
  )

  test('that is not UTF-8', async () => {
    const bytes = Buffer.from(REQUEST.replace('blockNumber', 'blockN\u00fcmber'), 'latin1')
    expect(await answer(bytes)).toMatchObject(failure(null, -32700, 'Parse error', expect.any(String)))
  })

  test.each<[text: string, id: unknown, data: string]>([
    ['1', null, 'it is not an object'],
    ['null', null, 'it is not an object'],
    ['"starknet_chainId"', null, 'it is not an object'],
    ['{}', null, 'jsonrpc is not "2.0"'],
    ['{"jsonrpc":2.0,"id":7,"method":"starknet_chainId"}', 7, 'jsonrpc is not "2.0"'],
    ['{"jsonrpc":"1.0","id":"x","method":"starknet_chainId"}', 'x', 'jsonrpc is not "2.0"'],
    ['{"jsonrpc":"2.0","id":7}', 7, 'method is not a string'],
    ['{"jsonrpc":"2.0","id":7,"method":1,"params":"bar"}', 7, 'method is not a string'],
    ['{"jsonrpc":"2.0","id":[7],"method":"starknet_chainId"}', null, 'id is neither a string nor a number nor null'],
    ['{"jsonrpc":"2.0","id":1e999,"method":"starknet_chainId"}', null, 'id is neither a string nor a number nor null'],
    ['{"jsonrpc":"2.0","id":7,"method":"starknet_chainId","params":"x"}', 7, 'params is neither a list nor an object'],
    ['{"jsonrpc":"2.0","id":7,"method":"starknet_chainId","params":0}', 7, 'params is neither a list nor an object'],
    ['{"jsonrpc":"2.0","method":"starknet_chainId","params":0}', null, 'params is neither a list nor an object'],
  ])('that is none: %s', async (text, id, data) => {
    expect(await answer(text)).toEqual(failure(id, -32600, 'Invalid Request', data))
  })

  test.each(['starknet_nothing', '', 'toString', '__proto__', 'starknet_chainid'])(
    'for no method: %s',
    async (method) => {
      expect(await answer({ jsonrpc: '2.0', id: 7, method })).toEqual(failure(7, -32601, 'Method not found', method))
    },
  )

  test('for a method with a long name', async () => {
    const method = 'x'.repeat(1000)
    expect(await answer({ jsonrpc: '2.0', id: 7, method })).toEqual(
      failure(7, -32601, 'Method not found', 'x'.repeat(80)),
    )
  })

  test('with wrong parameters', async () => {
    const text = '{"jsonrpc":"2.0","id":7,"method":"starknet_getNonce","params":["latest","0x1",2]}'
    const data = 'there is no parameter at position 2: the method takes 2'
    expect(await answer(text)).toEqual(failure(7, -32602, 'Invalid params', data))
  })

  test('that is a notification gets no answer, whatever comes of it', async () => {
    for (const method of ['starknet_blockNumber', 'starknet_nothing', 'starknet_getNonce']) {
      expect(await rpc.handle(JSON.stringify({ jsonrpc: '2.0', method }))).toBeUndefined()
    }
  })

  test('with the id null is no notification', async () => {
    expect(await answer(REQUEST.replace('"id":1', '"id":null'))).toEqual(result(null, 3))
  })
})

describe('a batch', () => {
  test('is answered in its order, notifications left out', async () => {
    const batch = [
      { jsonrpc: '2.0', id: 'a', method: 'starknet_specVersion' },
      { jsonrpc: '2.0', method: 'starknet_specVersion' },
      1,
      { jsonrpc: '2.0', id: 'b', method: 'starknet_nothing' },
      [],
      { jsonrpc: '2.0', id: 'a', method: 'starknet_blockNumber', params: [] },
    ]
    expect(await answer(JSON.stringify(batch))).toEqual([
      result('a', '0.10.3'),
      failure(null, -32600, 'Invalid Request', 'it is not an object'),
      failure('b', -32601, 'Method not found', 'starknet_nothing'),
      failure(null, -32600, 'Invalid Request', 'it is not an object'),
      result('a', 3),
    ])
  })

  test('of notifications gets no answer', async () => {
    expect(await rpc.handle('[{"jsonrpc":"2.0","method":"starknet_chainId"}]')).toBeUndefined()
  })

  test('of nothing is wrong', async () => {
    expect(await answer('[]')).toEqual(failure(null, -32600, 'Invalid Request', 'the batch is empty'))
  })

  test('lets others have their turn', async () => {
    const order: string[] = []
    const batch = rpc
      .handle(new Array(3).fill({ jsonrpc: '2.0', method: 'starknet_chainId' }))
      .then(() => order.push('batch'))
    await nextTurn()
    order.push('other')
    await batch
    expect(order).toEqual(['other', 'batch'])
  })

  test('is bounded', async () => {
    const request = JSON.parse(REQUEST)
    expect(await answer(new Array(BATCH_MAX).fill(request))).toHaveLength(BATCH_MAX)
    const detail = `the batch has ${BATCH_MAX + 1} requests, more than ${BATCH_MAX}`
    expect(await answer(new Array(BATCH_MAX + 1).fill(request))).toEqual(
      failure(null, -32600, 'Invalid Request', detail),
    )
  })

  test('whose answer grows too large is cut short', async () => {
    const half = '.'.repeat(BATCH_CHARS_MAX / 2)
    const routes = { half: defineMethod({ params: {}, handle: () => half }) }
    const batch = [1, 2, 3, undefined].map((id) => ({ jsonrpc: '2.0', id, method: 'half' }))
    const text = await new Rpc({ routes, backend: createSampleBackend() }).handle(batch)
    expect(text!.length).toBeLessThan(BATCH_CHARS_MAX + 1000)
    expect(text!.replaceAll(half, 'half')).toBe(
      '[{"jsonrpc":"2.0","id":1,"result":"half"},{"jsonrpc":"2.0","id":2,"result":"half"},' +
        '{"jsonrpc":"2.0","id":3,"error":{"code":-32003,"message":"Response too large","data":"the answers before it fill the batch"}}]',
    )
  })
})

describe('a method', () => {
  const errors: object[] = []
  const log: Log = { ...SILENT_LOG, error: (fields, message) => errors.push({ ...fields, message }) }
  const store = openSampleStore()
  const grow = () => storeBlock(store, SAMPLE_BLOCKS[1]!)
  const routes = {
    bug: defineMethod({
      params: {},
      handle: () => {
        throw new Error('secret')
      },
    }),
    damaged: defineMethod({
      params: {},
      handle: async () => {
        throw new StoreError('broken', { code: 'RECORD_DAMAGED', table: 't' })
      },
    }),
    unprintable: defineMethod({
      params: {},
      handle: () => {
        const loop: { self?: unknown } = {}
        loop.self = loop
        return loop
      },
    }),
    add: defineMethod({
      params: { a: index, b: optional(index) },
      handle: async (_, { a, b }) => a + (b ?? 0),
    }),
    big: defineMethod({ params: {}, handle: () => ({ big: 2n ** 70n }) }),
    twice: defineMethod({
      params: {},
      handle({ view }) {
        const before = view.head()?.number
        grow()
        return [before, view.head()?.number]
      },
    }),
  }
  const own = new Rpc({ routes, backend: createSampleBackend({ store, log }) })

  test.each(['bug', 'damaged', 'unprintable'] as const)('that fails says no more than that: %s', async (method) => {
    errors.length = 0
    expect(await answer({ jsonrpc: '2.0', id: 1, method }, own)).toEqual(failure(1, -32603, 'Internal error'))
    expect(errors).toEqual([expect.objectContaining({ method, message: 'a request failed' })])
    expect(errors[0]).toHaveProperty('stack')
    expect(await own.handle({ jsonrpc: '2.0', method })).toBeUndefined()
    if (method === 'unprintable') return
    await expect(own.request(method)).rejects.toThrow(expect.objectContaining({ code: 'INTERNAL_ERROR' }))
  })

  test('sees the store of one moment, and lets go of it', async () => {
    const dispose = vi.spyOn(StoreView.prototype, Symbol.dispose)
    expect(await own.request('twice')).toEqual([3, 3])
    await own.request('bug').catch(() => {})
    expect(dispose).toHaveBeenCalledTimes(3) // One is that of `grow`.
    dispose.mockRestore()
    expect(store.head()?.number).toBe(1)
  })

  test('prints bigint as an integer', async () => {
    expect(await own.handle({ jsonrpc: '2.0', id: 1, method: 'big' })).toBe(
      '{"jsonrpc":"2.0","id":1,"result":{"big":1180591620717411303424}}',
    )
    expect(await own.request('big')).toEqual({ big: 2n ** 70n })
  })

  test('is asked in this process too', async () => {
    expect(await own.request('add', { a: 1, b: 2 })).toBe(3)
    expect(await own.request('add', [1])).toBe(1)
    await expect(own.request('add')).rejects.toThrow('Invalid params: a is missing')
    await expect(rpc.request('starknet_getNonce', { block_id: 'latest', contract_address: '0x5' })).rejects.toThrow(
      RpcError,
    )
  })

  test('is that of an older version under other parameters, or with a converted result', async () => {
    const { starknet_getStateUpdate: update, starknet_getBlockWithTxHashes: block } = V0_10
    const older = {
      update: defineMethod({
        params: { block_id: update.params.block_id },
        handle: (context, params) => update.handle(context, { ...params, contract_addresses: undefined }),
      }),
      count: defineMethod({
        ...block,
        handle: async (context, params) => (await block.handle(context, params)).transactions.length,
      }),
    }
    const other = new Rpc({ routes: older, backend: createSampleBackend() })
    expect(await other.request('count', ['latest'])).toBe(0)
    expect(await other.request('update', ['latest'])).toEqual(await rpc.request('starknet_getStateUpdate', ['latest']))
    await expect(other.request('update', ['latest', []])).rejects.toThrow('position 1')
  })

  test('is typed by its table', async () => {
    const block = await rpc.request('starknet_getBlockWithTxs', { block_id: { block_number: 0 } })
    expectTypeOf(block).toEqualTypeOf<BlockWithTxsJson>()
    expect(block.transactions[0]?.type).toBe('DEPLOY')
    expectTypeOf(rpc.request<'starknet_getStorageAt'>).returns.resolves.toEqualTypeOf<StorageJson>()
    expectTypeOf(rpc.request<'starknet_getNonce'>)
      .parameter(1)
      .exclude<readonly unknown[]>()
      .exclude<undefined>()
      .toHaveProperty('contract_address')
      .toEqualTypeOf<string>()
  })
})
