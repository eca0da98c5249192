import {
  type BlockReport,
  CHECK_NAMES,
  type CheckName,
  type CheckStatus,
  type Era,
  inspectBlock,
  inspectClass,
  type Network,
} from '@deoxys/core'
import {
  felt,
  isAtLeast,
  legacyTransactionHashes,
  packFelts,
  runHashing,
  type Transaction,
  transactionHash,
  ZERO,
} from '@deoxys/core/protocol'
import { createKernel, type Kernel } from '@deoxys/kernel'
import { beforeAll, describe, expect, test } from 'vitest'
import type { FeederAnswers } from '../feeder-answers.ts'
import { createSimulatedChain, type SimulatedChain } from './create-simulated-chain.ts'
import { StateOracle } from './testing/oracle.ts'
import { blockText, printedBlock } from './testing/printed.ts'

const kernel = await createKernel({ window: 8 })
const BLOCKS = 12

/** One chain of each era, and one that passes through them all. */
const SCHEDULES = {
  'pre-0.7': [{ from: 0, version: 'pre-0.7' }],
  '0.7.0': [{ from: 0, version: '0.7.0' }],
  '0.9.1': [{ from: 0, version: '0.9.1' }],
  '0.10.3': [{ from: 0, version: '0.10.3' }],
  '0.11.0': [{ from: 0, version: '0.11.0' }],
  '0.11.2': [{ from: 0, version: '0.11.2' }],
  '0.12.3': [{ from: 0, version: '0.12.3' }],
  '0.13.2.1': [{ from: 0, version: '0.13.2.1' }],
  '0.13.4': [{ from: 0, version: '0.13.4' }],
  '0.14.2': [{ from: 0, version: '0.14.2' }],
  'all eras': undefined,
  'from the beginning': [
    { from: 0, version: 'pre-0.7' },
    { from: 2, version: '0.7.0' },
    { from: 4, version: '0.9.1' },
    { from: 5, version: '0.10.3' },
    { from: 8, version: '0.11.0' },
    { from: 10, version: '0.13.4' },
  ],
} as const

const create = (schedule: keyof typeof SCHEDULES, seed = 7) =>
  createSimulatedChain({ seed, blocks: BLOCKS, schedule: SCHEDULES[schedule], kernel })

async function inspect(by: Kernel, { answers, network }: SimulatedChain, number: number) {
  const [answer, signature] = [await blockText(answers, number), await answers.signature(number)]
  return inspectBlock(by, { answer, signature }, [network])
}

async function allTexts({ answers }: SimulatedChain): Promise<string[]> {
  const texts: string[] = []
  for (let number = 0; number < BLOCKS; number++) {
    texts.push(String(await blockText(answers, number)), String(await answers.signature(number)))
  }
  return texts
}

describe('the seed', () => {
  test('gives the same bytes each time, also when blocks are asked for out of order', async () => {
    const [a, b] = [await create('all eras'), await create('all eras')]
    await blockText(b.answers, BLOCKS - 1)
    expect(await allTexts(b)).toEqual(await allTexts(a))
    expect(b.network).toEqual(a.network)
  })

  test('and another seed gives another chain under another key', async () => {
    const [a, b] = [await create('all eras', 7), await create('all eras', 8)]
    expect(b.network.publicKey).not.toEqual(a.network.publicKey)
    for (const [i, text] of (await allTexts(b)).entries()) expect(text).not.toBe((await allTexts(a))[i])
  })

  test('a longer chain begins with the shorter one', async () => {
    const short = await createSimulatedChain({ seed: 7, blocks: 5, kernel })
    expect(await blockText(short.answers, 4)).toEqual(await blockText((await create('all eras')).answers, 4))
  })
})

