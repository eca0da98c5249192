import { hexFromFelt } from '../base/felt.ts'
import type { BlockHeader, BlockStatus, GasPrice } from '../chain/block.ts'
import type { BlockHeaderJson, BlockJson, ResourcePriceJson } from './spec-types.ts'

/** The block with its transactions in one of the three forms. */
export function renderBlock<Transaction>(
  header: BlockHeader,
  status: BlockStatus,
  transactions: readonly Transaction[],
): BlockJson<Transaction> {
  return { status, ...renderHeader(header), transactions }
}

/**
 * All commitments and counts were computed by this node. Before 0.13.2 the transaction and event commitments are those
 * that were hashed into the block, while receipt and state diff commitments, which such blocks do not have, follow the
 * formula of 0.13.2 (protocol 5). `starknet_version` is empty before 0.9.1.
 */
export function renderHeader(header: BlockHeader): BlockHeaderJson {
  return {
    block_hash: hexFromFelt(header.hash),
    parent_hash: hexFromFelt(header.parentHash),
    block_number: header.number,
    new_root: hexFromFelt(header.stateRoot),
    timestamp: header.timestamp,
    sequencer_address: hexFromFelt(header.sequencerAddress),
    l1_gas_price: renderPrice(header.l1GasPrice),
    l2_gas_price: renderPrice(header.l2GasPrice),
    l1_data_gas_price: renderPrice(header.l1DataGasPrice),
    l1_da_mode: header.l1DataMode,
    starknet_version: header.version,
    event_commitment: hexFromFelt(header.eventCommitment),
    transaction_commitment: hexFromFelt(header.transactionCommitment),
    receipt_commitment: hexFromFelt(header.receiptCommitment),
    state_diff_commitment: hexFromFelt(header.stateDiffCommitment),
    event_count: header.eventCount,
    transaction_count: header.transactionCount,
    state_diff_length: header.stateDiffLength,
  }
}

function renderPrice({ wei, fri }: GasPrice): ResourcePriceJson {
  return { price_in_wei: hexFromFelt(wei), price_in_fri: hexFromFelt(fri) }
}
