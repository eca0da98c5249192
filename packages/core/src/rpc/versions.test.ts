import { describe, expect, test } from 'vitest'
import { hexFromFelt } from '../base/felt.ts'
import type { JsonValue } from '../base/json.ts'
import { createAsk, type MethodName } from './testing/ask.ts'
import {
  ACCOUNT,
  CAIRO0_CLASS,
  OTHER,
  openSampleStore,
  SAMPLE_BLOCKS,
  SIERRA_CLASS,
  SLOT,
} from './testing/sample-node.ts'
import { SAMPLE_TRANSACTIONS } from './testing/sample-transactions.ts'
import { NEEDS_SPEC, readSpec, SPEC_DIR, Spec } from './testing/spec.ts'
import { V0_10 } from './versions.ts'

const ask = createAsk()

const METHODS = Object.keys(V0_10) as MethodName[]

const error = (code: number, message: string) => ({ error: { code, message } })
const BLOCK_NOT_FOUND = error(24, 'Block not found')
const CONTRACT_NOT_FOUND = error(20, 'Contract not found')

const address = hexFromFelt
const latest = { block_id: 'latest' }
const at = (number: number) => ({ block_id: { block_number: number } })

const headerJson = (number: number) => {
  const named = (part: number) => `0x${(0xb0000 + 0x100 * number + part).toString(16)}`
  return {
    block_hash: named(1),
    parent_hash: number === 0 ? '0x0' : `0x${(0xb0000 + 0x100 * (number - 1) + 1).toString(16)}`,
    block_number: number,
    new_root: named(2),
    timestamp: 1_700_000_000 + number,
    sequencer_address: named(3),
    l1_gas_price: { price_in_wei: named(4), price_in_fri: named(5) },
    l1_data_gas_price: { price_in_wei: named(6), price_in_fri: named(7) },
    l2_gas_price: { price_in_wei: named(8), price_in_fri: named(9) },
    l1_da_mode: number < 2 ? 'CALLDATA' : 'BLOB',
    starknet_version: ['', '0.11.0', '0.14.1', '0.14.1'][number],
    transaction_commitment: named(10),
    event_commitment: named(11),
    receipt_commitment: named(12),
    state_diff_commitment: named(13),
    state_diff_length: 14 + number,
    transaction_count: SAMPLE_BLOCKS[number]!.transactions.length,
    event_count: 15 + number,
    status: 'ACCEPTED_ON_L2',
  }
}

describe('the chain', () => {
  test('answers', async () => {
    expect(await ask('starknet_specVersion')).toBe('0.10.3')
    expect(await ask('starknet_chainId')).toBe('0x534e5f53414d504c45')
    expect(await ask('starknet_blockNumber')).toBe(3)
    expect(await ask('starknet_blockHashAndNumber')).toEqual({ block_hash: '0xb0301', block_number: 3 })
    expect(await ask('starknet_syncing')).toBe(false)
  })

  test('syncing tells where it began, is and goes', async () => {
    const status = { startingNumber: 1, startingHash: ACCOUNT, highestNumber: 9, highestHash: OTHER }
    const expected = {
      starting_block_hash: address(ACCOUNT),
      starting_block_num: 1,
      current_block_hash: '0xb0301',
      current_block_num: 3,
      highest_block_hash: address(OTHER),
      highest_block_num: 9,
    }
    expect(await createAsk({ syncStatus: () => status })('starknet_syncing')).toEqual(expected)
    const empty = createAsk({ syncStatus: () => status, store: openSampleStore([]) })
    expect(await empty('starknet_syncing')).toEqual({ ...expected, current_block_hash: '0x0', current_block_num: 0 })
  })

  test('without a block', async () => {
    const empty = createAsk({ store: openSampleStore([]) })
    expect(await empty('starknet_blockNumber')).toEqual(error(32, 'There are no blocks'))
    expect(await empty('starknet_blockHashAndNumber')).toEqual(error(32, 'There are no blocks'))
    expect(await empty('starknet_getBlockWithTxs', latest)).toEqual(BLOCK_NOT_FOUND)
    expect(await empty('starknet_getTransactionReceipt', { transaction_hash: '0x1000' })).toHaveProperty(
      'error.code',
      29,
    )
    expect(await empty('starknet_chainId')).toBe('0x534e5f53414d504c45')
  })
})

