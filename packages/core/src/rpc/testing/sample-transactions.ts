import { felt, NO_FELTS, packFelts, ZERO } from '../../base/felt.ts'
import type { Receipt } from '../../chain/receipt.ts'
import type { Transaction } from '../../chain/transaction.ts'
import type { ReceiptJson, TransactionJson } from '../spec-types.ts'

/** Every type and version of transaction, no two felts equal where it matters, and what the specification makes of it. */
export interface SampleTransaction {
  readonly tx: Transaction
  readonly json: TransactionJson
  /** Only under INCLUDE_PROOF_FACTS. */
  readonly proofFacts?: readonly string[]
  readonly receipt: Receipt
  readonly receiptJson: ReceiptJson
}

const felts = (...values: (string | number)[]) => packFelts(values.map((value) => felt(value)))

const feesV3 = {
  tip: 0xa1n,
  paymasterData: felts(0xa2),
  nonce: felt(0xa0),
  nonceDataAvailabilityMode: 'L1',
  feeDataAvailabilityMode: 'L2',
  signature: felts(0xa3, 0xa4),
} as const

const bounds = {
  l1Gas: { maxAmount: 2n ** 64n - 1n, maxPricePerUnit: 2n ** 128n - 1n },
  l2Gas: { maxAmount: 0x2n, maxPricePerUnit: 0x3n },
}

const resourceBounds = { ...bounds, l1DataGas: { maxAmount: 0x4n, maxPricePerUnit: 0x5n } }

const feesV3Json = {
  resource_bounds: {
    l1_gas: { max_amount: '0xffffffffffffffff', max_price_per_unit: '0xffffffffffffffffffffffffffffffff' },
    l1_data_gas: { max_amount: '0x4', max_price_per_unit: '0x5' },
    l2_gas: { max_amount: '0x2', max_price_per_unit: '0x3' },
  },
  tip: '0xa1',
  paymaster_data: ['0xa2'],
  nonce: '0xa0',
  nonce_data_availability_mode: 'L1',
  fee_data_availability_mode: 'L2',
  signature: ['0xa3', '0xa4'],
} as const

const declareOld = {
  senderAddress: felt(0xd1),
  classHash: felt(0xd2),
  maxFee: felt(0xd3),
  nonce: felt(0xd4),
  signature: felts(0xd5),
}

const declareOldJson = { sender_address: '0xd1', class_hash: '0xd2', max_fee: '0xd3', signature: ['0xd5'] }

const deployment = {
  contractAddress: felt(0xe1),
  contractAddressSalt: felt(0xe2),
  classHash: felt(0xe3),
  constructorCalldata: felts(0xe4, 0xe5),
}

const deploymentJson = { contract_address_salt: '0xe2', class_hash: '0xe3', constructor_calldata: ['0xe4', '0xe5'] }

const SILENT: Receipt = { actualFee: ZERO, events: [], messages: [], revertError: undefined, resources: undefined }

const silentJson = (hash: number, unit: 'WEI' | 'FRI') =>
  ({
    transaction_hash: `0x${hash.toString(16)}`,
    actual_fee: { amount: '0x0', unit },
    finality_status: 'ACCEPTED_ON_L2',
    execution_status: 'SUCCEEDED',
    messages_sent: [],
    events: [],
    execution_resources: { l1_gas: 0, l1_data_gas: 0, l2_gas: 0 },
  }) as const

const invokeV0: SampleTransaction = {
  tx: {
    type: 'invoke',
    version: 0,
    hash: felt(0x1000),
    contractAddress: felt(0x11),
    entryPointSelector: felt(0x12),
    calldata: felts(0x13, 0),
    maxFee: felt(0x16),
    signature: NO_FELTS,
  },
  json: {
    type: 'INVOKE',
    version: '0x0',
    contract_address: '0x11',
    entry_point_selector: '0x12',
    calldata: ['0x13', '0x0'],
    max_fee: '0x16',
    signature: [],
  },
  receipt: {
    actualFee: felt(0x71),
    events: [
      { fromAddress: felt(0x72), keys: felts(0x73, 0x74), data: felts(0x75) },
      { fromAddress: felt(0x76), keys: NO_FELTS, data: NO_FELTS },
    ],
    messages: [
      { fromAddress: felt(0x77), toAddress: felt('0xc662c410c0ecf747543f5ba90660f6abebd9c8c4'), payload: felts(0x78) },
    ],
    revertError: undefined,
    resources: { steps: 1, memoryHoles: 2, builtins: [], dataAvailability: undefined, totalGas: undefined },
  },
  receiptJson: {
    ...silentJson(0x1000, 'WEI'),
    type: 'INVOKE',
    actual_fee: { amount: '0x71', unit: 'WEI' },
    events: [
      { from_address: '0x72', keys: ['0x73', '0x74'], data: ['0x75'] },
      { from_address: '0x76', keys: [], data: [] },
    ],
    messages_sent: [
      { from_address: '0x77', to_address: '0xc662c410c0ecf747543f5ba90660f6abebd9c8c4', payload: ['0x78'] },
    ],
  },
}

