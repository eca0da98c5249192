import { CHECK_NAMES, type Clock, inspectBlock } from '@deoxys/core'
import { isAtLeast } from '@deoxys/core/protocol'
import { createKernel } from '@deoxys/kernel'
import { describe, expect, test } from 'vitest'
import { createSimulatedChain, type SimulatedChain, type SimulatedChainOptions } from './create-simulated-chain.ts'
import { StateOracle } from './testing/oracle.ts'
import { blockText, parse, printedBlock } from './testing/printed.ts'

const kernel = await createKernel({ window: 8 })
const TOGETHER = { includeBlock: true, includeSignature: true }

const create = (options: Partial<SimulatedChainOptions> = {}) =>
  createSimulatedChain({ seed: 1, blocks: 10, kernel, ...options })

/** Every block there is, with its signature. */
async function textsOf({ answers, blockCount }: SimulatedChain): Promise<string[]> {
  const texts: string[] = []
  for (let number = 0; number < blockCount; number++) texts.push(String(await answers.stateUpdate(number, TOGETHER)))
  return texts
}

describe('a chain that takes another way', () => {
  test('has other blocks from there on, under every kind of hash, and goes back and grows', async () => {
    const chain = await create({ blocks: 12 })
    const before = await textsOf(chain)
    expect(chain.reorg(10)).toBe(1)
    expect([chain.blockCount, chain.answers.latest()]).toEqual([2, 1])
    expect(await chain.answers.block(2)).toBeUndefined()
    expect(chain.grow(12)).toBe(13)
    const after = await textsOf(chain)
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2))
    const hashes = new Set(before.map((text) => /"block_hash": "(0x[0-9a-f]+)"/.exec(text)![1]))
    for (const text of after.slice(2)) expect(hashes).not.toContain(/"block_hash": "(0x[0-9a-f]+)"/.exec(text)![1])
  })

  test('holds: every check passes, and the roots are those of an oracle', async () => {
    const chain = await create({ blocks: 12 })
    await textsOf(chain)
    chain.reorg(7)
    chain.grow(7)
    const oracle = new StateOracle()
    let parent = '0x0'
    for (let number = 0; number < 12; number++) {
      const [answer, signature] = [await blockText(chain.answers, number), await chain.answers.signature(number)]
      const { checks } = inspectBlock(kernel, { answer, signature }, [chain.network])
      for (const name of CHECK_NAMES) expect(['ok', 'not_applicable']).toContain(checks[name].status)
      const { block, state_update: update } = await printedBlock(chain.answers, number)
      oracle.apply(update)
      const root = `0x${oracle.root(isAtLeast(block.starknet_version, '0.14.0')).toString(16)}`
      expect([number, update.new_root, block['parent_block_hash']]).toEqual([number, root, parent])
      parent = String(block['block_hash'])
    }
  })

  test('does so the same way each time, whether or not anybody looked', async () => {
    const [seen, unseen] = [await create(), await create()]
    await textsOf(seen)
    for (const chain of [seen, unseen]) {
      chain.reorg(3)
      chain.grow(1)
      chain.reorg(2)
      chain.grow(5)
    }
    expect(await textsOf(unseen)).toEqual(await textsOf(seen))
    expect((await textsOf(seen)).length).toBe(11)
  })

  test('gives out nothing of the old one', async () => {
    const { answers, reorg } = await create({ blocks: 12 })
    const { block, state_update: update } = await printedBlock(answers, 11)
    const [hash, transaction] = [String(block['block_hash']), String(block.transactions[0]!['transaction_hash'])]
    const { class_hash: cls } = update.state_diff.declared_classes[0]!
    const find = () =>
      Promise.all([answers.blockNumber(hash), answers.transaction(transaction), answers.classByHash(cls)])
    expect((await find()).filter((found) => found === undefined)).toEqual([])
    reorg(1)
    expect(await find()).toEqual([undefined, undefined, undefined])
  })

  test('keeps block 0, and what is too deep changes nothing', async () => {
    const chain = await create()
    const before = await textsOf(chain)
    for (const depth of [10, 0, -1, 0.5]) expect(() => chain.reorg(depth)).toThrow(RangeError)
    expect(await textsOf(chain)).toEqual(before)
    expect(chain.reorg(9)).toBe(0)
  })
})

