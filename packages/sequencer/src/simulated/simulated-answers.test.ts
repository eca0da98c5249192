import type { Clock } from '@deoxys/core'
import { createKernel } from '@deoxys/kernel'
import { expect, test } from 'vitest'
import { createSimulatedChain } from './create-simulated-chain.ts'
import { blockText, type Printed, parse, printedBlock } from './testing/printed.ts'

const kernel = await createKernel({ window: 8 })

const unknown = { includeBlock: false, includeSignature: false }

test('the chain grows by a block each block time, and not without one', async () => {
  let nowMs = 5000
  const clock: Clock = { now: () => nowMs, sleep: () => Promise.reject(new Error('nobody waits')) }
  const options = { seed: 1, blocks: 2, kernel, clock }
  const chain = await createSimulatedChain({ ...options, blockTimeMs: 100 })
  const still = await createSimulatedChain(options)
  const { answers } = chain
  const hash = await (await createSimulatedChain({ ...options, blocks: 3 })).answers.blockHash(2)
  for (const [ms, latest] of [
    [5000, 1],
    [5099, 1],
    [5100, 2],
    [5350, 4],
  ] as const) {
    nowMs = ms
    expect([chain.blockCount, answers.latest(), still.blockCount]).toEqual([latest + 1, latest, 2])
    expect(await answers.blockNumber(hash!)).toBe(latest < 2 ? undefined : 2)
    expect(await answers.block(latest)).toBeDefined()
    expect(await answers.block(latest + 1)).toBeUndefined()
  }
  nowMs = Number.MAX_SAFE_INTEGER
  expect(answers.latest()).toBe(9999)
})

test('parts of a block are the same together and apart, and by hash', async () => {
  const { answers } = await createSimulatedChain({ seed: 1, blocks: 12, kernel })
  const number = 8
  const block = String(await answers.block(number))
  const update = String(await answers.stateUpdate(number, unknown))
  const { signature } = parse<Printed>(await answers.signature(number))
  const list = JSON.stringify(signature).replace(',', ', ')
  expect(String(await blockText(answers, number))).toBe(`{"block": ${block}, "state_update": ${update}}`)
  expect(String(await answers.stateUpdate(number, { includeBlock: true, includeSignature: true }))).toBe(
    `{"block": ${block}, "state_update": ${update}, "signature": ${list}}`,
  )
  const hash = await answers.blockHash(number)
  expect(JSON.parse(block).block_hash).toBe(hash)
  expect(await answers.blockNumber(hash!)).toBe(number)
})

test('a transaction is found by its hash', async () => {
  const { answers } = await createSimulatedChain({ seed: 1, blocks: 12, kernel })
  for (const number of [0, 8]) {
    const { block } = await printedBlock(answers, number)
    for (const [i, transaction] of block.transactions.entries()) {
      expect(parse(await answers.transaction(String(transaction['transaction_hash'])))).toEqual({
        execution_status: block.transaction_receipts[i]!['execution_status'],
        finality_status: 'ACCEPTED_ON_L2',
        status: 'ACCEPTED_ON_L2',
        block_hash: block['block_hash'],
        block_number: number,
        transaction_index: i,
        transaction,
      })
    }
  }
})

test('what a hash names is found before anybody asked for its block', async () => {
  const fresh = async () => (await createSimulatedChain({ seed: 1, blocks: 12, kernel })).answers
  const { block, state_update: update } = await printedBlock(await fresh(), 11)
  const { class_hash: classHash } = update.state_diff.declared_classes[0]!
  expect(await (await fresh()).blockNumber(String(block['block_hash']))).toBe(11)
  expect(await (await fresh()).transaction(String(block.transactions[0]!['transaction_hash']))).toBeDefined()
  expect(await (await fresh()).classByHash(classHash)).toBeDefined()
  expect(await (await fresh()).compiledClassByHash(classHash)).toBeDefined()
})

test('the addresses and the key are those of the network', async () => {
  const { answers, network } = await createSimulatedChain({ seed: 1, blocks: 1, kernel })
  const addresses = parse<Printed>(await answers.contractAddresses())
  expect(addresses['Starknet']).toBe(network.l1CoreContract)
  const key = parse<string>(await answers.publicKey())
  expect(BigInt(key)).toBe(BigInt(`0x${Buffer.from(network.publicKey).toString('hex')}`))
})

test('what is not there is undefined', async () => {
  const { answers } = await createSimulatedChain({ seed: 1, blocks: 2, kernel })
  const query = { block: 'latest', blockIdentifier: undefined, knownTransactionCount: undefined } as const
  expect(
    await Promise.all([
      answers.block(2),
      answers.block('pending'),
      answers.stateUpdate(2, unknown),
      answers.stateUpdate('pending', unknown),
      answers.signature(2),
      answers.blockHash(2),
      answers.blockNumber('0x1'),
      answers.transaction('0x1'),
      answers.classByHash('0x1'),
      answers.compiledClassByHash('0x1'),
      answers.blockTraces(0),
      answers.preConfirmedBlock(query),
    ]),
  ).toEqual(Array(12).fill(undefined))
})
