import type { Felt, Felts } from '../base/felt.ts'
import { type Codec, felt, felts, oneOf, optional, struct, u64, u128, union } from './codec.ts'

/**
 * Every transaction a Starknet block ever held, by type and version (protocol 3, 8.4). `hash` is the gateway's claim
 * until `transaction-hash.ts` has recomputed it. Lists are packed felts. "Absent" is undefined and differs from zero
 * where a hash tells them apart.
 */
export type Transaction =
  | InvokeV0
  | InvokeV1
  | InvokeV3
  | DeclareV0
  | DeclareV1
  | DeclareV2
  | DeclareV3
  | Deploy
  | DeployAccountV1
  | DeployAccountV3
  | L1Handler

export interface InvokeV0 {
  readonly type: 'invoke'
  readonly version: 0
  readonly hash: Felt
  readonly contractAddress: Felt
  readonly entryPointSelector: Felt
  readonly calldata: Felts
  readonly maxFee: Felt
  readonly signature: Felts
}

export interface InvokeV1 {
  readonly type: 'invoke'
  readonly version: 1
  readonly hash: Felt
  readonly senderAddress: Felt
  readonly calldata: Felts
  readonly maxFee: Felt
  readonly nonce: Felt
  readonly signature: Felts
}

export interface InvokeV3 extends FeesV3 {
  readonly type: 'invoke'
  readonly version: 3
  readonly hash: Felt
  readonly senderAddress: Felt
  readonly calldata: Felts
  readonly accountDeploymentData: Felts
  /** Hashed only when not empty; absent before 0.14.1. */
  readonly proofFacts: Felts | undefined
}

interface DeclareOld {
  readonly type: 'declare'
  readonly hash: Felt
  readonly senderAddress: Felt
  readonly classHash: Felt
  readonly maxFee: Felt
  readonly nonce: Felt
  readonly signature: Felts
}

export interface DeclareV0 extends DeclareOld {
  readonly version: 0
}

export interface DeclareV1 extends DeclareOld {
  readonly version: 1
}

export interface DeclareV2 extends DeclareOld {
  readonly version: 2
  readonly compiledClassHash: Felt
}

export interface DeclareV3 extends FeesV3 {
  readonly type: 'declare'
  readonly version: 3
  readonly hash: Felt
  readonly senderAddress: Felt
  readonly classHash: Felt
  readonly compiledClassHash: Felt
  readonly accountDeploymentData: Felts
}

export interface Deploy {
  readonly type: 'deploy'
  readonly version: 0 | 1
  readonly hash: Felt
  readonly contractAddress: Felt
  readonly contractAddressSalt: Felt
  readonly classHash: Felt
  readonly constructorCalldata: Felts
}

export interface DeployAccountV1 {
  readonly type: 'deploy_account'
  readonly version: 1
  readonly hash: Felt
  readonly contractAddress: Felt
  readonly contractAddressSalt: Felt
  readonly classHash: Felt
  readonly constructorCalldata: Felts
  readonly maxFee: Felt
  readonly nonce: Felt
  readonly signature: Felts
}

export interface DeployAccountV3 extends FeesV3 {
  readonly type: 'deploy_account'
  readonly version: 3
  readonly hash: Felt
  readonly contractAddress: Felt
  readonly contractAddressSalt: Felt
  readonly classHash: Felt
  readonly constructorCalldata: Felts
}

export interface L1Handler {
  readonly type: 'l1_handler'
  readonly version: 0
  readonly hash: Felt
  readonly contractAddress: Felt
  readonly entryPointSelector: Felt
  /** calldata[0] is the L1 sender. */
  readonly calldata: Felts
  /** Absent in the oldest blocks. */
  readonly nonce: Felt | undefined
}

/** What every version 3 transaction carries besides its own fields (protocol 3.2). */
export interface FeesV3 {
  readonly resourceBounds: ResourceBounds
  readonly tip: bigint
  readonly paymasterData: Felts
  readonly nonce: Felt
  readonly nonceDataAvailabilityMode: DataAvailabilityMode
  readonly feeDataAvailabilityMode: DataAvailabilityMode
  readonly signature: Felts
}

export interface ResourceBounds {
  readonly l1Gas: ResourceBound
  readonly l2Gas: ResourceBound
  /** Hashed when present, also with zeros; absent before 0.13.4. */
  readonly l1DataGas: ResourceBound | undefined
}