describe('blocks', () => {
  test.each(SAMPLE_BLOCKS.map(({ header }) => header.number))('block %i in its three forms', async (number) => {
    const header = headerJson(number)
    const { transactions } = SAMPLE_BLOCKS[number]!
    const hashes = transactions.map(({ receiptJson }) => receiptJson.transaction_hash)
    expect(await ask('starknet_getBlockWithTxHashes', at(number))).toEqual({ ...header, transactions: hashes })
    expect(await ask('starknet_getBlockWithTxs', at(number))).toEqual({
      ...header,
      transactions: transactions.map(({ json, receiptJson }) => ({
        ...json,
        transaction_hash: receiptJson.transaction_hash,
      })),
    })
    expect(await ask('starknet_getBlockWithReceipts', at(number))).toEqual({
      ...header,
      transactions: transactions.map(({ json, receiptJson }) => ({ transaction: json, receipt: receiptJson })),
    })
    expect(await ask('starknet_getBlockTransactionCount', at(number))).toBe(transactions.length)
  })

  test('proof facts are told when they are asked for', async () => {
    const params = { ...at(2), response_flags: ['INCLUDE_PROOF_FACTS'] }
    const withFacts = SAMPLE_BLOCKS[2]!.transactions.map(({ json, proofFacts }) =>
      proofFacts === undefined ? json : { ...json, proof_facts: proofFacts },
    )
    const withTxs = { transactions: withFacts.map((json) => expect.objectContaining(json)) }
    expect(await ask('starknet_getBlockWithTxs', params)).toMatchObject(withTxs)
    const withReceipts = { transactions: withFacts.map((json) => ({ transaction: json })) }
    expect(await ask('starknet_getBlockWithReceipts', params)).toMatchObject(withReceipts)
    expect(await ask('starknet_getBlockWithTxs', { ...at(2), response_flags: [] })).toEqual(
      await ask('starknet_getBlockWithTxs', at(2)),
    )
  })

  test.each<[JsonValue, number | undefined]>([
    ['latest', 3],
    [{ block_number: 1 }, 1],
    [{ block_hash: '0xb0201' }, 2],
    [{ block_hash: '0x00B0201' }, 2],
    [{ block_number: 4 }, undefined],
    [{ block_number: 2 ** 32 }, undefined],
    [{ block_number: 2 ** 53 }, undefined],
    [{ block_number: 1e300 }, undefined],
    [{ block_hash: '0xb0202' }, undefined],
    ['l1_accepted', undefined],
    ['pre_confirmed', undefined],
  ])('block id %j', async (block_id, number) => {
    const methods = METHODS.filter((method) => Object.hasOwn(V0_10[method].params, 'block_id'))
    expect(methods.length).toBe(11)
    const others = { contract_address: address(ACCOUNT), class_hash: address(CAIRO0_CLASS), key: '0x1', index: 0 }
    for (const method of methods) {
      const names = Object.keys(V0_10[method].params)
      const params = {
        ...Object.fromEntries(Object.entries(others).filter(([name]) => names.includes(name))),
        block_id,
      }
      const answer = await ask(method, params)
      if (number === undefined) expect(answer).toEqual(BLOCK_NOT_FOUND)
      else if (!names.includes('index')) expect(answer).toEqual(await ask(method, { ...params, ...at(number) }))
    }
    const block = await ask('starknet_getBlockWithTxHashes', { block_id })
    expect(block).toMatchObject(number === undefined ? BLOCK_NOT_FOUND : { block_number: number })
  })

  test('what L1 accepted', async () => {
    const known = createAsk({ l1Head: () => 1 })
    expect(await known('starknet_getBlockWithTxHashes', { block_id: 'l1_accepted' })).toMatchObject({
      block_number: 1,
      status: 'ACCEPTED_ON_L1',
    })
    expect(await known('starknet_getBlockWithTxs', at(0))).toHaveProperty('status', 'ACCEPTED_ON_L1')
    const above = await known('starknet_getBlockWithReceipts', at(2))
    expect(above).toMatchObject({ status: 'ACCEPTED_ON_L2' })
    expect(above).toHaveProperty('transactions.0.receipt.finality_status', 'ACCEPTED_ON_L2')
    const { hash } = SAMPLE_TRANSACTIONS.l1Handler.tx
    const receipt = await known('starknet_getTransactionReceipt', { transaction_hash: hexFromFelt(hash) })
    expect(receipt).toHaveProperty('finality_status', 'ACCEPTED_ON_L1')
    const ahead = createAsk({ l1Head: () => 9 })
    expect(await ahead('starknet_getBlockTransactionCount', { block_id: 'l1_accepted' })).toEqual(BLOCK_NOT_FOUND)
  })
})

