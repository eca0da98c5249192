import { createKernel } from '@deoxys/kernel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AdminServer } from './admin-server.ts'
import { Faults } from './faults/faults.ts'
import { FeederServer } from './feeder-server.ts'
import { createSimulatedChain, type SimulatedChain } from './simulated/create-simulated-chain.ts'

let chain: SimulatedChain
let server: FeederServer
let admin: AdminServer

beforeAll(async () => {
  chain = await createSimulatedChain({ seed: 1, blocks: 5, kernel: await createKernel({ window: 4 }) })
  const faults = new Faults()
  server = await FeederServer.start({ port: 0, answers: chain.answers, faults })
  admin = await AdminServer.start({ port: 0, chain, faults })
})
afterAll(() => Promise.all([admin.close(), server.close()]))

async function command(path: string, body?: string | object, headers: Record<string, string> = {}) {
  const sent =
    body === undefined ? {} : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }
  const response = await fetch(`${admin.url}${path}`, { ...sent, headers })
  return { status: response.status, json: await response.json() }
}

test('moves the chain', async () => {
  expect(await command('/blocks', { count: 3 })).toEqual({ status: 200, json: { ok: true, latest: 7 } })
  const hash = await chain.answers.blockHash(6)
  expect((await command('/reorg', { depth: 2 })).json).toEqual({ ok: true, latest: 5 })
  await command('/blocks/', { count: 1 })
  expect(await chain.answers.blockHash(6)).not.toBe(hash)
  expect((await command('')).json).toEqual({ ok: true, latest: 6, struck: [] })
})

test('sets the faults', async () => {
  const key = () => fetch(`${server.url}get_public_key`).then(({ status }) => status)
  expect(await key()).toBe(200)
  const plan = { faults: [{ kind: 'status', status: 503 }] }
  expect((await command('/faults', plan)).json).toEqual({ ok: true, faults: 1 })
  expect(await key()).toBe(503)
  expect((await command('')).json).toMatchObject({ struck: [1] })
  await command('/faults', { faults: [] })
  expect(await key()).toBe(200)
})

test.each<[string, string | object | undefined, Record<string, string>, number, RegExp]>([
  ['/reorg', { depth: 100 }, {}, 400, /cannot go back by 100/],
  ['/reorg', { depth: 'x' }, {}, 400, /depth is not a number/],
  ['/blocks', { count: 0 }, {}, 400, /count is not a number from 1/],
  ['/blocks', { count: 1, more: 1 }, {}, 400, /more is not known here/],
  ['/faults', 'no json', {}, 400, /JSON/],
  ['/faults', { faults: [{ kind: 'x' }] }, {}, 400, /kind is none of/],
  ['/faults', 'x'.repeat(2 ** 20 + 1), {}, 400, /more than 1048576 bytes/],
  ['/reorg', undefined, {}, 404, /there is no GET/],
  ['/nothing', {}, {}, 404, /there is no POST/],
  ['/blocks', { count: 1 }, { origin: 'http://somewhere.example' }, 403, /web pages/],
])('%s refuses %.20j', async (path, body, headers, status, message) => {
  const before = chain.blockCount
  expect(await command(path, body, headers)).toEqual({
    status,
    json: { ok: false, error: { code: expect.any(String), message: expect.stringMatching(message) } },
  })
  expect(chain.blockCount).toBe(before)
})
