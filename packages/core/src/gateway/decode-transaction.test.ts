import { describe, expect, test } from 'vitest'
import { felt, packFelts } from '../base/felt.ts'
import type { Transaction } from '../chain/transaction.ts'
import { decodeTransaction } from './decode-transaction.ts'
import { DecodeError, JsonReader, parseAnswer } from './json-reader.ts'
import { feltsIn, feltTextsIn } from './testing/felts-in.ts'
import { hasFixtures, listFixtures, NEEDS_FIXTURES } from './testing/fixtures.ts'
import { TRANSACTIONS } from './testing/samples.ts'

const decode = (json: object) => decodeTransaction(new JsonReader(json))
const felts = (...texts: string[]) => packFelts(texts.map((text) => felt(text)))

const feesV3 = {
  nonce: felt('0xa0'),
  nonceDataAvailabilityMode: 'L1',
  feeDataAvailabilityMode: 'L2',
  resourceBounds: {
    l1Gas: { maxAmount: 2n ** 64n - 1n, maxPricePerUnit: 2n ** 128n - 1n },
    l2Gas: { maxAmount: 2n, maxPricePerUnit: 3n },
    l1DataGas: { maxAmount: 0n, maxPricePerUnit: 0n },
  },
  tip: 0xa1n,
  paymasterData: felts('0xa2'),
  signature: felts('0xa3', '0xa4'),
} as const

const declareOld = {
  type: 'declare',
  senderAddress: felt('0xd1'),
  classHash: felt('0xd2'),
  maxFee: felt('0xd3'),
  nonce: felt('0xd4'),
  signature: felts('0xd5'),
} as const

const deployment = {
  contractAddress: felt('0xe1'),
  contractAddressSalt: felt('0xe2'),
  classHash: felt('0xe3'),
  constructorCalldata: felts('0xe4', '0xe5'),
}

const DECODED: Readonly<Record<keyof typeof TRANSACTIONS, Transaction>> = {
  invokeV0: {
    type: 'invoke',
    version: 0,
    hash: felt('0x1000'),
    contractAddress: felt('0x11'),
    entryPointSelector: felt('0x12'),
    calldata: felts('0x13', '0x14', '0x15'),
    maxFee: felt('0x16'),
    signature: felts(),
  },
  invokeV1: {
    type: 'invoke',
    version: 1,
    hash: felt('0x1001'),
    senderAddress: felt('0x21'),
    calldata: felts('0x22'),
    maxFee: felt('0x23'),
    nonce: felt('0x24'),
    signature: felts('0x25', '0x26'),
  },
  invokeV3: {
    type: 'invoke',
    version: 3,
    hash: felt('0x1002'),
    senderAddress: felt('0x31'),
    calldata: felts('0x32', '0x33'),
    accountDeploymentData: felts('0x34'),
    proofFacts: felts('0x35'),
    ...feesV3,
  },
  declareV0: { version: 0, hash: felt('0x1003'), ...declareOld },
  declareV1: { version: 1, hash: felt('0x1004'), ...declareOld },
  declareV2: { version: 2, hash: felt('0x1005'), ...declareOld, compiledClassHash: felt('0xd6') },
  declareV3: {
    type: 'declare',
    version: 3,
    hash: felt('0x1006'),
    senderAddress: felt('0x41'),
    classHash: felt('0x42'),
    compiledClassHash: felt('0x43'),
    accountDeploymentData: felts(),
    ...feesV3,
  },
  deployV0: { type: 'deploy', version: 0, hash: felt('0x1007'), ...deployment },
  deployV1: { type: 'deploy', version: 1, hash: felt('0x1008'), ...deployment },
  deployAccountV1: {
    type: 'deploy_account',
    version: 1,
    hash: felt('0x1009'),
    ...deployment,
    maxFee: felt('0x51'),
    nonce: felt('0x52'),
    signature: felts('0x53'),
  },
  deployAccountV3: { type: 'deploy_account', version: 3, hash: felt('0x100a'), ...deployment, ...feesV3 },
  l1Handler: {
    type: 'l1_handler',
    version: 0,
    hash: felt('0x100b'),
    contractAddress: felt('0x61'),
    entryPointSelector: felt('0x62'),
    calldata: felts('0x63'),
    nonce: felt('0x64'),
  },
}

