/** Answers written by hand: every type and version of transaction, every field at least once, no two felts equal. */

const bound = (amount: string, price: string) => ({ max_amount: amount, max_price_per_unit: price })

const feesV3 = {
  nonce: '0xa0',
  nonce_data_availability_mode: 0,
  fee_data_availability_mode: 1,
  resource_bounds: {
    L1_GAS: bound('0xffffffffffffffff', '0xffffffffffffffffffffffffffffffff'),
    L2_GAS: bound('0x2', '0x3'),
    L1_DATA_GAS: bound('0x0', '0x0'),
  },
  tip: '0xa1',
  paymaster_data: ['0xa2'],
  signature: ['0xa3', '0xa4'],
}

const declareOld = { sender_address: '0xd1', class_hash: '0xd2', max_fee: '0xd3', nonce: '0xd4', signature: ['0xd5'] }

const deployment = {
  contract_address: '0xe1',
  contract_address_salt: '0xe2',
  class_hash: '0xe3',
  constructor_calldata: ['0xe4', '0xe5'],
}

/** In the order of their hashes, 0x1000, 0x1001, … */
export const TRANSACTIONS = {
  invokeV0: {
    type: 'INVOKE_FUNCTION',
    version: '0x0',
    transaction_hash: '0x1000',
    contract_address: '0x11',
    entry_point_selector: '0x12',
    entry_point_type: 'EXTERNAL',
    calldata: ['0x13', '20', '0x0000015'],
    max_fee: '0x16',
    signature: [],
  },
  invokeV1: {
    type: 'INVOKE_FUNCTION',
    version: '0x1',
    transaction_hash: '0x1001',
    sender_address: '0x21',
    calldata: ['0x22'],
    max_fee: '0x23',
    nonce: '0x24',
    signature: ['0x25', '0x26'],
  },
  invokeV3: {
    type: 'INVOKE_FUNCTION',
    version: '0x3',
    transaction_hash: '0x1002',
    sender_address: '0x31',
    calldata: ['0x32', '0x33'],
    account_deployment_data: ['0x34'],
    proof_facts: ['0x35'],
    ...feesV3,
  },
  declareV0: { type: 'DECLARE', version: '0x0', transaction_hash: '0x1003', ...declareOld },
  declareV1: { type: 'DECLARE', version: '0x1', transaction_hash: '0x1004', ...declareOld },
  declareV2: {
    type: 'DECLARE',
    version: '0x2',
    transaction_hash: '0x1005',
    ...declareOld,
    compiled_class_hash: '0xd6',
  },
  declareV3: {
    type: 'DECLARE',
    version: '0x3',
    transaction_hash: '0x1006',
    sender_address: '0x41',
    class_hash: '0x42',
    compiled_class_hash: '0x43',
    account_deployment_data: [],
    ...feesV3,
  },
  deployV0: { type: 'DEPLOY', version: '0x0', transaction_hash: '0x1007', ...deployment },
  deployV1: { type: 'DEPLOY', version: '0x1', transaction_hash: '0x1008', ...deployment },
  deployAccountV1: {
    type: 'DEPLOY_ACCOUNT',
    version: '0x1',
    transaction_hash: '0x1009',
    ...deployment,
    max_fee: '0x51',
    nonce: '0x52',
    signature: ['0x53'],
  },
  deployAccountV3: {
    type: 'DEPLOY_ACCOUNT',
    version: '0x3',
    transaction_hash: '0x100a',
    ...deployment,
    ...feesV3,
  },
  l1Handler: {
    type: 'L1_HANDLER',
    version: '0x0',
    transaction_hash: '0x100b',
    contract_address: '0x61',
    entry_point_selector: '0x62',
    calldata: ['0x63'],
    nonce: '0x64',
  },
} as const

/** Everything a receipt can have. The member `transaction_hash` is put in by `BLOCK`. */
export const RECEIPT = {
  transaction_index: 0,
  transaction_hash: '0x1000',
  actual_fee: '0x71',
  events: [
    { from_address: '0x72', keys: ['0x73', '0x74'], data: ['0x75'] },
    { from_address: '0x76', keys: [], data: [] },
  ],
  l2_to_l1_messages: [
    { from_address: '0x77', to_address: '0xc662c410C0ECf747543f5bA90660f6ABeBD9C8c4', payload: ['0x78'] },
  ],
  execution_status: 'REVERTED',
  revert_error: 'Übel: "x"',
  execution_resources: {
    n_steps: 9_007_199_254_740_991,
    n_memory_holes: 2,
    builtin_instance_counter: { range_check_builtin: 3, pedersen_builtin: 0 },
    data_availability: { l1_gas: 4, l1_data_gas: 5, l2_gas: 6 },
    total_gas_consumed: { l1_gas: 7, l1_data_gas: 8, l2_gas: 4_294_967_296 },
  },
}

export const BLOCK = {
  block_hash: '0xb1',
  parent_block_hash: '0xb2',
  block_number: 1234,
  state_root: '0xb3',
  transaction_commitment: '0xb4',
  event_commitment: '0xb5',
  receipt_commitment: '0xb6',
  state_diff_commitment: '0xb7',
  state_diff_length: 12,
  status: 'ACCEPTED_ON_L1',
  l1_da_mode: 'BLOB',
  l1_gas_price: { price_in_wei: '0xb8', price_in_fri: '0xb9' },
  l1_data_gas_price: { price_in_wei: '0xba', price_in_fri: '0xbb' },
  l2_gas_price: { price_in_wei: '0xbc', price_in_fri: '0xbd' },
  timestamp: 1_700_000_000,
  sequencer_address: '0xbe',
  starknet_version: '0.13.2.1',
  transactions: Object.values(TRANSACTIONS),
  transaction_receipts: Object.values(TRANSACTIONS).map(({ transaction_hash }) => ({ ...RECEIPT, transaction_hash })),
}

export const STATE_UPDATE = {
  block_hash: '0xb1',
  new_root: '0xb3',
  old_root: '0xc1',
  state_diff: {
    storage_diffs: {
      '0xc3': [
        { key: '0xc5', value: '0x0' },
        { key: '0xc4', value: '0xff' },
      ],
      '0xc2': [{ key: '0x0', value: '0x1' }],
    },
    nonces: { '0xc7': '0x2', '0xc6': '0x3' },
    deployed_contracts: [
      { address: '0xc9', class_hash: '0x4' },
      { address: '0xc8', class_hash: '0x5' },
    ],
    old_declared_contracts: ['0xcb', '0xca'],
    declared_classes: [{ class_hash: '0xcc', compiled_class_hash: '0x6' }],
    replaced_classes: [{ address: '0xcd', class_hash: '0x7' }],
    migrated_compiled_classes: [{ class_hash: '0xce', compiled_class_hash: '0x8' }],
  },
}

export const SIGNATURE = { block_hash: '0xb1', signature: ['0xf1', '0xf2'] }

export const OLD_SIGNATURE = {
  block_number: 1234,
  signature: ['0xf1', '0xf2'],
  signature_input: { block_hash: '0xb1', state_diff_commitment: '0xf3' },
}

export const jsonBytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))