describe('by its script', () => {
  const reorgs = [
    { at: 5, depth: 3 },
    { at: 8, depth: 1 },
  ]

  test('at once when a block with others behind it is given out', async () => {
    const { answers } = await create({ reorgs })
    const old = String(await answers.block(4))
    expect(answers.latest()).toBe(5)
    await answers.block(5)
    expect(answers.latest()).toBe(8)
    expect(String(await answers.block(4))).not.toBe(old)
    const eighth = await answers.blockHash(8)
    await answers.stateUpdate(8, TOGETHER)
    expect(answers.latest()).toBe(9)
    expect(await answers.blockHash(8)).not.toBe(eighth)
  })

  test('in its turn where time makes the blocks', async () => {
    let nowMs = 0
    const clock: Clock = { now: () => nowMs, sleep: () => Promise.reject(new Error('nobody waits')) }
    const { answers } = await create({ blocks: 5, reorgs, blockTimeMs: 100, clock })
    const seen: number[] = []
    for (; nowMs <= 900; nowMs += 100) {
      seen.push(answers.latest()!)
      await answers.block(answers.latest()!)
    }
    expect(seen).toEqual([4, 5, 2, 3, 4, 5, 6, 7, 8, 7])
  })

  test('as it would by hand', async () => {
    const [scripted, byHand] = [await create({ reorgs: [{ at: 9, depth: 4 }] }), await create()]
    await scripted.answers.block(9)
    byHand.reorg(4)
    byHand.grow(4)
    expect(await textsOf(scripted)).toEqual(await textsOf(byHand))
  })
})