describe('transactions', () => {
  const places = SAMPLE_BLOCKS.flatMap(({ header, transactions }) =>
    transactions.map((sample, index) => ({ ...sample, index, number: header.number, block: header.hash })),
  )

  test('all types and versions are there', () => {
    const names = Object.values(SAMPLE_TRANSACTIONS).map(({ tx }) => `${tx.type} ${tx.version}`)
    expect(new Set(names).size).toBe(12)
    expect(places).toHaveLength(names.length)
  })

  test.each(places)('$tx.type $tx.version', async ({ json, proofFacts, receiptJson, index, number, block }) => {
    const { transaction_hash } = receiptJson
    const expected = { ...json, transaction_hash }
    expect(await ask('starknet_getTransactionByHash', { transaction_hash })).toEqual(expected)
    expect(await ask('starknet_getTransactionByBlockIdAndIndex', { ...at(number), index })).toEqual(expected)
    expect(await ask('starknet_getTransactionReceipt', { transaction_hash })).toEqual({
      ...receiptJson,
      block_hash: hexFromFelt(block),
      block_number: number,
    })
    const withFacts = proofFacts === undefined ? expected : { ...expected, proof_facts: proofFacts }
    const response_flags = ['INCLUDE_PROOF_FACTS']
    expect(await ask('starknet_getTransactionByHash', { transaction_hash, response_flags })).toEqual(withFacts)
    expect(await ask('starknet_getTransactionByBlockIdAndIndex', { ...at(number), index, response_flags })).toEqual(
      withFacts,
    )
  })

  test('that are not there', async () => {
    const unknown = error(29, 'Transaction hash not found')
    expect(await ask('starknet_getTransactionByHash', { transaction_hash: '0x1' })).toEqual(unknown)
    expect(await ask('starknet_getTransactionReceipt', { transaction_hash: '0x1' })).toEqual(unknown)
    const outside = error(27, 'Invalid transaction index in a block')
    for (const index of [2, 2 ** 32, 2 ** 60]) {
      expect(await ask('starknet_getTransactionByBlockIdAndIndex', { ...at(0), index })).toEqual(outside)
    }
    expect(await ask('starknet_getTransactionByBlockIdAndIndex', { ...latest, index: 0 })).toEqual(outside)
    expect(await ask('starknet_getTransactionByBlockIdAndIndex', { ...at(0), index: -1 })).toEqual({
      error: { code: -32602, message: 'Invalid params', data: 'index is not an integer from 0' },
    })
  })
})

