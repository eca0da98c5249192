import {
  type Block,
  feltAt,
  type GasPrice,
  type GasVector,
  hexFromFelt,
  hexFromFelts,
  type L1Handler,
  type Receipt,
  type Transaction,
} from '@deoxys/core/protocol'
import type { JsonMembers } from './print-json.ts'
import { renderTransaction } from './render-transaction.ts'
import type { Rules } from './schedule.ts'

/** Spells a felt as an address on L1. */
export type EthereumAddress = (address: Uint8Array) => string

/** A block, and what of its version's rules says which fields it has. */
export interface RenderedBlock extends Block {
  readonly rules: Pick<Rules, 'era' | 'hasFullHeader' | 'hasL2Gas'>
}

/**
 * A block as `get_block` (protocol 8.3), with the fields a gateway of the block's version has; of blocks before 0.13.1
 * those of 0.13.1, which was the first to print commitments. The oldest blocks lack what they lack there: zeros for
 * commitments, neither sequencer nor version.
 */
export function renderBlock(block: RenderedBlock, ethereumAddress: EthereumAddress): JsonMembers {
  const { header, rules, transactions } = block
  const isPoseidon = rules.era.commitments === 'poseidon'
  return {
    block_hash: hexFromFelt(header.hash),
    parent_block_hash: hexFromFelt(header.parentHash),
    block_number: header.number,
    state_root: hexFromFelt(header.stateRoot),
    transaction_commitment: rules.hasFullHeader ? hexFromFelt(header.transactionCommitment) : '0x0',
    event_commitment: rules.hasFullHeader ? hexFromFelt(header.eventCommitment) : '0x0',
    receipt_commitment: isPoseidon ? hexFromFelt(header.receiptCommitment) : undefined,
    state_diff_commitment: isPoseidon ? hexFromFelt(header.stateDiffCommitment) : undefined,
    state_diff_length: isPoseidon ? header.stateDiffLength : undefined,
    status: 'ACCEPTED_ON_L2',
    l1_da_mode: header.l1DataMode,
    l1_gas_price: renderGasPrice(header.l1GasPrice),
    l1_data_gas_price: renderGasPrice(header.l1DataGasPrice),
    l2_gas_price: rules.hasL2Gas ? renderGasPrice(header.l2GasPrice) : undefined,
    transactions: transactions.map(renderTransaction),
    timestamp: header.timestamp,
    sequencer_address: rules.hasFullHeader ? hexFromFelt(header.sequencerAddress) : undefined,
    transaction_receipts: renderReceipts(block, ethereumAddress),
    starknet_version: header.version === '' ? undefined : header.version,
  }
}

export function renderReceipts({ receipts, transactions }: Block, ethereumAddress: EthereumAddress): JsonMembers[] {
  return receipts.map((receipt, i) => renderReceipt(receipt, transactions[i]!, i, ethereumAddress))
}

export function renderGasPrice({ wei, fri }: GasPrice): JsonMembers {
  return { price_in_wei: hexFromFelt(wei), price_in_fri: hexFromFelt(fri) }
}

function renderReceipt(
  receipt: Receipt,
  transaction: Transaction,
  index: number,
  ethereumAddress: EthereumAddress,
): JsonMembers {
  const { revertError, messages, events, resources } = receipt
  return {
    revert_error: revertError,
    execution_status: revertError === undefined ? 'SUCCEEDED' : 'REVERTED',
    transaction_index: index,
    transaction_hash: hexFromFelt(transaction.hash),
    l1_to_l2_consumed_message:
      transaction.type === 'l1_handler' ? renderConsumedMessage(transaction, ethereumAddress) : undefined,
    l2_to_l1_messages: messages.map(({ fromAddress, toAddress, payload }) => ({
      from_address: hexFromFelt(fromAddress),
      to_address: ethereumAddress(toAddress),
      payload: hexFromFelts(payload),
    })),
    events: events.map(({ fromAddress, keys, data }) => ({
      from_address: hexFromFelt(fromAddress),
      keys: hexFromFelts(keys),
      data: hexFromFelts(data),
    })),
    execution_resources: resources && renderResources(resources),
    actual_fee: hexFromFelt(receipt.actualFee),
  }
}

function renderConsumedMessage(transaction: L1Handler, ethereumAddress: EthereumAddress): JsonMembers {
  const { contractAddress, entryPointSelector, calldata, nonce } = transaction
  const [, ...payload] = hexFromFelts(calldata)
  return {
    from_address: ethereumAddress(feltAt(calldata, 0)),
    to_address: hexFromFelt(contractAddress),
    selector: hexFromFelt(entryPointSelector),
    payload,
    nonce: nonce && hexFromFelt(nonce),
  }
}

function renderResources(resources: NonNullable<Receipt['resources']>): JsonMembers {
  const { steps, memoryHoles, builtins, dataAvailability, totalGas } = resources
  return {
    n_steps: steps,
    builtin_instance_counter: Object.fromEntries(builtins.map(({ name, count }) => [name, count])),
    n_memory_holes: memoryHoles,
    data_availability: dataAvailability && renderGasVector(dataAvailability),
    total_gas_consumed: totalGas && renderGasVector(totalGas),
  }
}

function renderGasVector({ l1Gas, l1DataGas, l2Gas }: GasVector): JsonMembers {
  return { l1_gas: l1Gas, l1_data_gas: l1DataGas, l2_gas: l2Gas }
}
