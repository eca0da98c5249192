import { describe, expect, test } from 'vitest'
import { felt, hexFromFelt, ONE, ZERO } from '../base/felt.ts'
import { decodeBlock } from './decode-block.ts'
import { DecodeError, JsonReader, parseAnswer } from './json-reader.ts'
import { feltsIn, feltTextsIn, hexOfText } from './testing/felts-in.ts'
import { hasFixtures, listFixtures, NEEDS_FIXTURES, readFixture } from './testing/fixtures.ts'
import { BLOCK } from './testing/samples.ts'

const decode = (json: object) => decodeBlock(new JsonReader(json))

const { l1_gas_price: _1, l1_data_gas_price: _2, l2_gas_price: _3, ...WITHOUT_PRICES } = BLOCK

test('everything', () => {
  const block = decode(BLOCK)
  expect(block.header).toEqual({
    number: 1234,
    hash: felt('0xb1'),
    parentHash: felt('0xb2'),
    stateRoot: felt('0xb3'),
    timestamp: 1_700_000_000,
    sequencerAddress: felt('0xbe'),
    version: '0.13.2.1',
    status: 'ACCEPTED_ON_L1',
    l1DataMode: 'BLOB',
    l1GasPrice: { wei: felt('0xb8'), fri: felt('0xb9') },
    l1DataGasPrice: { wei: felt('0xba'), fri: felt('0xbb') },
    l2GasPrice: { wei: felt('0xbc'), fri: felt('0xbd') },
    transactionCommitment: felt('0xb4'),
    eventCommitment: felt('0xb5'),
    receiptCommitment: felt('0xb6'),
    stateDiffCommitment: felt('0xb7'),
    stateDiffLength: 12,
  })
  expect(block.transactions.map(({ hash }) => hexFromFelt(hash))).toEqual(
    BLOCK.transactions.map((transaction) => transaction.transaction_hash),
  )
  expect(block.receipts.length).toBe(block.transactions.length)
})

test.each([null, undefined])('fields that came later, all %s', (absent) => {
  const later = {
    starknet_version: absent,
    sequencer_address: absent,
    l1_da_mode: absent,
    transaction_commitment: absent,
    event_commitment: absent,
    receipt_commitment: absent,
    state_diff_commitment: absent,
    state_diff_length: absent,
  }
  expect(decode({ ...BLOCK, ...later }).header).toMatchObject({
    version: undefined,
    sequencerAddress: undefined,
    l1DataMode: 'CALLDATA',
    transactionCommitment: undefined,
    eventCommitment: undefined,
    receiptCommitment: undefined,
    stateDiffCommitment: undefined,
    stateDiffLength: undefined,
  })
})

test('an empty version is none', () => {
  expect(decode({ ...BLOCK, starknet_version: '' }).header.version).toBeUndefined()
})

test('the root under its other name, and without 0x', () => {
  const root = `${'0'.repeat(60)}12ab`
  expect(decode({ ...BLOCK, state_root: root }).header.stateRoot).toEqual(felt('0x12ab'))
  const { state_root, ...others } = BLOCK
  expect(decode({ ...others, state_commitment: state_root }).header.stateRoot).toEqual(felt('0xb3'))
})

describe('gas prices', () => {
  const unit = { wei: ONE, fri: ONE }

  test.each<[string, object, object]>([
    ['none, in the oldest recordings', {}, { l1: { wei: ZERO, fri: ZERO }, data: unit, l2: unit }],
    ['one, until 0.12', { gas_price: '0x7' }, { l1: { wei: felt('0x7'), fri: ZERO }, data: unit, l2: unit }],
    [
      'two, in 0.13.0',
      { eth_l1_gas_price: '0x7', strk_l1_gas_price: '0x8' },
      { l1: { wei: felt('0x7'), fri: felt('0x8') }, data: unit, l2: unit },
    ],
    [
      'pairs, from 0.13.1',
      {
        l1_gas_price: { price_in_wei: '0x7', price_in_fri: '0x8' },
        l1_data_gas_price: { price_in_wei: '0x9', price_in_fri: '0xa' },
      },
      { l1: { wei: felt('0x7'), fri: felt('0x8') }, data: { wei: felt('0x9'), fri: felt('0xa') }, l2: unit },
    ],
  ])('%s', (_, prices, { l1, data, l2 }: { l1?: object; data?: object; l2?: object }) => {
    const { header } = decode({ ...WITHOUT_PRICES, ...prices })
    expect([header.l1GasPrice, header.l1DataGasPrice, header.l2GasPrice]).toEqual([l1, data, l2])
  })
})