describe('state updates', () => {
  test('block 0', async () => {
    expect(await ask('starknet_getStateUpdate', at(0))).toEqual({
      block_hash: '0xb0001',
      old_root: '0x0',
      new_root: '0xb0002',
      state_diff: {
        storage_diffs: [
          { address: '0x1', storage_entries: [{ key: '0x0', value: '0x80' }] },
          { address: '0xacc', storage_entries: [{ key: '0x5107', value: '0x99' }] },
        ],
        deprecated_declared_classes: ['0xc0'],
        declared_classes: [],
        migrated_compiled_classes: [],
        deployed_contracts: [{ address: '0xacc', class_hash: '0xc0' }],
        replaced_classes: [],
        nonces: [],
      },
    })
  })

  test('block 2, all of it and by contract', async () => {
    const classes = {
      deprecated_declared_classes: [],
      declared_classes: [{ class_hash: '0x51e', compiled_class_hash: '0xca5' }],
      migrated_compiled_classes: [{ class_hash: '0x52e', compiled_class_hash: '0xca6' }],
    }
    const roots = { block_hash: '0xb0201', old_root: '0xb0102', new_root: '0xb0202' }
    const ofOther = {
      storage_diffs: [{ address: address(OTHER), storage_entries: [{ key: '0x5107', value: '0x77' }] }],
    }
    const ofAccount = {
      replaced_classes: [{ contract_address: '0xacc', class_hash: '0x51e' }],
      nonces: [{ contract_address: '0xacc', nonce: '0x8' }],
    }
    const none = { storage_diffs: [], deployed_contracts: [], replaced_classes: [], nonces: [] }
    const expected = (parts: object) => ({ ...roots, state_diff: { ...classes, ...none, ...parts } })
    const filtered = (...contracts: string[]) =>
      ask('starknet_getStateUpdate', { ...at(2), contract_addresses: contracts })

    expect(await ask('starknet_getStateUpdate', at(2))).toEqual(expected({ ...ofOther, ...ofAccount }))
    expect(await filtered(address(OTHER), '0x00ACC')).toEqual(expected({ ...ofOther, ...ofAccount }))
    expect(await filtered('0xacc', '0x5')).toEqual(expected(ofAccount))
    expect(await filtered(address(OTHER))).toEqual(expected(ofOther))
    expect(await filtered()).toEqual(expected({}))
    const deployed = await ask('starknet_getStateUpdate', { ...at(1), contract_addresses: [address(OTHER)] })
    expect(deployed).toHaveProperty('state_diff.deployed_contracts', [{ address: address(OTHER), class_hash: '0xc0' }])
    expect(await ask('starknet_getStateUpdate', { ...at(1), contract_addresses: ['0xacc'] })).toHaveProperty(
      'state_diff.deployed_contracts',
      [],
    )
  })
})

