import type { BlockStatus, L1DataMode } from '../chain/block.ts'
import type { DataAvailabilityMode } from '../chain/transaction.ts'

/**
 * The results of the Starknet JSON-RPC specification 0.10, field for field under its names. Felts and other texts of
 * numbers are `0x`, lower-case, without leading zeros; integers are JSON integers.
 */
export type Hex = string

export interface ResourcePriceJson {
  readonly price_in_wei: Hex
  readonly price_in_fri: Hex
}

export interface BlockHeaderJson {
  readonly block_hash: Hex
  readonly parent_hash: Hex
  readonly block_number: number
  readonly new_root: Hex
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly sequencer_address: Hex
  readonly l1_gas_price: ResourcePriceJson
  readonly l2_gas_price: ResourcePriceJson
  readonly l1_data_gas_price: ResourcePriceJson
  readonly l1_da_mode: L1DataMode
  readonly starknet_version: string
  readonly event_commitment: Hex
  readonly transaction_commitment: Hex
  readonly receipt_commitment: Hex
  readonly state_diff_commitment: Hex
  readonly event_count: number
  readonly transaction_count: number
  readonly state_diff_length: number
}

export interface BlockJson<Transaction> extends BlockHeaderJson {
  readonly status: BlockStatus
  readonly transactions: readonly Transaction[]
}

export type BlockWithTxHashesJson = BlockJson<Hex>
export type BlockWithTxsJson = BlockJson<TransactionWithHashJson>
export type BlockWithReceiptsJson = BlockJson<TransactionAndReceiptJson>

export interface TransactionAndReceiptJson {
  readonly transaction: TransactionJson
  readonly receipt: ReceiptJson
}

interface OldFeesJson {
  readonly max_fee: Hex
  readonly signature: readonly Hex[]
}

interface FeesV3Json {
  readonly resource_bounds: {
    readonly l1_gas: ResourceBoundJson
    readonly l1_data_gas: ResourceBoundJson
    readonly l2_gas: ResourceBoundJson
  }
  readonly tip: Hex
  readonly paymaster_data: readonly Hex[]
  readonly nonce: Hex
  readonly nonce_data_availability_mode: DataAvailabilityMode
  readonly fee_data_availability_mode: DataAvailabilityMode
  readonly signature: readonly Hex[]
}

export interface ResourceBoundJson {
  readonly max_amount: Hex
  readonly max_price_per_unit: Hex
}

export interface InvokeV0Json extends OldFeesJson {
  readonly type: 'INVOKE'
  readonly version: '0x0'
  readonly contract_address: Hex
  readonly entry_point_selector: Hex
  readonly calldata: readonly Hex[]
}

export interface InvokeV1Json extends OldFeesJson {
  readonly type: 'INVOKE'
  readonly version: '0x1'
  readonly sender_address: Hex
  readonly calldata: readonly Hex[]
  readonly nonce: Hex
}

export interface InvokeV3Json extends FeesV3Json {
  readonly type: 'INVOKE'
  readonly version: '0x3'
  readonly sender_address: Hex
  readonly calldata: readonly Hex[]
  readonly account_deployment_data: readonly Hex[]
  /** Under the flag INCLUDE_PROOF_FACTS alone. */
  readonly proof_facts?: readonly Hex[]
}

export interface DeclareV0Json extends OldFeesJson {
  readonly type: 'DECLARE'
  readonly version: '0x0'
  readonly sender_address: Hex
  readonly class_hash: Hex
}

export interface DeclareV1Json extends OldFeesJson {
  readonly type: 'DECLARE'
  readonly version: '0x1'
  readonly sender_address: Hex
  readonly class_hash: Hex
  readonly nonce: Hex
}

export interface DeclareV2Json extends OldFeesJson {
  readonly type: 'DECLARE'
  readonly version: '0x2'
  readonly sender_address: Hex
  readonly class_hash: Hex
  readonly compiled_class_hash: Hex
  readonly nonce: Hex
}

export interface DeclareV3Json extends FeesV3Json {
  readonly type: 'DECLARE'
  readonly version: '0x3'
  readonly sender_address: Hex
  readonly class_hash: Hex
  readonly compiled_class_hash: Hex
  readonly account_deployment_data: readonly Hex[]
}

interface DeploymentJson {
  readonly contract_address_salt: Hex
  readonly class_hash: Hex
  readonly constructor_calldata: readonly Hex[]
}

export interface DeployJson extends DeploymentJson {
  readonly type: 'DEPLOY'
  readonly version: '0x0' | '0x1'
}