describe.each(Object.keys(SCHEDULES) as (keyof typeof SCHEDULES)[])('a chain of %s', (name) => {
  let chain: SimulatedChain
  let answers: FeederAnswers
  let network: Network

  beforeAll(async () => {
    chain = await create(name)
    ;({ answers, network } = chain)
  })

  test('passes every check that its blocks have', async () => {
    expect(network).toMatchObject({ name: 'demo', l1CoreContract: expect.stringMatching(/^0x[0-9a-fA-F]{40}$/) })
    for (let number = 0; number < BLOCKS; number++) {
      const { checks, era } = await inspect(kernel, chain, number)
      for (const check of CHECK_NAMES) {
        expect([number, check, checks[check].status]).toEqual([number, check, expectedStatus(check, era, checks)])
      }
    }
  })

  test('has the state roots of an oracle, each on top of the one before', async () => {
    const oracle = new StateOracle()
    let root = '0x0'
    for (let number = 0; number < BLOCKS; number++) {
      const { block, state_update: update } = await printedBlock(answers, number)
      oracle.apply(update)
      expect([number, update.old_root]).toEqual([number, root])
      root = `0x${oracle.root(isAtLeast(block.starknet_version, '0.14.0')).toString(16)}`
      expect([number, update.new_root, block['state_root']]).toEqual([number, root, root])
    }
  })

  test('has a parent for each block, and 0x1 holds the hashes of ten blocks before', async () => {
    const hashes = ['0x0']
    for (let number = 0; number < BLOCKS; number++) {
      const { block, state_update: update } = await printedBlock(answers, number)
      expect([block['block_number'], block['parent_block_hash']]).toEqual([number, hashes.at(-1)])
      hashes.push(String(block['block_hash']))
      const old = number - 10
      const entry = { key: `0x${old.toString(16)}`, value: hashes[old + 1] }
      const isKept = old >= 0 && isAtLeast(block.starknet_version, '0.12.2')
      expect(update.state_diff.storage_diffs['0x1']).toEqual(isKept ? [entry] : undefined)
    }
  })

  test('serves the class of every hash that a block names, and the compiled class of every leaf', async () => {
    const named = new Set<string>()
    /** By class hash: the version of the compiled class hash and its value, of declaration and migration. */
    const leaves = new Map<string, [version: 1 | 2, hash: string][]>()
    for (let number = 0; number < BLOCKS; number++) {
      const { block, state_update: update } = await printedBlock(answers, number)
      const diff = update.state_diff
      for (const { class_hash } of [...diff.deployed_contracts, ...diff.replaced_classes]) named.add(class_hash)
      const version = isAtLeast(block.starknet_version, '0.14.1') ? 2 : 1
      for (const leaf of [...diff.declared_classes, ...(diff.migrated_compiled_classes ?? [])]) {
        leaves.set(leaf.class_hash, [...(leaves.get(leaf.class_hash) ?? []), [version, leaf.compiled_class_hash]])
      }
    }
    expect(named.size).toBeGreaterThan(2)
    for (const hash of [...named, ...leaves.keys()]) {
      const report = inspectClass(kernel, String(await answers.classByHash(hash)))
      expect(report.kind !== 'casm' && hexOf(report.classHash)).toBe(hash)
      const compiled = await answers.compiledClassByHash(hash)
      expect(compiled !== undefined).toBe(report.kind === 'sierra')
      if (compiled === undefined) continue
      const casm = inspectClass(kernel, String(compiled))
      if (casm.kind !== 'casm') throw new Error(`the compiled class of ${hash} is none`)
      const hashes = { 1: hexOf(casm.compiledClassHashV1), 2: hexOf(casm.compiledClassHashV2) }
      for (const [version, leaf] of leaves.get(hash)!) expect(leaf).toBe(hashes[version])
    }
  })
})