describe('contracts', () => {
  const storage = (contract: Uint8Array | string, key: string, number: number, flag?: true) =>
    ask('starknet_getStorageAt', {
      contract_address: typeof contract === 'string' ? contract : address(contract),
      key,
      ...at(number),
      ...(flag && { response_flags: ['INCLUDE_LAST_UPDATE_BLOCK'] }),
    })
  const slot = address(SLOT)

  test('storage, block by block', async () => {
    expect(await storage(ACCOUNT, slot, 0)).toBe('0x99')
    expect(await storage(ACCOUNT, slot, 1)).toBe('0x0')
    expect(await storage(ACCOUNT, '0x5', 3)).toBe('0x0')
    expect(await storage(OTHER, slot, 0)).toEqual(CONTRACT_NOT_FOUND)
    expect(await storage(OTHER, slot, 1)).toBe('0x0')
    expect(await storage(OTHER, slot, 3)).toBe('0x77')
    const noFlags = { contract_address: address(OTHER), key: slot, ...latest, response_flags: [] }
    expect(await ask('starknet_getStorageAt', noFlags)).toBe('0x77')
    expect(await storage('0x123', slot, 3)).toEqual(CONTRACT_NOT_FOUND)
    expect(await ask('starknet_getStorageAt', { contract_address: '0x123', key: '0x1', ...at(9) })).toEqual(
      BLOCK_NOT_FOUND,
    )
  })

  test('storage of the system contracts, touched or not', async () => {
    expect(await storage('0x1', '0x0', 0)).toBe('0x80')
    expect(await storage('0x01', '0x7', 3)).toBe('0x0')
    expect(await storage('0x2', '0x0', 3)).toBe('0x0')
    expect(await storage('0x2', '0x0', 3, true)).toEqual({ value: '0x0', last_update_block: 0 })
    const untouched = createAsk({ store: openSampleStore([SAMPLE_BLOCKS[3]!]) })
    for (const contract_address of ['0x1', '0x2']) {
      expect(await untouched('starknet_getStorageAt', { contract_address, key: '0x0', ...latest })).toBe('0x0')
    }
  })

  test('storage with the block of its last update', async () => {
    expect(await storage(ACCOUNT, slot, 0, true)).toEqual({ value: '0x99', last_update_block: 0 })
    expect(await storage(ACCOUNT, slot, 3, true)).toEqual({ value: '0x0', last_update_block: 1 })
    expect(await storage(OTHER, slot, 1, true)).toEqual({ value: '0x0', last_update_block: 0 })
    expect(await storage(OTHER, slot, 3, true)).toEqual({ value: '0x77', last_update_block: 2 })
    expect(await storage(OTHER, slot, 0, true)).toEqual(CONTRACT_NOT_FOUND)
  })

  test('nonces', async () => {
    const nonce = (contract: Uint8Array, number: number) =>
      ask('starknet_getNonce', { contract_address: address(contract), ...at(number) })
    expect([await nonce(ACCOUNT, 0), await nonce(ACCOUNT, 1), await nonce(ACCOUNT, 3)]).toEqual(['0x0', '0x7', '0x8'])
    expect([await nonce(OTHER, 0), await nonce(OTHER, 1)]).toEqual([CONTRACT_NOT_FOUND, '0x1'])
    expect(await ask('starknet_getNonce', { contract_address: '0x1', ...latest })).toEqual(CONTRACT_NOT_FOUND)
  })

  test('class hashes', async () => {
    const classHash = (contract_address: string, number: number) =>
      ask('starknet_getClassHashAt', { contract_address, ...at(number) })
    expect([await classHash('0xacc', 0), await classHash('0xacc', 1), await classHash('0xacc', 2)]).toEqual([
      '0xc0',
      '0xc0',
      '0x51e',
    ])
    expect(await classHash(address(OTHER), 0)).toEqual(CONTRACT_NOT_FOUND)
    for (const system of ['0x1', '0x2']) expect(await classHash(system, 3)).toEqual(CONTRACT_NOT_FOUND)
  })

  test('classes', async () => {
    const ofHash = (hash: Uint8Array, number: number) =>
      ask('starknet_getClass', { class_hash: address(hash), ...at(number) })
    const ofContract = (contract_address: string, number: number) =>
      ask('starknet_getClassAt', { contract_address, ...at(number) })
    const [cairo0, sierra] = [await ofHash(CAIRO0_CLASS, 0), await ofHash(SIERRA_CLASS, 2)]
    expect(Object.keys(cairo0 as object).sort()).toEqual(['abi', 'entry_points_by_type', 'program'])
    expect(sierra).toHaveProperty('sierra_program', ['0x1', '0x0', '0xab'])
    const unknown = error(28, 'Class hash not found')
    expect(await ofHash(SIERRA_CLASS, 1)).toEqual(unknown)
    expect(await ofHash(ACCOUNT, 3)).toEqual(unknown)
    expect([await ofContract('0xacc', 1), await ofContract('0xacc', 2)]).toEqual([cairo0, sierra])
    for (const contract of ['0x1', '0x123']) expect(await ofContract(contract, 3)).toEqual(CONTRACT_NOT_FOUND)
  })
})

describe.skipIf(SPEC_DIR === null)(`the route table is that of the specification${NEEDS_SPEC}`, () => {
  const spec = SPEC_DIR === null ? undefined : new Spec('v0_10')

  test.each(METHODS)('%s', (method) => {
    const params = Object.entries(V0_10[method].params).map(([name, { isOptional }]) => ({
      name,
      isRequired: !isOptional,
    }))
    expect(params).toEqual(spec?.params(method))
  })

  test('version', async () => {
    expect(readSpec('v0_10')['info']).toMatchObject({ version: await ask('starknet_specVersion') })
  })
})
