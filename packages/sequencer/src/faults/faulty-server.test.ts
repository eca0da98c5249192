import { type Clock, felt } from '@deoxys/core'
import { checkSignature } from '@deoxys/core/protocol'
import { createKernel } from '@deoxys/kernel'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FeederServer } from '../feeder-server.ts'
import { createSimulatedChain, type SimulatedChain } from '../simulated/create-simulated-chain.ts'
import type { Fault, FaultPlan } from './fault-plan.ts'
import { Faults } from './faults.ts'

const kernel = await createKernel({ window: 4 })

/** What was slept. */
let slept: number[] = []
const clock: Clock = {
  now: () => 0,
  async sleep(ms, signal) {
    signal.throwIfAborted()
    slept.push(ms)
  },
}
const faults = new Faults({ clock })
let chain: SimulatedChain
let server: FeederServer

beforeAll(async () => {
  chain = await createSimulatedChain({ seed: 1, blocks: 12, kernel })
  server = await FeederServer.start({ port: 0, answers: chain.answers, faults })
})
afterAll(() => server.close())
beforeEach(() => {
  faults.use({ faults: [] })
  slept = []
})

const use = (...list: Fault[]) => faults.use({ faults: list })
const ask = async (path: string) => {
  const response = await fetch(`${server.url}${path}`)
  return { status: response.status, headers: response.headers, text: await response.text() }
}
const BOTH = 'get_state_update?blockNumber=4&includeBlock=true'

