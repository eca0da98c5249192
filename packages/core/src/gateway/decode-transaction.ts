import type { Felt } from '../base/felt.ts'
import type {
  DataAvailabilityMode,
  DeclareV0,
  DeclareV1,
  DeclareV2,
  DeclareV3,
  Deploy,
  DeployAccountV1,
  DeployAccountV3,
  FeesV3,
  InvokeV0,
  InvokeV1,
  InvokeV3,
  L1Handler,
  ResourceBound,
  Transaction,
} from '../chain/transaction.ts'
import type { JsonReader } from './json-reader.ts'

const TYPES = ['INVOKE_FUNCTION', 'DECLARE', 'DEPLOY', 'DEPLOY_ACCOUNT', 'L1_HANDLER'] as const

type Decode = (reader: JsonReader) => Transaction

const DECODERS: Readonly<Record<(typeof TYPES)[number], { readonly [version: number]: Decode }>> = {
  INVOKE_FUNCTION: { 0: decodeInvokeV0, 1: decodeInvokeV1, 3: decodeInvokeV3 },
  DECLARE: { 0: decodeDeclareV0, 1: decodeDeclareV1, 2: decodeDeclareV2, 3: decodeDeclareV3 },
  DEPLOY: { 0: (reader) => decodeDeploy(reader, 0), 1: (reader) => decodeDeploy(reader, 1) },
  DEPLOY_ACCOUNT: { 1: decodeDeployAccountV1, 3: decodeDeployAccountV3 },
  L1_HANDLER: { 0: decodeL1Handler },
}

/**
 * A transaction of a block in any shape the gateway gave it over the years (protocol 8.4).
 * @throws DecodeError also for a type or version that no block held so far
 */
export function decodeTransaction(reader: JsonReader): Transaction {
  const type = reader.oneOf('type', TYPES)
  // The oldest recordings have no version, and show L1 handlers as the invocations they were at first.
  const version = reader.has('version') ? Number(reader.unsigned('version', 64)) : 0
  if (type === 'INVOKE_FUNCTION' && reader.value['entry_point_type'] === 'L1_HANDLER') return decodeL1Handler(reader)
  const decode = DECODERS[type][version] ?? reader.fail(`is not a known version of ${type}`, 'version')
  return decode(reader)
}

function decodeInvokeV0(reader: JsonReader): InvokeV0 {
  return {
    type: 'invoke',
    version: 0,
    hash: reader.felt('transaction_hash'),
    contractAddress: decodeAddress(reader, 'contract_address', 'sender_address'),
    entryPointSelector: reader.felt('entry_point_selector'),
    calldata: reader.felts('calldata'),
    maxFee: reader.felt('max_fee'),
    signature: reader.felts('signature'),
  }
}

function decodeInvokeV1(reader: JsonReader): InvokeV1 {
  return {
    type: 'invoke',
    version: 1,
    hash: reader.felt('transaction_hash'),
    senderAddress: decodeAddress(reader, 'sender_address', 'contract_address'),
    calldata: reader.felts('calldata'),
    maxFee: reader.felt('max_fee'),
    nonce: reader.felt('nonce'),
    signature: reader.felts('signature'),
  }
}

function decodeInvokeV3(reader: JsonReader): InvokeV3 {
  return {
    type: 'invoke',
    version: 3,
    hash: reader.felt('transaction_hash'),
    senderAddress: decodeAddress(reader, 'sender_address', 'contract_address'),
    calldata: reader.felts('calldata'),
    accountDeploymentData: reader.felts('account_deployment_data'),
    proofFacts: reader.optional('proof_facts', reader.felts, undefined),
    ...decodeFeesV3(reader),
  }
}

function decodeDeclareV0(reader: JsonReader): DeclareV0 {
  return { type: 'declare', version: 0, ...decodeDeclareOld(reader) }
}

function decodeDeclareV1(reader: JsonReader): DeclareV1 {
  return { type: 'declare', version: 1, ...decodeDeclareOld(reader) }
}

function decodeDeclareV2(reader: JsonReader): DeclareV2 {
  return {
    type: 'declare',
    version: 2,
    ...decodeDeclareOld(reader),
    compiledClassHash: reader.felt('compiled_class_hash'),
  }
}