describe('what happens in a dozen blocks', () => {
  const kindsOf = async (schedule: keyof typeof SCHEDULES) => {
    const { answers } = await create(schedule)
    const kinds = new Set<string>()
    const parts = new Set<string>()
    const values = new Map<string, string>()
    for (let number = 0; number < BLOCKS; number++) {
      const { block, state_update: update } = await printedBlock(answers, number)
      if (block.transactions.length === 0) kinds.add('empty block')
      for (const tx of block.transactions) kinds.add(`${tx['type']} ${tx['version']}`)
      for (const receipt of block.transaction_receipts) {
        kinds.add(String(receipt['execution_status']))
        if (receipt.l2_to_l1_messages.length > 0) kinds.add('message')
      }
      const { storage_diffs: storage, ...rest } = update.state_diff
      for (const [part, list] of Object.entries(rest)) if (Object.keys(list).length > 0) parts.add(part)
      if ('0x2' in storage) parts.add('0x2')
      for (const [address, entries] of Object.entries(storage)) {
        for (const { key, value } of entries) {
          const before = values.get(`${address} ${key}`) ?? '0x0'
          if (value === '0x0') parts.add(before === '0x0' ? 'zero over zero' : 'deletion')
          values.set(`${address} ${key}`, value)
        }
      }
    }
    return { kinds: [...kinds].sort(), parts: [...parts].sort() }
  }
  const ALWAYS = ['L1_HANDLER 0x0', 'REVERTED', 'SUCCEEDED', 'empty block', 'message']
  const V1 = ['DECLARE 0x0', 'DECLARE 0x1', 'DECLARE 0x2', 'DEPLOY_ACCOUNT 0x1', 'INVOKE_FUNCTION 0x1']
  const V3 = ['DECLARE 0x3', 'DEPLOY_ACCOUNT 0x3', 'INVOKE_FUNCTION 0x3']
  const ZEROS = ['deletion', 'zero over zero']
  const PARTS = ['declared_classes', 'deployed_contracts', 'nonces', 'replaced_classes', ...ZEROS]
  const OLD = 'old_declared_contracts'

  const OPEN = ['INVOKE_FUNCTION 0x0', 'DEPLOY 0x0']
  const OLDEST = ['L1_HANDLER 0x0', 'SUCCEEDED', 'empty block', 'message', ...OPEN]
  const OLDEST_PARTS = ['deployed_contracts', ...ZEROS]

  test.each([
    ['pre-0.7', OLDEST, OLDEST_PARTS],
    ['0.7.0', OLDEST, OLDEST_PARTS],
    ['0.9.1', [...OLDEST, 'DECLARE 0x0'], [...OLDEST_PARTS, OLD]],
    [
      '0.10.3',
      [...OLDEST, 'DEPLOY 0x1', 'DECLARE 0x0', 'DECLARE 0x1', 'DEPLOY_ACCOUNT 0x1', 'INVOKE_FUNCTION 0x1'],
      [...OLDEST_PARTS, OLD, 'nonces'],
    ],
    ['0.11.2', [...ALWAYS.filter((kind) => kind !== 'REVERTED'), ...V1], [...PARTS, OLD]],
    ['0.12.3', [...ALWAYS, ...V1], [...PARTS, OLD]],
    ['0.13.2.1', [...ALWAYS, ...V1, ...V3], [...PARTS, OLD]],
    ['0.13.4', [...ALWAYS, ...V1, ...V3], [...PARTS, OLD, '0x2']],
    ['0.14.2', [...ALWAYS, ...V3], [...PARTS, '0x2']],
    ['all eras', [...ALWAYS, ...V1, ...V3], [...PARTS, OLD, '0x2', 'migrated_compiled_classes']],
  ] as const)('%s', async (schedule, kinds, parts) => {
    expect(await kindsOf(schedule)).toEqual({ kinds: [...kinds].sort(), parts: [...parts].sort() })
  })
})

test.each(['tiny', 'mainnet-like'] as const)('contract 0x2 of %s numbers what is named first', async (profile) => {
  const schedule = SCHEDULES['0.13.4']
  const { answers } = await createSimulatedChain({ seed: 7, blocks: 6, profile, stateCells: 0, schedule, kernel })
  const numbers = new Map<string, bigint>()
  for (let number = 0; number < 6; number++) {
    const { state_diff: diff } = (await printedBlock(answers, number)).state_update
    for (const { key, value } of diff.storage_diffs['0x2'] ?? []) {
      if (key === '0x0') continue
      expect(numbers.has(key)).toBe(false)
      numbers.set(key, BigInt(value))
    }
    const next = diff.storage_diffs['0x2']?.find(({ key }) => key === '0x0')?.value
    if (next !== undefined) expect(BigInt(next)).toBe(0x80n + BigInt(numbers.size))
  }
  const given = [...numbers.values()].sort((a, b) => Number(a - b))
  expect(given).toEqual(given.map((_, i) => 0x80n + BigInt(i)))
  expect(given.length).toBeGreaterThan(20)
})