export interface DeployAccountV1Json extends DeploymentJson, OldFeesJson {
  readonly type: 'DEPLOY_ACCOUNT'
  readonly version: '0x1'
  readonly nonce: Hex
}

export interface DeployAccountV3Json extends DeploymentJson, FeesV3Json {
  readonly type: 'DEPLOY_ACCOUNT'
  readonly version: '0x3'
}

export interface L1HandlerJson {
  readonly type: 'L1_HANDLER'
  readonly version: '0x0'
  readonly nonce: Hex
  readonly contract_address: Hex
  readonly entry_point_selector: Hex
  readonly calldata: readonly Hex[]
}

export type TransactionJson =
  | InvokeV0Json
  | InvokeV1Json
  | InvokeV3Json
  | DeclareV0Json
  | DeclareV1Json
  | DeclareV2Json
  | DeclareV3Json
  | DeployJson
  | DeployAccountV1Json
  | DeployAccountV3Json
  | L1HandlerJson

export type TransactionWithHashJson = TransactionJson & { readonly transaction_hash: Hex }

export interface EventJson {
  readonly from_address: Hex
  readonly keys: readonly Hex[]
  readonly data: readonly Hex[]
}

export interface MessageToL1Json {
  readonly from_address: Hex
  readonly to_address: Hex
  readonly payload: readonly Hex[]
}

export interface CommonReceiptJson {
  readonly transaction_hash: Hex
  readonly actual_fee: { readonly amount: Hex; readonly unit: 'WEI' | 'FRI' }
  readonly finality_status: BlockStatus
  readonly messages_sent: readonly MessageToL1Json[]
  readonly events: readonly EventJson[]
  readonly execution_resources: { readonly l1_gas: number; readonly l1_data_gas: number; readonly l2_gas: number }
}

type ExecutionJson =
  | { readonly execution_status: 'SUCCEEDED' }
  | { readonly execution_status: 'REVERTED'; readonly revert_reason: string }

type ReceiptTypeJson =
  | { readonly type: 'INVOKE' | 'DECLARE' }
  | { readonly type: 'DEPLOY' | 'DEPLOY_ACCOUNT'; readonly contract_address: Hex }
  | { readonly type: 'L1_HANDLER'; readonly message_hash: Hex }

export type ReceiptJson = CommonReceiptJson & ExecutionJson & ReceiptTypeJson

export type ReceiptWithBlockJson = ReceiptJson & { readonly block_hash: Hex; readonly block_number: number }

export interface StateUpdateJson {
  readonly block_hash: Hex
  readonly old_root: Hex
  readonly new_root: Hex
  readonly state_diff: StateDiffJson
}

export interface StateDiffJson {
  readonly storage_diffs: readonly {
    readonly address: Hex
    readonly storage_entries: readonly { readonly key: Hex; readonly value: Hex }[]
  }[]
  readonly deprecated_declared_classes: readonly Hex[]
  readonly declared_classes: readonly ClassLeafJson[]
  readonly migrated_compiled_classes: readonly ClassLeafJson[]
  readonly deployed_contracts: readonly { readonly address: Hex; readonly class_hash: Hex }[]
  readonly replaced_classes: readonly { readonly contract_address: Hex; readonly class_hash: Hex }[]
  readonly nonces: readonly { readonly contract_address: Hex; readonly nonce: Hex }[]
}

export interface ClassLeafJson {
  readonly class_hash: Hex
  readonly compiled_class_hash: Hex
}

export type StorageJson = Hex | { readonly value: Hex; readonly last_update_block: number }

export type SyncingJson =
  | false
  | {
      readonly starting_block_hash: Hex
      readonly starting_block_num: number
      readonly current_block_hash: Hex
      readonly current_block_num: number
      readonly highest_block_hash: Hex
      readonly highest_block_num: number
    }

export type ClassJson = SierraClassJson | Cairo0ClassJson

export interface SierraClassJson {
  readonly sierra_program: readonly Hex[]
  readonly contract_class_version: string
  readonly entry_points_by_type: EntryPointsJson<{ readonly selector: Hex; readonly function_idx: number }>
  readonly abi?: string
}

export interface Cairo0ClassJson {
  /** Base64 of gzip of the program's JSON, integers exact. */
  readonly program: string
  readonly entry_points_by_type: EntryPointsJson<{ readonly offset: Hex; readonly selector: Hex }>
  /** As declared; integers beyond 2^53 are `bigint` and print as integers. */
  readonly abi?: readonly unknown[]
}

export interface EntryPointsJson<EntryPoint> {
  readonly CONSTRUCTOR: readonly EntryPoint[]
  readonly EXTERNAL: readonly EntryPoint[]
  readonly L1_HANDLER: readonly EntryPoint[]
}
