import { describe, expect, test } from 'vitest'
import { felt, hexFromFelt, packFelts } from '../base/felt.ts'
import { decodePreConfirmed, PRE_CONFIRMED_TRANSACTIONS_MAX } from './decode-pre-confirmed.ts'
import { DecodeError } from './json-reader.ts'
import { hasFixtures, NEEDS_FIXTURES, readFixture } from './testing/fixtures.ts'
import { RECEIPT, TRANSACTIONS } from './testing/samples.ts'

const { invokeV1, invokeV3 } = TRANSACTIONS
const price = { price_in_wei: '0x1', price_in_fri: '0x2' }
const receiptOf = ({ transaction_hash }: { readonly transaction_hash: string }) => ({ ...RECEIPT, transaction_hash })
const diff = (value: string) => ({ storage_diffs: { '0x5': [{ key: '0x6', value }] }, nonces: { '0x5': value } })

/** One executed, one candidate. */
const CLASSIC = {
  status: 'PRE_CONFIRMED',
  timestamp: 1_700_000_000,
  starknet_version: '0.14.0',
  sequencer_address: '0x9',
  l1_da_mode: 'BLOB',
  l1_gas_price: price,
  l1_data_gas_price: price,
  l2_gas_price: price,
  transactions: [invokeV1, invokeV3],
  transaction_receipts: [receiptOf(invokeV1), null],
  transaction_state_diffs: [diff('0x7'), null],
}
const { transactions, transaction_receipts, transaction_state_diffs } = CLASSIC
const DELTA = { changed: true, block_number: 7, block_identifier: '0xab' }

const decode = (answer: object) => decodePreConfirmed(Buffer.from(JSON.stringify(answer)))

test('the classic form: no number, no name', () => {
  const news = decode(CLASSIC)!
  expect(news).toMatchObject({ number: undefined, identifier: undefined })
  expect(news.header).toEqual({
    timestamp: 1_700_000_000,
    version: '0.14.0',
    sequencerAddress: felt(9),
    l1DataMode: 'BLOB',
    l1GasPrice: { wei: felt(1), fri: felt(2) },
    l1DataGasPrice: { wei: felt(1), fri: felt(2) },
    l2GasPrice: { wei: felt(1), fri: felt(2) },
  })
  expect(news.transactions.map(({ hash }) => hexFromFelt(hash))).toEqual(['0x1001', '0x1002'])
  expect(news.receipts).toHaveLength(1)
})

test('what several transactions changed is one difference, the later value of each cell', () => {
  const { stateDiff } = decode({
    ...CLASSIC,
    transaction_receipts: [receiptOf(invokeV1), receiptOf(invokeV3)],
    transaction_state_diffs: [diff('0x7'), diff('0x8')],
  })!
  expect(stateDiff.storage).toEqual([{ address: felt(5), entries: packFelts([felt(6), felt(8)]) }])
  expect(stateDiff.nonces).toEqual(packFelts([felt(5), felt(8)]))
})

test('the form with deltas', () => {
  expect(decode({ ...CLASSIC, ...DELTA })).toMatchObject({
    number: 7,
    identifier: '0xab',
    header: { version: '0.14.0' },
  })
  const items = { transactions, transaction_receipts, transaction_state_diffs }
  expect(decode({ ...items, ...DELTA })).toMatchObject({ number: 7, identifier: '0xab', header: undefined })
  expect(decode({ changed: false })).toBeUndefined()
})

test.each<[string, object, string]>([
  ['another status', { status: 'ACCEPTED_ON_L2' }, 'status'],
  ['fewer receipts', { transaction_receipts: [null] }, 'transaction_receipts'],
  ['no differences', { transaction_state_diffs: undefined }, 'transaction_state_diffs'],
  ['a receipt behind a candidate', { transaction_receipts: [null, receiptOf(invokeV3)] }, 'transaction_receipts'],
  ['a receipt without a difference', { transaction_state_diffs: [null, null] }, 'transaction_state_diffs'],
  [
    'the receipt of another',
    { transaction_receipts: [receiptOf(invokeV3), null] },
    'transaction_receipts[0].transaction_hash',
  ],
  ['a broken difference', { transaction_state_diffs: [{ nonces: [] }, null] }, 'transaction_state_diffs[0].nonces'],
  ['an identifier that is no word', { block_identifier: '0x1&a=b' }, 'block_identifier'],
  ['too many', { transactions: Array(PRE_CONFIRMED_TRANSACTIONS_MAX + 1).fill(invokeV1) }, 'transactions'],
])('refuses %s', (_, change, path) => {
  expect(() => decode({ ...CLASSIC, ...change })).toThrow(DecodeError)
  expect(() => decode({ ...CLASSIC, ...change })).toThrow(
    expect.objectContaining({ data: expect.objectContaining({ path }) }),
  )
})

describe.skipIf(!hasFixtures)(`recordings${NEEDS_FIXTURES}`, () => {
  test.each([
    ['mainnet/preconfirmed/0.14.0', { version: '0.14.0' }, undefined, 22],
    ['sepolia-integration/preconfirmed/955821', { version: '0.14.0' }, undefined, 9],
    ['sepolia-integration/preconfirmed/11251801_known0', { version: '0.14.2' }, undefined, 1],
    ['sepolia/preconfirmed/latest_full', { version: '0.14.2' }, 10_936_237, 3],
    ['sepolia/preconfirmed/latest_0x1cbe25d9_known3', undefined, 10_936_237, 1],
  ])('%s', (name, header, number, count) => {
    const news = decodePreConfirmed(readFixture(`${name}.json`))!
    expect(news.number).toBe(number)
    if (header === undefined) expect(news.header).toBeUndefined()
    else expect(news.header).toMatchObject(header)
    expect([news.transactions.length, news.receipts.length]).toEqual([count, count])
    expect(news.stateDiff.storage.length).toBeGreaterThan(0)
  })

  test('nothing new', () => {
    expect(decodePreConfirmed(readFixture('sepolia/preconfirmed/latest_0x1cbe25d9_known4.json'))).toBeUndefined()
  })
})
