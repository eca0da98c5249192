/**
 * The rules of the chain without the node: values, hash formulas, eras, commitments, class hashes, frames and tries.
 * For whoever builds or checks blocks; nothing here opens a file or a socket.
 */

export {
  bigintFromFelt,
  compareFelts,
  countFelts,
  equalFelts,
  FELT_BYTES,
  type Felt,
  type Felts,
  FIELD_PRIME,
  felt,
  feltAt,
  feltFromBigint,
  feltFromNumber,
  hexFromFelt,
  hexFromFelts,
  isZero,
  NO_FELTS,
  ONE,
  packFelts,
  parseFelt,
  shortString,
  ZERO,
} from './base/felt.ts'
export type {
  BlockHeader,
  BlockStatus,
  GasPrice,
  L1DataMode,
  ReportedBlock,
  ReportedHeader,
} from './chain/block.ts'
export { type BlockHashInput, blockHash, countsFelt } from './chain/block-hash.ts'
export type { BlockSignature } from './chain/block-signature.ts'
export { canonicalClassText } from './chain/canonical-json.ts'
export { checkBlock } from './chain/check-block.ts'
export { checkSignature, type SignatureReport } from './chain/check-signature.ts'
export type {
  Cairo0Class,
  CasmClass,
  CasmEntryPoint,
  ContractClass,
  EntryPoint,
  EntryPoints,
  SegmentLengths,
  SierraClass,
} from './chain/class.ts'
export { classHash, compiledClassHash, countSegmentFelts } from './chain/class-hash.ts'
export {
  commitmentRoot,
  eventCommitment,
  eventLeaf,
  receiptCommitment,
  receiptLeaf,
  stateDiffCommitment,
  stateDiffLength,
  transactionCommitment,
  transactionLeaf,
} from './chain/commitment.ts'
export { contractAddress } from './chain/contract-address.ts'
export {
  compareVersions,
  ERAS,
  type Era,
  type EraName,
  eraCandidates,
  isAtLeast,
  UnsupportedVersionError,
} from './chain/era.ts'
export { type Block, BlockFrame, decodeStateFrame, encodeBlockFrame, encodeStateFrame } from './chain/frame.ts'
export {
  all,
  blake2s,
  type Hashing,
  type HashKind,
  type HashRequest,
  hashPairs,
  keccak,
  pedersen,
  pedersenArray,
  poseidon,
  poseidonArray,
  runHashing,
} from './chain/hashing.ts'
export type {
  BuiltinCount,
  Event,
  ExecutionResources,
  GasVector,
  MessageToL1,
  Receipt,
} from './chain/receipt.ts'
export { classLeaf, contractLeaf, stateCommitment } from './chain/state-commitment.ts'
export {
  classLeaves,
  contractClasses,
  countPairs,
  eachFelt,
  eachPair,
  namedClasses,
  normalizeFelts,
  normalizePairs,
  PAIR_BYTES,
  type StateDiff,
  type StateUpdate,
  type StorageDiff,
} from './chain/state-update.ts'
export {
  type DataAvailabilityMode,
  type DeclareV0,
  type DeclareV1,
  type DeclareV2,
  type DeclareV3,
  type Deploy,
  type DeployAccountV1,
  type DeployAccountV3,
  type FeesV3,
  type InvokeV0,
  type InvokeV1,
  type InvokeV3,
  type L1Handler,
  type ResourceBound,
  type ResourceBounds,
  signatureOf,
  type Transaction,
} from './chain/transaction.ts'
export {
  l1Sender,
  legacyTransactionHashes,
  type TransactionHashResult,
  transactionHash,
  verifyTransactionHash,
} from './chain/transaction-hash.ts'
export {
  CLASSES_TRIE,
  CONTRACTS_TRIE,
  FIRST_STORAGE_TRIE,
  type NodeSource,
  type PageChange,
  PageError,
  type TrieHasher,
} from './trie/node-source.ts'
export { TrieBatch } from './trie/trie-batch.ts'