test.each<[string, object]>([
  ['status', { status: 'PENDING', block_hash: undefined }],
  ['status', { status: 'PRE_CONFIRMED', block_hash: undefined }],
  ['status', { status: 'ABORTED' }],
  ['status', { status: 'REVERTED' }],
  ['status', { status: 'accepted_on_l2' }],
  ['block_number', { block_number: 2 ** 32 }],
  ['block_number', { block_number: -1 }],
  ['block_number', { block_number: '7' }],
  ['timestamp', { timestamp: 1.5 }],
  ['starknet_version', { starknet_version: '0.'.repeat(16) }],
  ['starknet_version', { starknet_version: '0.13\n' }],
  ['l1_da_mode', { l1_da_mode: 'blob' }],
  ['state_root', { state_root: undefined }],
  ['l1_gas_price.price_in_fri', { l1_gas_price: { price_in_wei: '0x1' } }],
  ['transactions[1]', { transactions: [BLOCK.transactions[0], 7] }],
  ['transaction_receipts', { transaction_receipts: BLOCK.transaction_receipts.slice(1) }],
  ['transaction_receipts', { transactions: BLOCK.transactions.slice(1) }],
  ['transaction_receipts[0].transaction_hash', { transaction_receipts: BLOCK.transaction_receipts.toReversed() }],
])('refuses a block for its %s: %j', (path, fields) => {
  const decodeBroken = () => decode({ ...BLOCK, ...fields })
  expect(decodeBroken).toThrow(DecodeError)
  expect(decodeBroken).toThrow(expect.objectContaining({ data: expect.objectContaining({ path }) }))
})

test('says that a block is not closed yet', () => {
  expect(() => decode({ ...BLOCK, status: 'PENDING' })).toThrow('status is PENDING: this is not an accepted block')
})

describe.skipIf(!hasFixtures)(`recorded blocks${NEEDS_FIXTURES}`, () => {
  const files = [
    ...listFixtures('block').map(({ name, read }) => ({ name, reader: () => parseAnswer(read()) })),
    ...listFixtures('state_update_with_block').map(({ name, read }) => ({
      name,
      reader: () => parseAnswer(read()).object('block'),
    })),
  ]

  test('are all there', () => {
    expect(files.length).toBe(106)
  })

  test.each(files)('$name', ({ name, reader }) => {
    const json = JSON.parse(JSON.stringify(reader().value))
    const { header, transactions, receipts } = decodeBlock(reader())
    expect(header.number).toBe(Number(name.split('/').at(-1)))
    expect(hexFromFelt(header.hash)).toBe(json.block_hash)
    expect(hexFromFelt(header.parentHash)).toBe(json.parent_block_hash)
    expect(hexFromFelt(header.stateRoot)).toBe(hexOfText(json.state_root))
    expect(header.version).toBe(json.starknet_version ?? undefined)
    const notFelts = ['type', 'version', 'entry_point_type', 'resource_bounds', 'tip']
    const isRenamed = json.transactions.some((transaction: object) => 'entry_point_type' in transaction)
    if (!isRenamed) expect(feltsIn(transactions)).toEqual(feltTextsIn(json.transactions, notFelts))
    const notKept = ['transaction_hash', 'execution_status', 'revert_error', 'l1_to_l2_consumed_message']
    expect(feltsIn(receipts)).toEqual(feltTextsIn(json.transaction_receipts, notKept))
    expect(transactions.map(({ hash }) => hexFromFelt(hash))).toEqual(
      json.transaction_receipts.map((receipt: { transaction_hash: string }) => receipt.transaction_hash),
    )
    const steps = json.transaction_receipts.map(
      (receipt: { execution_resources?: { n_steps: number } }) => receipt.execution_resources?.n_steps,
    )
    expect(receipts.map(({ resources }) => resources?.steps)).toEqual(steps)
  })

  test('an old block has the same header in the shape of its time and in a later one', () => {
    const commitments = { transactionCommitment: undefined, eventCommitment: undefined }
    for (const number of [0, 1, 2]) {
      const then = decodeBlock(parseAnswer(readFixture(`mainnet/block/${number}.json`))).header
      const now = decodeBlock(
        parseAnswer(readFixture(`mainnet/state_update_with_block/${number}.json`)).object('block'),
      )
      expect({ ...now.header, ...commitments }).toEqual({ ...then, ...commitments })
    }
  })

  test.each(['sepolia', 'sepolia-integration', 'integration'])('the pending block of %s is refused', (network) => {
    const files = listFixtures('pending').filter(({ name }) => name.startsWith(`${network}/`))
    const file = files.find(({ name }) => !name.endsWith('/state_update'))
    const answer = parseAnswer(file!.read())
    expect(() => decodeBlock(answer.has('block') ? answer.object('block') : answer)).toThrow(/status is PENDING/)
  })
})