test.each(Object.keys(TRANSACTIONS) as (keyof typeof TRANSACTIONS)[])('%s', (name) => {
  expect(decode(TRANSACTIONS[name])).toEqual(DECODED[name])
})

describe('shapes of other days', () => {
  test('no version, which was 0', () => {
    expect(decode({ ...TRANSACTIONS.invokeV0, version: undefined })).toEqual(DECODED.invokeV0)
    expect(decode({ ...TRANSACTIONS.deployV0, version: null })).toEqual(DECODED.deployV0)
  })

  test('the other name of the sender', () => {
    const { contract_address, ...invokeV0 } = TRANSACTIONS.invokeV0
    expect(decode({ ...invokeV0, sender_address: contract_address })).toEqual(DECODED.invokeV0)
    const { sender_address, ...invokeV1 } = TRANSACTIONS.invokeV1
    expect(decode({ ...invokeV1, contract_address: sender_address })).toEqual(DECODED.invokeV1)
    const { contract_address: address, ...deployAccountV3 } = TRANSACTIONS.deployAccountV3
    expect(decode({ ...deployAccountV3, sender_address: address })).toEqual(DECODED.deployAccountV3)
  })

  test('both names: the one of the type counts', () => {
    expect(decode({ ...TRANSACTIONS.deployAccountV3, sender_address: '0x9' })).toEqual(DECODED.deployAccountV3)
    expect(decode({ ...TRANSACTIONS.invokeV1, contract_address: '0x9' })).toEqual(DECODED.invokeV1)
  })

  test('an L1 handler shown as an invocation, and one without a nonce', () => {
    const { nonce: _, ...l1Handler } = TRANSACTIONS.l1Handler
    const expected = { ...DECODED.l1Handler, nonce: undefined }
    expect(decode(l1Handler)).toEqual(expected)
    const old = { ...l1Handler, type: 'INVOKE_FUNCTION', version: undefined, entry_point_type: 'L1_HANDLER' }
    expect(decode(old)).toEqual(expected)
  })

  test('absent is not the same as nothing', () => {
    const { L1_DATA_GAS: _, ...resource_bounds } = TRANSACTIONS.invokeV3.resource_bounds
    const old = decode({ ...TRANSACTIONS.invokeV3, resource_bounds, proof_facts: undefined })
    expect(old).toMatchObject({ proofFacts: undefined, resourceBounds: { l1DataGas: undefined } })
    expect(decode({ ...TRANSACTIONS.invokeV3, proof_facts: [] })).toMatchObject({ proofFacts: felts() })
  })
})

test.each([
  ['type', { ...TRANSACTIONS.invokeV0, type: 'INVOKE' }],
  ['type', { ...TRANSACTIONS.invokeV0, type: 'constructor' }],
  ['version', { ...TRANSACTIONS.invokeV0, version: '0x2' }],
  ['version', { ...TRANSACTIONS.invokeV0, version: '0x100000000000000000000000000000001' }],
  ['version', { ...TRANSACTIONS.declareV3, version: '0x4' }],
  ['version', { ...TRANSACTIONS.deployV0, version: '0x3' }],
  ['version', { ...TRANSACTIONS.deployAccountV3, version: '0x0' }],
  ['version', { ...TRANSACTIONS.l1Handler, version: '0x1' }],
  ['nonce_data_availability_mode', { ...TRANSACTIONS.invokeV3, nonce_data_availability_mode: 2 }],
  ['tip', { ...TRANSACTIONS.invokeV3, tip: '0x10000000000000000' }],
])('refuses the %s of %j', (path, json) => {
  expect(() => decode(json)).toThrow(DecodeError)
  expect(() => decode(json)).toThrow(expect.objectContaining({ data: expect.objectContaining({ path }) }))
})

describe.skipIf(!hasFixtures)(`recorded transactions${NEEDS_FIXTURES}`, () => {
  const files = [...listFixtures('transaction'), ...listFixtures('captures')].filter(
    ({ name }) => !/not_received|receipt_/.test(name),
  )

  test('are all there', () => {
    expect(files.length).toBeGreaterThan(35)
  })

  test.each(files)('$name', ({ read }) => {
    const answer = parseAnswer(read())
    const reader = answer.has('transaction') ? answer.object('transaction') : answer
    const except = ['type', 'version', 'resource_bounds', 'tip']
    expect(feltsIn(decodeTransaction(reader))).toEqual(feltTextsIn(reader.value, except))
  })
})
