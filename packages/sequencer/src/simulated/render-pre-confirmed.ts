import { createHash } from 'node:crypto'
import { hexFromFelt, isZero } from '@deoxys/core/protocol'
import type { SimulatedBlock } from './chain-builder.ts'
import type { JsonMembers } from './print-json.ts'
import { type EthereumAddress, renderGasPrice, renderReceipts } from './render-block.ts'
import { renderStateDiff } from './render-state-update.ts'
import { renderTransaction } from './render-transaction.ts'

/** Of a block under construction: the first `executed` transactions with what they did, then candidates. */
export interface Seen {
  readonly executed: number
  readonly received: number
}

/** As `get_preconfirmed_block` answers in full (protocol 8.6). */
export function renderPreConfirmed(block: SimulatedBlock, seen: Seen, ethereumAddress: EthereumAddress): JsonMembers {
  const { header } = block
  return {
    status: 'PRE_CONFIRMED',
    starknet_version: header.version,
    l1_da_mode: header.l1DataMode,
    l1_gas_price: renderGasPrice(header.l1GasPrice),
    l1_data_gas_price: renderGasPrice(header.l1DataGasPrice),
    l2_gas_price: renderGasPrice(header.l2GasPrice),
    timestamp: header.timestamp,
    sequencer_address: hexFromFelt(header.sequencerAddress),
    ...renderItems(block, 0, seen, ethereumAddress),
  }
}

/** The three lists, from transaction `from` on; `null` for what a candidate has not done yet. */
export function renderItems(
  block: SimulatedBlock,
  from: number,
  { executed, received }: Seen,
  ethereumAddress: EthereumAddress,
): JsonMembers {
  const onlyDone = <T>(items: readonly T[]) =>
    Array.from({ length: Math.max(0, received - from) }, (_, i) => (from + i < executed ? items[from + i]! : null))
  return {
    transactions: block.transactions.slice(from, received).map(renderTransaction),
    transaction_receipts: onlyDone(renderReceipts(block, ethereumAddress)),
    transaction_state_diffs: onlyDone(block.transactionDiffs().map((diff) => renderStateDiff(diff, block.rules))),
  }
}

/** Names the round of a block under construction: another branch has another. */
export function blockIdentifier({ header }: SimulatedBlock): string {
  return `0x${createHash('sha256').update(header.hash).digest('hex').slice(0, 8).replace(/^0/, '1')}`
}

/** As `get_block` answers for `pending`, before 0.14.0: without what only a closed block has. */
export function renderPendingBlock(
  block: SimulatedBlock,
  { executed }: Seen,
  ethereumAddress: EthereumAddress,
): JsonMembers {
  const { header, rules } = block
  return {
    parent_block_hash: hexFromFelt(header.parentHash),
    status: 'PENDING',
    l1_da_mode: header.l1DataMode,
    l1_gas_price: renderGasPrice(header.l1GasPrice),
    l1_data_gas_price: renderGasPrice(header.l1DataGasPrice),
    l2_gas_price: rules.hasL2Gas ? renderGasPrice(header.l2GasPrice) : undefined,
    transactions: block.transactions.slice(0, executed).map(renderTransaction),
    timestamp: header.timestamp,
    sequencer_address: isZero(header.sequencerAddress) ? undefined : hexFromFelt(header.sequencerAddress),
    transaction_receipts: renderReceipts(block, ethereumAddress).slice(0, executed),
    starknet_version: header.version === '' ? undefined : header.version,
  }
}