const invokeV1: SampleTransaction = {
  tx: {
    type: 'invoke',
    version: 1,
    hash: felt(0x1001),
    senderAddress: felt(0x21),
    calldata: felts(0x22),
    maxFee: felt(0x23),
    nonce: felt(0x24),
    signature: felts(0x25, 0x26),
  },
  json: {
    type: 'INVOKE',
    version: '0x1',
    sender_address: '0x21',
    calldata: ['0x22'],
    max_fee: '0x23',
    nonce: '0x24',
    signature: ['0x25', '0x26'],
  },
  receipt: {
    ...SILENT,
    revertError: 'Übel: "x"',
    resources: {
      steps: 1,
      memoryHoles: 2,
      builtins: [{ name: 'range_check_builtin', count: 3 }],
      dataAvailability: { l1Gas: 4, l1DataGas: 5, l2Gas: 6 },
      totalGas: { l1Gas: 7, l1DataGas: 8, l2Gas: undefined },
    },
  },
  receiptJson: {
    ...silentJson(0x1001, 'WEI'),
    type: 'INVOKE',
    execution_status: 'REVERTED',
    revert_reason: 'Übel: "x"',
    execution_resources: { l1_gas: 7, l1_data_gas: 8, l2_gas: 0 },
  },
}

const invokeV3: SampleTransaction = {
  tx: {
    type: 'invoke',
    version: 3,
    hash: felt(0x1002),
    senderAddress: felt(0x31),
    calldata: felts(0x32, 0x33),
    accountDeploymentData: felts(0x34),
    proofFacts: felts(0x35, 0x36),
    resourceBounds,
    ...feesV3,
  },
  json: {
    type: 'INVOKE',
    version: '0x3',
    sender_address: '0x31',
    calldata: ['0x32', '0x33'],
    account_deployment_data: ['0x34'],
    ...feesV3Json,
  },
  proofFacts: ['0x35', '0x36'],
  receipt: {
    ...SILENT,
    actualFee: felt(0x79),
    revertError: '',
    resources: {
      steps: 1,
      memoryHoles: 2,
      builtins: [],
      dataAvailability: undefined,
      totalGas: { l1Gas: 0, l1DataGas: 9, l2Gas: 4_294_967_296 },
    },
  },
  receiptJson: {
    ...silentJson(0x1002, 'FRI'),
    type: 'INVOKE',
    actual_fee: { amount: '0x79', unit: 'FRI' },
    execution_status: 'REVERTED',
    revert_reason: '',
    execution_resources: { l1_gas: 0, l1_data_gas: 9, l2_gas: 4_294_967_296 },
  },
}

/** Of before 0.13.4: no bound of data gas, no proof facts. */
const earlyInvokeV3: SampleTransaction = {
  tx: {
    type: 'invoke',
    version: 3,
    hash: felt(0x100c),
    senderAddress: felt(0x31),
    calldata: felts(0x37),
    accountDeploymentData: NO_FELTS,
    proofFacts: undefined,
    resourceBounds: { ...bounds, l1DataGas: undefined },
    ...feesV3,
  },
  json: {
    type: 'INVOKE',
    version: '0x3',
    sender_address: '0x31',
    calldata: ['0x37'],
    account_deployment_data: [],
    ...feesV3Json,
    resource_bounds: {
      ...feesV3Json.resource_bounds,
      l1_data_gas: { max_amount: '0x0', max_price_per_unit: '0x0' },
    },
  },
  proofFacts: [],
  receipt: SILENT,
  receiptJson: { ...silentJson(0x100c, 'FRI'), type: 'INVOKE' },
}

const declareV0: SampleTransaction = {
  tx: { type: 'declare', version: 0, hash: felt(0x1003), ...declareOld },
  json: { type: 'DECLARE', version: '0x0', ...declareOldJson },
  receipt: SILENT,
  receiptJson: { ...silentJson(0x1003, 'WEI'), type: 'DECLARE' },
}

const declareV1: SampleTransaction = {
  tx: { type: 'declare', version: 1, hash: felt(0x1004), ...declareOld },
  json: { type: 'DECLARE', version: '0x1', ...declareOldJson, nonce: '0xd4' },
  receipt: SILENT,
  receiptJson: { ...silentJson(0x1004, 'WEI'), type: 'DECLARE' },
}