describe('a fault', () => {
  test('strikes after, at most so often, and only what it is about', async () => {
    use({ kind: 'status', status: 503, endpoint: 'get_block', blocks: [3, [5, 6]], after: 1, count: 2 })
    const statuses: number[] = []
    const hash = await chain.answers.blockHash(5)
    for (const query of ['Number=4', 'Number=3', 'Number=6', `Hash=${hash}`, 'Number=3']) {
      statuses.push((await ask(`get_block?block${query}`)).status)
    }
    expect(statuses).toEqual([200, 200, 503, 503, 200])
    expect((await ask('get_signature?blockNumber=3')).status).toBe(200)
    expect(faults.counts).toEqual([2])
    use({ kind: 'status', status: 500, blocks: [11] })
    expect((await ask('get_block?blockNumber=latest')).status).toBe(500)
  })

  test('strikes by luck that follows from the seed', async () => {
    const plan = (seed: number): FaultPlan => ({ seed, faults: [{ kind: 'status', status: 503, probability: 0.5 }] })
    const run = async (seed: number) => {
      faults.use(plan(seed))
      const statuses: number[] = []
      for (let i = 0; i < 20; i++) statuses.push((await ask('get_public_key')).status)
      return statuses
    }
    const first = await run(1)
    expect(new Set(first)).toEqual(new Set([200, 503]))
    expect(await run(1)).toEqual(first)
    expect(await run(2)).not.toEqual(first)
  })

  test('refuses', async () => {
    use(
      { kind: 'status', status: 429, retryAfterS: 7, count: 1 },
      { kind: 'status', status: 500, code: 'C', body: 'B' },
    )
    const [limited, broken] = [await ask('get_public_key'), await ask('get_public_key')]
    expect([limited.status, limited.headers.get('retry-after'), JSON.parse(limited.text)]).toEqual([
      429,
      '7',
      { code: '429', message: expect.any(String) },
    ])
    expect([broken.status, broken.text]).toEqual([500, 'B'])
  })

  test('takes its time', async () => {
    use({ kind: 'latency', ms: 5, count: 1 }, { kind: 'latency', ms: [10, 20] })
    for (let i = 0; i < 30; i++) await ask('get_public_key')
    expect(slept[0]).toBe(5)
    const even = slept.slice(1)
    expect(Math.min(...even)).toBeGreaterThanOrEqual(10)
    expect(Math.max(...even)).toBeLessThanOrEqual(20)
    expect(new Set(even).size).toBeGreaterThan(20)
    use({ kind: 'latency', ms: [0, 100], distribution: 'exponential' })
    slept = []
    for (let i = 0; i < 40; i++) await ask('get_public_key')
    expect(slept.filter((ms) => ms < 50).length).toBeGreaterThan(25)
  })

  test('hangs until it is cut, until the client goes, or until the gateway closes', async () => {
    use({ kind: 'hang', ms: 60 })
    await expect(ask('get_public_key')).rejects.toThrow('fetch failed')
    expect(slept).toEqual([60])
    use({ kind: 'hang' })
    const gone = new AbortController()
    const waiting = fetch(`${server.url}get_public_key`, { signal: gone.signal })
    gone.abort()
    await expect(waiting).rejects.toThrow()
    const other = await FeederServer.start({ port: 0, answers: chain.answers, faults })
    const hung = expect(fetch(`${other.url}get_public_key`)).rejects.toThrow('fetch failed')
    await expect.poll(() => faults.counts[0]).toBeGreaterThan(0)
    await other.close()
    await hung
  })

  test('resets the connection in the middle', async () => {
    use({ kind: 'reset', bytes: 10 })
    await expect(ask(BOTH)).rejects.toThrow()
    use({ kind: 'reset' })
    await expect(ask(BOTH)).rejects.toThrow()
  })

  test('cuts the JSON, or sends something else', async () => {
    const { text } = await ask(BOTH)
    use({ kind: 'truncate', bytes: 100 })
    expect((await ask(BOTH)).text).toBe(text.slice(0, 100))
    use({ kind: 'truncate' })
    expect((await ask(BOTH)).text).toBe(text.slice(0, text.length >> 1))
    use({ kind: 'garbage' })
    expect((await ask(BOTH)).text).toMatch(/^<html>/)
    use({ kind: 'garbage', text: '' })
    expect(await ask(BOTH)).toMatchObject({ status: 200, text: '' })
  })

  test('holds latest, or takes it back', async () => {
    const latest = async () => JSON.parse((await ask('get_block?blockNumber=latest&headerOnly=true')).text).block_number
    use({ kind: 'height-back', by: 3, count: 1 }, { kind: 'stale', after: 1, count: 2 })
    const seen = [await latest()]
    chain.grow(1)
    seen.push(await latest())
    chain.grow(1)
    seen.push(await latest(), await latest())
    expect(seen).toEqual([8, 12, 12, 13])
    expect((await ask('get_block?blockNumber=13')).status).toBe(200)
    use({ kind: 'height-back', by: 1000 })
    expect(await latest()).toBe(0)
  })

  test('puts a wrong value into a field', async () => {
    const truth = JSON.parse((await ask(BOTH)).text)
    const told = async (path: string, rest: object = {}) => {
      use({ kind: 'field', path, ...rest })
      return JSON.parse((await ask(BOTH)).text)
    }
    expect((await told('block.timestamp')).block.timestamp).toBe(truth.block.timestamp + 1)
    const { block } = await told('block.block_hash')
    expect(block.block_hash).not.toBe(truth.block.block_hash)
    expect(block.block_hash.slice(0, -1)).toBe(truth.block.block_hash.slice(0, -1))
    expect((await told('block.status', { value: null })).block.status).toBeNull()
    expect((await told('block.transactions')).block.transactions.length).toBe(truth.block.transactions.length - 1)
    expect((await told('state_update.state_diff')).state_update.state_diff).toEqual({})
    const changed = (await told('block.transactions.*.transaction_hash')).block.transactions
    expect(
      changed.filter((tx: object, i: number) => JSON.stringify(tx) !== JSON.stringify(truth.block.transactions[i]))
        .length,
    ).toBe(1)
    for (const path of ['block.none', 'block.transactions.99', 'block.timestamp.x']) {
      expect(await told(path)).toEqual(truth)
    }
  })

  test('signs with another key, and says of a class that there is none', async () => {
    use({ kind: 'foreign-signature' }, { kind: 'missing-class', count: 1 })
    const hash = felt((await chain.answers.blockHash(4))!)
    const check = (text: string) => {
      const [r, s] = (JSON.parse(text).signature as string[]).map((value) => felt(value))
      const signature = { r: r!, s: s!, blockHash: undefined, stateDiffCommitment: undefined }
      return checkSignature(kernel, [chain.network], hash, signature).check.status
    }
    expect(check((await ask('get_signature?blockNumber=4')).text)).toBe('failed')
    expect(check((await ask(`${BOTH}&includeSignature=true`)).text)).toBe('failed')
    expect((await ask(BOTH)).status).toBe(200)
    expect(faults.counts).toEqual([2, 0])
    faults.use({ faults: [] })
    expect(check((await ask('get_signature?blockNumber=4')).text)).toBe('ok')
    use({ kind: 'missing-class', count: 1 })
    const { text } = await ask('get_state_update?blockNumber=0')
    const { class_hash } = JSON.parse(text).state_diff.deployed_contracts[0]
    const missing = await ask(`get_class_by_hash?classHash=${class_hash}`)
    expect([missing.status, JSON.parse(missing.text).code]).toEqual([400, 'StarknetErrorCode.UNDECLARED_CLASS'])
    expect((await ask(`get_class_by_hash?classHash=${class_hash}`)).status).toBe(200)
  })
})
