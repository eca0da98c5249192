export { createKernel, type Kernel } from '@deoxys/kernel'
export { type Clock, systemClock } from './base/clock.ts'
export { CheckError, CodedError, type InputCode, InputError } from './base/errors.ts'
export {
  bigintFromFelt,
  type Felt,
  type Felts,
  felt,
  feltFromBigint,
  feltFromNumber,
  hexFromFelt,
  hexFromFelts,
  parseFelt,
  shortString,
} from './base/felt.ts'
export { type Log, SILENT_LOG } from './base/log.ts'
export { VERSION } from './base/version.ts'
export type { BlockHeader, GasPrice } from './chain/block.ts'
export {
  type BlockReport,
  CHECK_NAMES,
  type Check,
  type CheckName,
  type CheckStatus,
  isReportOk,
} from './chain/check-block.ts'
export { ERAS, type Era, type EraName, UnsupportedVersionError } from './chain/era.ts'
export type { Block } from './chain/frame.ts'
export { customNetwork, getNetwork, NETWORKS, type Network } from './chain/network.ts'
export type { OpenHeader, PreConfirmedBlock } from './chain/pre-confirmed.ts'
export type { Event, MessageToL1, Receipt } from './chain/receipt.ts'
export type { StateDiff, StateUpdate, StorageDiff } from './chain/state-update.ts'
export type { Transaction } from './chain/transaction.ts'
export type { BlockSource, PreConfirmedQuery } from './gateway/block-source.ts'
export { GatewayError } from './gateway/gateway-error.ts'
export { DecodeError } from './gateway/json-reader.ts'
export { type BlockAnswers, type ClassReport, inspectBlock, inspectClass } from './inspect.ts'
export {
  type ChainView,
  type DeoxysNode,
  type NodeConfig,
  type NodeEvents,
  type NodeProgress,
  newFull,
} from './node.ts'
export { RpcError } from './rpc/errors.ts'
export type { BlockCursor, BlockName, BlocksOptions, ChainEntry } from './store/block-stream.ts'
export { StoreError } from './store/store-error.ts'
export type { Head } from './store/tables.ts'
export type { Reorg } from './sync/pipeline.ts'
export { SourcesExhaustedError } from './sync/refusal.ts'
export type { VerifyPolicy } from './sync/verify.ts'