const declareV2: SampleTransaction = {
  tx: { type: 'declare', version: 2, hash: felt(0x1005), ...declareOld, compiledClassHash: felt(0xd6) },
  json: { type: 'DECLARE', version: '0x2', ...declareOldJson, compiled_class_hash: '0xd6', nonce: '0xd4' },
  receipt: SILENT,
  receiptJson: { ...silentJson(0x1005, 'WEI'), type: 'DECLARE' },
}

const declareV3: SampleTransaction = {
  tx: {
    type: 'declare',
    version: 3,
    hash: felt(0x1006),
    senderAddress: felt(0x41),
    classHash: felt(0x42),
    compiledClassHash: felt(0x43),
    accountDeploymentData: felts(0x44),
    resourceBounds,
    ...feesV3,
  },
  json: {
    type: 'DECLARE',
    version: '0x3',
    sender_address: '0x41',
    class_hash: '0x42',
    compiled_class_hash: '0x43',
    account_deployment_data: ['0x44'],
    ...feesV3Json,
  },
  receipt: SILENT,
  receiptJson: { ...silentJson(0x1006, 'FRI'), type: 'DECLARE' },
}

const deployV0: SampleTransaction = {
  tx: { type: 'deploy', version: 0, hash: felt(0x1007), ...deployment },
  json: { type: 'DEPLOY', version: '0x0', ...deploymentJson },
  receipt: SILENT,
  receiptJson: { ...silentJson(0x1007, 'WEI'), type: 'DEPLOY', contract_address: '0xe1' },
}

const deployV1: SampleTransaction = {
  tx: { type: 'deploy', version: 1, hash: felt(0x1008), ...deployment },
  json: { type: 'DEPLOY', version: '0x1', ...deploymentJson },
  receipt: SILENT,
  receiptJson: { ...silentJson(0x1008, 'WEI'), type: 'DEPLOY', contract_address: '0xe1' },
}

const deployAccountV1: SampleTransaction = {
  tx: {
    type: 'deploy_account',
    version: 1,
    hash: felt(0x1009),
    ...deployment,
    maxFee: felt(0x51),
    nonce: felt(0x52),
    signature: felts(0x53),
  },
  json: {
    type: 'DEPLOY_ACCOUNT',
    version: '0x1',
    ...deploymentJson,
    max_fee: '0x51',
    nonce: '0x52',
    signature: ['0x53'],
  },
  receipt: SILENT,
  receiptJson: { ...silentJson(0x1009, 'WEI'), type: 'DEPLOY_ACCOUNT', contract_address: '0xe1' },
}

const deployAccountV3: SampleTransaction = {
  tx: { type: 'deploy_account', version: 3, hash: felt(0x100a), ...deployment, resourceBounds, ...feesV3 },
  json: { type: 'DEPLOY_ACCOUNT', version: '0x3', ...deploymentJson, ...feesV3Json },
  receipt: SILENT,
  receiptJson: { ...silentJson(0x100a, 'FRI'), type: 'DEPLOY_ACCOUNT', contract_address: '0xe1' },
}

const l1Calldata = [
  '0xae0ee0a63a2ce6baeeffe56e7714fb4efe48d419',
  '0x2c63ec1313901744d1321b93bda51418cc18998a1562d368960711367f7530f',
  '0x11e14e1039c000',
  '0x0',
]

/** A real one, whose message hash is known (protocol 9.4). */
const l1Handler: SampleTransaction = {
  tx: {
    type: 'l1_handler',
    version: 0,
    hash: felt(0x100b),
    contractAddress: felt('0x73314940630fd6dcda0d772d4c972c4e0a9946bef9dabf4ef84eda8ef542b82'),
    entryPointSelector: felt('0x2d757788a8d8d6f21d1cd40bce38a8222d70654214e96ff95d8086e684fbee5'),
    calldata: felts(...l1Calldata),
    nonce: felt('0x17824b'),
  },
  json: {
    type: 'L1_HANDLER',
    version: '0x0',
    nonce: '0x17824b',
    contract_address: '0x73314940630fd6dcda0d772d4c972c4e0a9946bef9dabf4ef84eda8ef542b82',
    entry_point_selector: '0x2d757788a8d8d6f21d1cd40bce38a8222d70654214e96ff95d8086e684fbee5',
    calldata: l1Calldata,
  },
  receipt: SILENT,
  receiptJson: {
    ...silentJson(0x100b, 'WEI'),
    type: 'L1_HANDLER',
    message_hash: '0x573aeff3cf703775e8a76a27adee9e80f2ce558a6a38ec87e0249a8b175e5c1a',
  },
}

export const SAMPLE_TRANSACTIONS = {
  invokeV0,
  invokeV1,
  invokeV3,
  earlyInvokeV3,
  declareV0,
  declareV1,
  declareV2,
  declareV3,
  deployV0,
  deployV1,
  deployAccountV1,
  deployAccountV3,
  l1Handler,
} as const