test.each([
  ['pre-0.7', 0],
  ['0.7.0', 1],
  ['0.9.1', undefined],
] as const)('messages from L1 hash as they did in %s', async (schedule, form) => {
  const { answers, network } = await create(schedule)
  const [chainId] = network.chainIds
  let seen = 0
  for (let number = 0; number < BLOCKS; number++) {
    for (const printed of (await printedBlock(answers, number)).block.transactions) {
      if (printed['type'] !== 'L1_HANDLER') continue
      const text = (name: string) => felt(String(printed[name]))
      const transaction: Transaction = {
        type: 'l1_handler',
        version: 0,
        hash: text('transaction_hash'),
        contractAddress: text('contract_address'),
        entryPointSelector: text('entry_point_selector'),
        calldata: packFelts((printed['calldata'] as string[]).map((value) => felt(value))),
        nonce: printed['nonce'] === undefined ? undefined : text('nonce'),
      }
      expect(transaction.nonce === undefined).toBe(form === 0)
      const legacy = runHashing(kernel, legacyTransactionHashes(transaction, chainId!))
      const modern = runHashing(kernel, transactionHash(transaction, chainId!))
      expect(transaction.hash).toEqual(form === undefined ? modern : legacy[form])
      seen += 1
    }
  }
  expect(seen).toBeGreaterThan(0)
})

describe('by the reference kernel', () => {
  test('blocks of both kinds of hashes pass, and the first block comes out the same', async () => {
    const reference = await createKernel({ backend: 'reference' })
    const chain = await create('all eras')
    for (const number of [2, 11]) {
      const { checks } = await inspect(reference, chain, number)
      for (const check of CHECK_NAMES) expect(['ok', 'not_applicable']).toContain(checks[check].status)
      expect(checks.block_hash.status).toBe('ok')
    }
    const again = await createSimulatedChain({ seed: 7, blocks: 1, kernel: reference })
    expect(await blockText(again.answers, 0)).toEqual(await blockText(chain.answers, 0))
  })
})

test.each([
  { seed: 0.5, blocks: 1 },
  { seed: 1, blocks: 0 },
  { seed: 1, blocks: 10_001 },
  { seed: 1, blocks: 1, blockTimeMs: 0 },
  { seed: 1, blocks: 1, schedule: [] },
  { seed: 1, blocks: 1, schedule: [{ from: 1, version: '0.13.4' }] },
  { seed: 1, blocks: 1, schedule: [{ from: 0, version: 'newest' }] },
  { seed: 1, blocks: 1, reorgs: [{ at: 3, depth: 4 }] },
  {
    seed: 1,
    blocks: 1,
    schedule: [
      { from: 0, version: '0.13.4' },
      { from: 0, version: '0.14.0' },
    ],
  },
  {
    seed: 1,
    blocks: 1,
    schedule: [
      { from: 0, version: '0.14.0' },
      { from: 4, version: '0.13.4' },
    ],
  },
])('is refused: %j', async (options) => {
  await expect(createSimulatedChain({ ...options, kernel })).rejects.toThrow(RangeError)
})

test('a version that nobody knows is refused by name', async () => {
  const schedule = [{ from: 0, version: '0.15.0' }]
  await expect(createSimulatedChain({ seed: 1, blocks: 1, schedule, kernel })).rejects.toThrow(/"0.15.0"/)
})

/** What a check of a right block says under the rules of its era; the oldest blocks print zeros for commitments. */
function expectedStatus(check: CheckName, era: Era, checks: BlockReport['checks']): CheckStatus {
  if (era.commitments === 'pedersen' && /^(receipt|state_diff)_/.test(check)) return 'not_applicable'
  if (check === 'event_commitment' && era.blockHash === 'F0') return 'not_applicable'
  const isZeroed = /^(transaction|event)_commitment$/.test(check) && hexOf(checks[check].expected ?? ZERO) === '0x0'
  return isZeroed && hexOf(checks[check].computed ?? ZERO) !== '0x0' ? 'absent' : 'ok'
}

function hexOf(bytes: Uint8Array): string {
  return `0x${BigInt(`0x${Buffer.from(bytes).toString('hex')}`).toString(16)}`
}
