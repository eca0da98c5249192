import type { ReportedHeader } from './block.ts'
import type { Receipt } from './receipt.ts'
import type { StateDiff } from './state-update.ts'
import type { Transaction } from './transaction.ts'

/** What is settled of a block before it is closed; the rest of its header is not known yet. */
export type OpenHeader = Pick<
  ReportedHeader,
  'timestamp' | 'sequencerAddress' | 'version' | 'l1DataMode' | 'l1GasPrice' | 'l1DataGasPrice' | 'l2GasPrice'
>

/**
 * The block under construction as a gateway tells it (protocol 8.6). Nothing of it can be verified: no hash, root or
 * signature covers it, and it may be gone the next moment.
 */
export interface PreConfirmedBlock {
  readonly number: number
  readonly header: OpenHeader
  /** The executed ones, then the candidates. */
  readonly transactions: readonly Transaction[]
  /** Of the executed transactions, at the index of each. */
  readonly receipts: readonly Receipt[]
  /** What the executed transactions changed, all together. */
  readonly stateDiff: StateDiff
}