function decodeDeclareOld(reader: JsonReader): Omit<DeclareV1, 'type' | 'version'> {
  return {
    hash: reader.felt('transaction_hash'),
    senderAddress: reader.felt('sender_address'),
    classHash: reader.felt('class_hash'),
    maxFee: reader.felt('max_fee'),
    nonce: reader.felt('nonce'),
    signature: reader.felts('signature'),
  }
}

function decodeDeclareV3(reader: JsonReader): DeclareV3 {
  return {
    type: 'declare',
    version: 3,
    hash: reader.felt('transaction_hash'),
    senderAddress: reader.felt('sender_address'),
    classHash: reader.felt('class_hash'),
    compiledClassHash: reader.felt('compiled_class_hash'),
    accountDeploymentData: reader.felts('account_deployment_data'),
    ...decodeFeesV3(reader),
  }
}

function decodeDeploy(reader: JsonReader, version: Deploy['version']): Deploy {
  return { type: 'deploy', version, ...decodeDeployment(reader) }
}

function decodeDeployAccountV1(reader: JsonReader): DeployAccountV1 {
  return {
    type: 'deploy_account',
    version: 1,
    ...decodeDeployment(reader),
    maxFee: reader.felt('max_fee'),
    nonce: reader.felt('nonce'),
    signature: reader.felts('signature'),
  }
}

function decodeDeployAccountV3(reader: JsonReader): DeployAccountV3 {
  return { type: 'deploy_account', version: 3, ...decodeDeployment(reader), ...decodeFeesV3(reader) }
}

function decodeDeployment(reader: JsonReader): Omit<Deploy, 'type' | 'version'> {
  return {
    hash: reader.felt('transaction_hash'),
    contractAddress: decodeAddress(reader, 'contract_address', 'sender_address'),
    contractAddressSalt: reader.felt('contract_address_salt'),
    classHash: reader.felt('class_hash'),
    constructorCalldata: reader.felts('constructor_calldata'),
  }
}

function decodeL1Handler(reader: JsonReader): L1Handler {
  return {
    type: 'l1_handler',
    version: 0,
    hash: reader.felt('transaction_hash'),
    contractAddress: reader.felt('contract_address'),
    entryPointSelector: reader.felt('entry_point_selector'),
    calldata: reader.felts('calldata'),
    nonce: reader.optional('nonce', reader.felt, undefined),
  }
}

/** The field was renamed over time, and not for all types at once. */
function decodeAddress(reader: JsonReader, name: string, otherName: string): Felt {
  return reader.felt(!reader.has(name) && reader.has(otherName) ? otherName : name)
}

function decodeFeesV3(reader: JsonReader): FeesV3 {
  const bounds = reader.object('resource_bounds')
  return {
    resourceBounds: {
      l1Gas: decodeResourceBound(bounds, 'L1_GAS'),
      l2Gas: decodeResourceBound(bounds, 'L2_GAS'),
      l1DataGas: bounds.optional('L1_DATA_GAS', (name) => decodeResourceBound(bounds, name), undefined),
    },
    tip: reader.unsigned('tip', 64),
    paymasterData: reader.felts('paymaster_data'),
    nonce: reader.felt('nonce'),
    nonceDataAvailabilityMode: decodeDataAvailabilityMode(reader, 'nonce_data_availability_mode'),
    feeDataAvailabilityMode: decodeDataAvailabilityMode(reader, 'fee_data_availability_mode'),
    signature: reader.felts('signature'),
  }
}

function decodeResourceBound(bounds: JsonReader, name: string): ResourceBound {
  const bound = bounds.object(name)
  return { maxAmount: bound.unsigned('max_amount', 64), maxPricePerUnit: bound.unsigned('max_price_per_unit', 128) }
}

function decodeDataAvailabilityMode(reader: JsonReader, name: string): DataAvailabilityMode {
  const mode = reader.integer(name)
  return mode === 0 ? 'L1' : mode === 1 ? 'L2' : reader.fail('is neither 0 nor 1', name)
}