export interface ResourceBound {
  /** u64 */
  readonly maxAmount: bigint
  /** u128 */
  readonly maxPricePerUnit: bigint
}

export type DataAvailabilityMode = 'L1' | 'L2'

/** The signature, or no felts for the types that have none. */
export function signatureOf(transaction: Transaction): Felts {
  return 'signature' in transaction ? transaction.signature : NO_SIGNATURE
}

const NO_SIGNATURE: Felts = new Uint8Array(0)

const resourceBound: Codec<ResourceBound> = struct({ maxAmount: u64, maxPricePerUnit: u128 })

const feesV3 = {
  resourceBounds: struct<ResourceBounds>({
    l1Gas: resourceBound,
    l2Gas: resourceBound,
    l1DataGas: optional(resourceBound),
  }),
  tip: u64,
  paymasterData: felts,
  nonce: felt,
  nonceDataAvailabilityMode: oneOf<DataAvailabilityMode>('L1', 'L2'),
  feeDataAvailabilityMode: oneOf<DataAvailabilityMode>('L1', 'L2'),
  signature: felts,
}

const declareOld = { hash: felt, senderAddress: felt, classHash: felt, maxFee: felt, nonce: felt, signature: felts }

const deployment = {
  hash: felt,
  contractAddress: felt,
  contractAddressSalt: felt,
  classHash: felt,
  constructorCalldata: felts,
}

const type = <T extends Transaction['type']>(name: T): Codec<T> => constant(name)

/** Takes no bytes: the tag of the union says it. */
function constant<const T>(value: T): Codec<T> {
  return { write() {}, read: () => value }
}

const TAGS: Readonly<Record<Transaction['type'], number>> = {
  invoke: 0x10,
  declare: 0x20,
  deploy: 0x30,
  deploy_account: 0x40,
  l1_handler: 0x50,
}

const row = <T extends Transaction>(fields: { readonly [K in keyof T]-?: Codec<T[K]> }): Codec<Transaction> =>
  struct<T>(fields) as unknown as Codec<Transaction>

/** Tag: type in the high four bits, version in the low four. The hash comes first (`BlockFrame.transactionHash`). */
export const transactionCodec: Codec<Transaction> = union<Transaction>((value) => TAGS[value.type] | value.version, {
  16: row<InvokeV0>({
    type: type('invoke'),
    version: constant(0),
    hash: felt,
    contractAddress: felt,
    entryPointSelector: felt,
    calldata: felts,
    maxFee: felt,
    signature: felts,
  }),
  17: row<InvokeV1>({
    type: type('invoke'),
    version: constant(1),
    hash: felt,
    senderAddress: felt,
    calldata: felts,
    maxFee: felt,
    nonce: felt,
    signature: felts,
  }),
  19: row<InvokeV3>({
    type: type('invoke'),
    version: constant(3),
    hash: felt,
    senderAddress: felt,
    calldata: felts,
    accountDeploymentData: felts,
    proofFacts: optional(felts),
    ...feesV3,
  }),
  32: row<DeclareV0>({ type: type('declare'), version: constant(0), ...declareOld }),
  33: row<DeclareV1>({ type: type('declare'), version: constant(1), ...declareOld }),
  34: row<DeclareV2>({ type: type('declare'), version: constant(2), ...declareOld, compiledClassHash: felt }),
  35: row<DeclareV3>({
    type: type('declare'),
    version: constant(3),
    hash: felt,
    senderAddress: felt,
    classHash: felt,
    compiledClassHash: felt,
    accountDeploymentData: felts,
    ...feesV3,
  }),
  48: row<Deploy>({ type: type('deploy'), version: constant(0), ...deployment }),
  49: row<Deploy>({ type: type('deploy'), version: constant(1), ...deployment }),
  65: row<DeployAccountV1>({
    type: type('deploy_account'),
    version: constant(1),
    ...deployment,
    maxFee: felt,
    nonce: felt,
    signature: felts,
  }),
  67: row<DeployAccountV3>({ type: type('deploy_account'), version: constant(3), ...deployment, ...feesV3 }),
  80: row<L1Handler>({
    type: type('l1_handler'),
    version: constant(0),
    hash: felt,
    contractAddress: felt,
    entryPointSelector: felt,
    calldata: felts,
    nonce: optional(felt),
  }),
})
