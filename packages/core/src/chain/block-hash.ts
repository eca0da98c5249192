import { type Felt, feltFromBigint, feltFromNumber, shortString, ZERO } from '../base/felt.ts'
import type { GasPrice, L1DataMode } from './block.ts'
import type { Era } from './era.ts'
import { type Hashing, pedersenArray, poseidonArray } from './hashing.ts'

const BLOCK_HASH_0 = shortString('STARKNET_BLOCK_HASH0')
const BLOCK_HASH_1 = shortString('STARKNET_BLOCK_HASH1')
const GAS_PRICES = shortString('STARKNET_GAS_PRICES0')

/** Everything some block hash formula covers (protocol 4.2). */
export interface BlockHashInput {
  readonly number: number
  readonly parentHash: Felt
  readonly stateRoot: Felt
  readonly sequencerAddress: Felt
  readonly timestamp: number
  readonly version: string
  readonly l1DataMode: L1DataMode
  readonly l1GasPrice: GasPrice
  readonly l1DataGasPrice: GasPrice
  readonly l2GasPrice: GasPrice
  readonly transactionCount: number
  readonly eventCount: number
  readonly transactionCommitment: Felt
  readonly eventCommitment: Felt
  readonly receiptCommitment: Felt
  readonly stateDiffCommitment: Felt
  readonly stateDiffLength: number
}

/** The hash of a block by the formula of its era (protocol 4.2). `chainId` enters the one before 0.7 only. */
export function blockHash(era: Era, block: BlockHashInput, chainId: Felt): Hashing<Felt> {
  switch (era.blockHash) {
    case 'F0':
      return hashF0(block, chainId)
    case 'F1':
      return hashF1(block)
    case 'F2':
      return hashF2(block)
    case 'F3':
      return hashF3(block)
  }
}

function hashF0(block: BlockHashInput, chainId: Felt): Hashing<Felt> {
  return pedersenArray(
    feltFromNumber(block.number),
    block.stateRoot,
    ZERO, // sequencer
    ZERO, // timestamp
    feltFromNumber(block.transactionCount),
    block.transactionCommitment,
    ZERO, // events
    ZERO, // event commitment
    ZERO,
    ZERO,
    chainId,
    block.parentHash,
  )
}

function hashF1(block: BlockHashInput): Hashing<Felt> {
  return pedersenArray(
    feltFromNumber(block.number),
    block.stateRoot,
    block.sequencerAddress,
    feltFromNumber(block.timestamp),
    feltFromNumber(block.transactionCount),
    block.transactionCommitment,
    feltFromNumber(block.eventCount),
    block.eventCommitment,
    ZERO,
    ZERO,
    block.parentHash,
  )
}

function hashF2(block: BlockHashInput): Hashing<Felt> {
  const { l1GasPrice, l1DataGasPrice } = block
  const prices = [l1GasPrice.wei, l1GasPrice.fri, l1DataGasPrice.wei, l1DataGasPrice.fri]
  return poseidonArray(BLOCK_HASH_0, ...commonPoseidonFields(block), ...prices, ...tail(block))
}

function* hashF3(block: BlockHashInput): Hashing<Felt> {
  const { l1GasPrice, l1DataGasPrice, l2GasPrice } = block
  const prices = yield* poseidonArray(
    GAS_PRICES,
    l1GasPrice.wei,
    l1GasPrice.fri,
    l1DataGasPrice.wei,
    l1DataGasPrice.fri,
    l2GasPrice.wei,
    l2GasPrice.fri,
  )
  return yield* poseidonArray(BLOCK_HASH_1, ...commonPoseidonFields(block), prices, ...tail(block))
}

function commonPoseidonFields(block: BlockHashInput): Felt[] {
  return [
    feltFromNumber(block.number),
    block.stateRoot,
    block.sequencerAddress,
    feltFromNumber(block.timestamp),
    countsFelt(block),
    block.stateDiffCommitment,
    block.transactionCommitment,
    block.eventCommitment,
    block.receiptCommitment,
  ]
}

function tail(block: BlockHashInput): Felt[] {
  return [shortString(block.version), ZERO, block.parentHash]
}

/** Transactions, events and state diff length in 64 bits each, then the DA mode in the top bit of the last 64. */
export function countsFelt(
  block: Pick<BlockHashInput, 'transactionCount' | 'eventCount' | 'stateDiffLength' | 'l1DataMode'>,
): Felt {
  return feltFromBigint(
    (BigInt(block.transactionCount) << 192n) |
      (BigInt(block.eventCount) << 128n) |
      (BigInt(block.stateDiffLength) << 64n) |
      (block.l1DataMode === 'BLOB' ? 1n << 63n : 0n),
  )
}
