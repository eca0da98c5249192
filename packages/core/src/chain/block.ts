import type { Felt } from '../base/felt.ts'
import { type Codec, felt, oneOf, optional, struct, text, u32, u53 } from './codec.ts'
import type { Receipt } from './receipt.ts'
import type { Transaction } from './transaction.ts'

/** A block as the gateway tells it (protocol 8.3): nothing in it is believed yet. */
export interface ReportedBlock {
  readonly header: ReportedHeader
  readonly transactions: readonly Transaction[]
  /** At the index of its transaction. */
  readonly receipts: readonly Receipt[]
}

export interface ReportedHeader {
  readonly number: number
  readonly hash: Felt
  readonly parentHash: Felt
  readonly stateRoot: Felt
  /** Seconds since 1970. */
  readonly timestamp: number
  /** Absent in the gateway's oldest blocks (protocol 4.3). */
  readonly sequencerAddress: Felt | undefined
  /** Exactly as the gateway spells it, since it is hashed; absent before 0.9.1. */
  readonly version: string | undefined
  readonly status: BlockStatus
  readonly l1DataMode: L1DataMode
  readonly l1GasPrice: GasPrice
  readonly l1DataGasPrice: GasPrice
  readonly l2GasPrice: GasPrice
  readonly transactionCommitment: Felt | undefined
  readonly eventCommitment: Felt | undefined
  readonly receiptCommitment: Felt | undefined
  readonly stateDiffCommitment: Felt | undefined
  readonly stateDiffLength: number | undefined
}

export type BlockStatus = 'ACCEPTED_ON_L2' | 'ACCEPTED_ON_L1'
export type L1DataMode = 'CALLDATA' | 'BLOB'

export interface GasPrice {
  readonly wei: Felt
  readonly fri: Felt
}

/**
 * The header of a verified block: every commitment was computed here. In blocks before 0.13.2 the transaction and
 * event commitments are the ones hashed into that block, receipt and state diff commitments follow the 0.13.2 formula.
 */
export interface BlockHeader {
  readonly number: number
  readonly hash: Felt
  readonly parentHash: Felt
  readonly stateRoot: Felt
  readonly timestamp: number
  /** The address the block hash proves, which may be the network's fallback (protocol 4.3). */
  readonly sequencerAddress: Felt
  /** Empty before 0.9.1. */
  readonly version: string
  readonly l1DataMode: L1DataMode
  readonly l1GasPrice: GasPrice
  readonly l1DataGasPrice: GasPrice
  readonly l2GasPrice: GasPrice
  readonly transactionCommitment: Felt
  readonly eventCommitment: Felt
  readonly receiptCommitment: Felt
  readonly stateDiffCommitment: Felt
  readonly stateDiffLength: number
  readonly transactionCount: number
  readonly eventCount: number
  /** The sequencer's signature over the block, r ‖ s as two felts, when the policy asked for one. */
  readonly signature: readonly [r: Felt, s: Felt] | undefined
}

const gasPrice: Codec<GasPrice> = struct({ wei: felt, fri: felt })

const signature: Codec<readonly [Felt, Felt]> = {
  write(to, [r, s]) {
    to.bytes(r)
    to.bytes(s)
  },
  read: (from) => [felt.read(from), felt.read(from)],
}

export const headerCodec: Codec<BlockHeader> = struct<BlockHeader>({
  number: u32,
  hash: felt,
  parentHash: felt,
  stateRoot: felt,
  timestamp: u53,
  sequencerAddress: felt,
  version: text,
  l1DataMode: oneOf<L1DataMode>('CALLDATA', 'BLOB'),
  l1GasPrice: gasPrice,
  l1DataGasPrice: gasPrice,
  l2GasPrice: gasPrice,
  transactionCommitment: felt,
  eventCommitment: felt,
  receiptCommitment: felt,
  stateDiffCommitment: felt,
  stateDiffLength: u53,
  transactionCount: u32,
  eventCount: u32,
  signature: optional(signature),
})