describe('under construction', () => {
  async function running(version: string) {
    const time = { nowMs: 0 }
    const clock: Clock = { now: () => time.nowMs, sleep: () => Promise.reject(new Error('nobody waits')) }
    const { answers } = await create({ blocks: 2, blockTimeMs: 100, clock, schedule: [{ from: 0, version }] })
    return { time, answers }
  }

  interface PreConfirmed {
    readonly status?: string
    readonly changed?: boolean
    readonly block_number?: number
    readonly block_identifier?: string
    readonly transactions: readonly object[]
    readonly transaction_receipts: readonly (object | null)[]
    readonly transaction_state_diffs: readonly ({ readonly storage_diffs: object } | null)[]
  }
  const classic = { block: 2, blockIdentifier: undefined, knownTransactionCount: undefined }

  test('a pre-confirmed block grows into the block it becomes; the last transaction is a candidate', async () => {
    const { time, answers } = await running('0.14.1')
    time.nowMs = 60
    const half = parse<PreConfirmed>(await answers.preConfirmedBlock(classic))
    expect(half.status).toBe('PRE_CONFIRMED')
    expect([half.changed, half.block_identifier]).toEqual([undefined, undefined])
    const done = half.transaction_receipts.filter((receipt) => receipt !== null).length
    expect(done).toBeGreaterThan(0)
    expect(half.transactions.length).toBe(done + 1)
    expect([half.transaction_receipts.at(-1), half.transaction_state_diffs.at(-1)]).toEqual([null, null])
    time.nowMs = 100
    const whole = parse<PreConfirmed>(await answers.preConfirmedBlock(classic))
    const { block, state_update: update } = await printedBlock(answers, 2)
    expect(whole.transactions).toEqual(block.transactions)
    expect(whole.transaction_receipts).toEqual(block.transaction_receipts)
    expect(half.transactions).toEqual(whole.transactions.slice(0, done + 1))
    // What the transactions did one by one is what the block did, but for the system contracts.
    const last: Record<string, Record<string, string>> = {}
    for (const diff of whole.transaction_state_diffs) {
      for (const [address, entries] of Object.entries(diff!.storage_diffs)) {
        for (const { key, value } of entries) last[address] = { ...last[address], [key]: value }
      }
    }
    const { '0x1': _hashes, '0x2': _aliases, ...storage } = update.state_diff.storage_diffs
    const cells = Object.entries(storage).map(([address, entries]) => [
      address,
      Object.fromEntries(entries.map(({ key, value }) => [key, value])),
    ])
    expect(last).toEqual(Object.fromEntries(cells))
  })

  test('polls by identifier get what is new', async () => {
    const { time, answers } = await running('0.14.1')
    const poll = async (blockIdentifier: string, knownTransactionCount: number) =>
      parse<PreConfirmed>(await answers.preConfirmedBlock({ block: 'latest', blockIdentifier, knownTransactionCount }))
    time.nowMs = 40
    const first = await poll('', 0)
    expect(first).toMatchObject({ status: 'PRE_CONFIRMED', changed: true, block_number: 2 })
    const identifier = first.block_identifier!
    const count = first.transactions.length
    expect(first.transaction_receipts).not.toContain(null)
    expect(await poll(identifier, count)).toEqual({ changed: false })
    time.nowMs = 99
    const next = await poll(identifier, count)
    expect(next).toMatchObject({ changed: true, block_number: 2, block_identifier: identifier })
    expect(next.status).toBeUndefined()
    const all = parse<PreConfirmed>(await answers.preConfirmedBlock(classic))
    expect([...first.transactions, ...next.transactions]).toEqual(all.transactions)
    time.nowMs = 150
    const other = await poll(identifier, all.transactions.length)
    expect(other).toMatchObject({ status: 'PRE_CONFIRMED', block_number: 3 })
    expect(other.block_identifier).not.toBe(identifier)
  })

  test('there is none of another number, and none where time stands still', async () => {
    const { answers } = await running('0.14.1')
    for (const block of [0, 3]) expect(await answers.preConfirmedBlock({ ...classic, block })).toBeUndefined()
    expect(await (await create()).answers.preConfirmedBlock({ ...classic, block: 10 })).toBeUndefined()
  })

  test('before 0.14.0 it is pending, without what a closed block has', async () => {
    const { time, answers } = await running('0.13.4')
    time.nowMs = 99
    const { block, state_update: update } = parse<{ block: PreConfirmed & object; state_update: object }>(
      await answers.stateUpdate('pending', TOGETHER),
    )
    expect(block).toEqual(parse(await answers.block('pending')))
    expect(block).toMatchObject({ status: 'PENDING', parent_block_hash: await answers.blockHash(1) })
    expect(Object.keys(block)).not.toContain('block_hash')
    expect(Object.keys(update)).toEqual(['old_root', 'state_diff'])
    time.nowMs = 100
    const closed = await printedBlock(answers, 2)
    expect(block.transactions).toEqual(closed.block.transactions)
    expect(await (await running('0.14.1')).answers.block('pending')).toBeUndefined()
  })
})

test('the gas market is told where it is asked for', async () => {
  const { answers } = await create({ schedule: [{ from: 0, version: '0.14.1' }] })
  const plain = parse<{ l2_gas_price: { price_in_fri: string } }>(await answers.block(1))
  const told = parse<object>(await answers.block(1, { withFeeMarketInfo: true }))
  expect(told).toEqual({
    ...plain,
    l2_gas_consumed: expect.any(Number),
    next_l2_gas_price: plain.l2_gas_price.price_in_fri,
  })
  const both = parse<{ block: object }>(await answers.stateUpdate(1, { ...TOGETHER, withFeeMarketInfo: true }))
  expect(both.block).toEqual(told)
  expect(Object.keys(both)).toEqual(['block', 'state_update', 'signature'])
  const old = await create()
  expect(await old.answers.block(1, { withFeeMarketInfo: true })).toEqual(await old.answers.block(1))
})
