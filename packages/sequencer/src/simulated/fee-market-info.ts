import { isAtLeast } from '@deoxys/core/protocol'
import type { RawJson } from '../raw-json.ts'

/** What is read of a block to say what its gas market did. */
interface PricedBlock {
  readonly starknet_version?: string
  readonly l2_gas_price?: { readonly price_in_fri: string }
  readonly transaction_receipts: readonly {
    readonly execution_resources?: { readonly total_gas_consumed?: { readonly l2_gas?: number } }
  }[]
}

/**
 * The members that `withFeeMarketInfo` adds to a block from 0.14.0 on: the L2 gas its transactions used, and the price in
 * the next block, which here is expected to stay. Nothing hashes them.
 */
export function feeMarketInfo(block: RawJson): readonly (readonly [name: string, json: RawJson])[] {
  const { starknet_version, l2_gas_price, transaction_receipts }: PricedBlock = JSON.parse(
    Buffer.from(block).toString(),
  )
  if (!isAtLeast(starknet_version, '0.14.0') || l2_gas_price === undefined) return []
  const consumed = transaction_receipts.reduce(
    (sum, { execution_resources }) => sum + (execution_resources?.total_gas_consumed?.l2_gas ?? 0),
    0,
  )
  return [
    ['l2_gas_consumed', Buffer.from(String(consumed))],
    ['next_l2_gas_price', Buffer.from(JSON.stringify(l2_gas_price.price_in_fri))],
  ]
}
