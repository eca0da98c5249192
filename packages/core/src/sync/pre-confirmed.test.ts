import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SILENT_LOG } from '../base/log.ts'
import type { BlockSource, PreConfirmedQuery } from '../gateway/block-source.ts'
import { GatewayError } from '../gateway/gateway-error.ts'
import { RECEIPT, TRANSACTIONS } from '../gateway/testing/samples.ts'
import { PreConfirmed } from './pre-confirmed.ts'

const never = new AbortController().signal
const price = { price_in_wei: '0x1', price_in_fri: '0x2' }
const HEADER = {
  status: 'PRE_CONFIRMED',
  timestamp: 1,
  starknet_version: '0.14.0',
  l1_gas_price: price,
  l1_data_gas_price: price,
  l2_gas_price: price,
}

/** A gateway with a block under construction, in the form with deltas or the one before. */
class Gateway {
  number = 7
  round = 0
  executed = 0
  candidates = 0
  isClassic = false
  /** In place of the next answers. */
  readonly script: (Error | string)[] = []
  readonly asked: PreConfirmedQuery[] = []

  asSource(name = 'gateway'): BlockSource {
    return { name, fetchPreConfirmedBlock: this.fetch } as unknown as BlockSource
  }

  readonly fetch = async (query: PreConfirmedQuery): Promise<Uint8Array> => {
    this.asked.push(query)
    const next = this.script.shift()
    if (next instanceof Error) throw next
    return Buffer.from(next ?? JSON.stringify(this.#answer(query)))
  }

  #answer({ block, identifier, knownCount }: PreConfirmedQuery): object {
    if (this.isClassic) {
      if (block !== 'latest' && block !== this.number) throw absent()
      return { ...HEADER, timestamp: this.number, ...this.#items(0) }
    }
    const round = { changed: true, block_number: this.number, block_identifier: `0x${this.number}${this.round}` }
    if (identifier !== round.block_identifier || knownCount > this.executed) {
      return { ...HEADER, timestamp: this.number, ...this.#items(0), ...round }
    }
    return knownCount === this.executed + this.candidates
      ? { changed: false }
      : { ...this.#items(knownCount), ...round }
  }

  #items(from: number): object {
    const hash = (i: number) => `0x${(this.number * 1000 + i).toString(16)}`
    const each = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(from + i))
    const executed = this.executed - from
    const nothing = each(this.candidates, () => null)
    return {
      transactions: each(executed + this.candidates, (i) => ({ ...TRANSACTIONS.invokeV1, transaction_hash: hash(i) })),
      transaction_receipts: [...each(executed, (i) => ({ ...RECEIPT, transaction_hash: hash(i) })), ...nothing],
      transaction_state_diffs: [...each(executed, (i) => ({ nonces: { [hash(i)]: '0x1' } })), ...nothing],
    }
  }
}

const absent = () => new GatewayError('none', { code: 'BLOCK_NOT_FOUND', urlPath: '', retryable: false })

function open(...gateways: Gateway[]) {
  const time = { ms: 0 }
  const clock = { now: () => time.ms, sleep: () => Promise.reject(new Error('nobody sleeps here')) }
  const sources = gateways.map((gateway, i) => gateway.asSource(`gateway ${i}`))
  const preConfirmed = new PreConfirmed(sources, clock, SILENT_LOG)
  /** Half a second later. */
  const poll = (next: number, ms = 500) => {
    time.ms += ms
    return preConfirmed.poll(next, never)
  }
  const known = (number: number) => {
    const block = preConfirmed.get(number)
    return block && [block.receipts.length, block.transactions.length]
  }
  return { preConfirmed, poll, known, time }
}

describe.each([
  ['with deltas', false],
  ['in the classic form', true],
])('the block under construction, %s', (_, isClassic) => {
  test('grows poll by poll; candidates make room for what they become', async () => {
    const gateway = new Gateway()
    gateway.isClassic = isClassic
    const { poll, known, preConfirmed } = open(gateway)
    await poll(7)
    for (const [executed, candidates] of [
      [1, 1],
      [2, 2],
      [2, 2],
      [5, 0],
    ] as const) {
      Object.assign(gateway, { executed, candidates })
      await poll(7)
      expect(known(7)).toEqual([executed, executed + candidates])
    }
    const { transactions, stateDiff } = preConfirmed.get(7)!
    expect(new Set(transactions.map(({ hash }) => String(hash))).size).toBe(5)
    expect(stateDiff.nonces.length).toBe(5 * 64)
  })

  test('is shown for its height alone; a reorg takes it away', async () => {
    const gateway = new Gateway()
    gateway.isClassic = isClassic
    const { poll, known, preConfirmed } = open(gateway)
    for (let i = 0; i < 2; i++) await poll(7)
    expect([known(6), known(7), known(8)]).toEqual([undefined, [0, 0], undefined])
    preConfirmed.clear()
    expect(known(7)).toBeUndefined()
  })

  test('that closes says so once, and stays until it is sealed', async () => {
    const gateway = new Gateway()
    gateway.isClassic = isClassic
    gateway.executed = 3
    const { poll, known } = open(gateway)
    for (let i = 0; i < 2; i++) expect(await poll(7)).toBe(false)
    gateway.number = 8
    expect(await poll(7)).toBe(true)
    expect(known(7)).toEqual([3, 3])
    for (let i = 0; i < 2; i++) await poll(8)
    expect(known(8)).toEqual([3, 3])
    expect(await poll(8)).toBe(false)
  })
})

test('another round replaces everything; an older answer of the same round nothing', async () => {
  const gateway = new Gateway()
  gateway.executed = 5
  const { poll, known } = open(gateway)
  await poll(7)
  Object.assign(gateway, { round: 1, executed: 2 })
  await poll(7)
  expect(known(7)).toEqual([2, 2])
  gateway.executed = 1 // As a gateway behind the others says.
  await poll(7)
  expect(known(7)).toEqual([2, 2])
})

test.each(['{}', '[]', '<html>', '{"changed":true,"block_number":9,"transactions":[]}'])(
  'what cannot be used (%s) changes nothing; then all of it is asked for, of the next source',
  async (garbage) => {
    const [one, two] = [new Gateway(), new Gateway()]
    Object.assign(one, { executed: 2 })
    Object.assign(two, { executed: 3 })
    const { poll, known } = open(one, two)
    const full = { block: 'latest', identifier: undefined, knownCount: 0 }
    await poll(7)
    one.script.push(garbage)
    await poll(7)
    expect(one.asked).toEqual([full, { block: 'latest', identifier: '0x70', knownCount: 2 }])
    expect(known(7)).toEqual([2, 2])
    await poll(7)
    expect(two.asked).toEqual([full])
    expect(known(7)).toEqual([3, 3])
  },
)

test('the only source is asked for all of it again after what could not be used, but not after silence', async () => {
  const gateway = new Gateway()
  gateway.executed = 2
  const { poll } = open(gateway)
  for (const next of ['{}', absent()]) {
    await poll(7)
    gateway.script.push(next)
    await poll(7)
    await poll(7, 60_000)
  }
  expect(gateway.asked.map(({ knownCount }) => knownCount)).toEqual([0, 2, 0, 2, 2, 2])
})

test('where there is none, the polls grow rare; a new head makes them frequent again', async () => {
  const gateway = new Gateway()
  gateway.script.push(...Array.from({ length: 100 }, absent))
  const { poll } = open(gateway)
  for (let i = 0; i < 120; i++) await poll(7)
  expect(gateway.asked.length).toBeLessThan(12)
  const before = gateway.asked.length
  await poll(8)
  expect(gateway.asked.length).toBe(before + 1)
})

test('a poll that hangs is the only one, and cancelled it says nothing', async () => {
  const stop = new AbortController()
  let asked = 0
  const fetchPreConfirmedBlock = (_: PreConfirmedQuery, signal: AbortSignal) => {
    asked += 1
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  const source = { name: 'hangs', fetchPreConfirmedBlock } as unknown as BlockSource
  const clock = { now: () => 0, sleep: async () => {} }
  const preConfirmed = new PreConfirmed([source], clock, SILENT_LOG)
  const hanging = preConfirmed.poll(7, stop.signal)
  expect(await preConfirmed.poll(7, stop.signal)).toBe(false)
  expect(asked).toBe(1)
  stop.abort(new Error('enough'))
  expect(await hanging).toBe(false)
})

test('a source that cannot tell is not asked', async () => {
  const preConfirmed = new PreConfirmed(
    [{ name: 'old' } as unknown as BlockSource],
    { now: () => 0, sleep: async () => {} },
    SILENT_LOG,
  )
  expect(await preConfirmed.poll(7, never)).toBe(false)
  expect(preConfirmed.get(7)).toBeUndefined()
})

test('whatever happens at the gateway: once it answers, the view has what was executed', async () => {
  const step = fc.oneof(
    fc.record({ executed: fc.nat(5), candidates: fc.nat(2) }),
    fc.record({ round: fc.nat(3), executed: fc.nat(5) }),
    fc.constant('closes' as const),
    fc.constantFrom('{}', '{"changed":false}', 'cut o'),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.boolean(), async (steps, isClassic) => {
      const gateway = new Gateway()
      gateway.isClassic = isClassic
      const { poll, known } = open(gateway)
      let executed = 0
      for (const change of steps) {
        if (change === 'closes') Object.assign(gateway, { number: gateway.number + 1, executed: 0 })
        else if (typeof change === 'string') gateway.script.push(change)
        // Within a round nothing is taken back.
        else Object.assign(gateway, change, 'round' in change ? { number: gateway.number + 1 } : {})
        if (typeof change === 'object' && 'candidates' in change)
          gateway.executed = Math.max(executed, gateway.executed)
        executed = gateway.executed
        await poll(gateway.number)
      }
      gateway.script.length = 0 // What was not asked for, since polls grew rare.
      for (let i = 0; i < 3; i++) await poll(gateway.number, 60_000)
      expect(known(gateway.number)?.[0]).toBe(gateway.executed)
    }),
  )
})
