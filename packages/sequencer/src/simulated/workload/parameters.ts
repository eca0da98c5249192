import type { Quantiles, Weighted } from './distributions.ts'
import type { ValueSizes } from './felt-values.ts'

/** How much of what is in a block, after measurements of recorded blocks and, where there are none, assumptions. */
export interface Parameters {
  readonly transactions: Quantiles
  /** Of all transactions; the rest are invocations. */
  readonly deployAccount: number
  readonly l1Handler: number
  readonly declare: number
  /** Of the invocations where versions 1 and 3 are both there. */
  readonly version1: number
  /** Accounts there are with a full state, and how unevenly they send (the exponent of Zipf). */
  readonly accounts: number
  readonly accountsExponent: number
  readonly calldata: Quantiles
  readonly signature: Weighted
  readonly events: Quantiles
  /** An event comes from the sender's own contract. */
  readonly senderEvent: number
  readonly keys: Weighted
  readonly data: Quantiles
  readonly firstKeys: number
  readonly firstKeysExponent: number
  readonly message: number
  readonly reverted: number
  readonly revertText: Quantiles
  readonly steps: Quantiles
  /** One more account's balance changes. */
  readonly thirdBalance: number
  /** Another call of an app. */
  readonly nextCall: number
  readonly apps: number
  readonly appsExponent: number
  /** Of the exponential part of the cells that a call writes. */
  readonly writesMean: number
  readonly hotCells: number
  readonly hotCellsExponent: number
  /** Shares of the cells written: hot ones, the sender's own in the app; the rest was never used before. */
  readonly hot: number
  readonly ofSender: number
  readonly senderCell: number
  readonly values: ValueSizes
  readonly deployed: number
  readonly replaced: number
  /** Cells before the first ordinary block, in accounts and apps. */
  readonly stateCells: number
}

export const MAINNET_LIKE: Parameters = {
  transactions: [1, 20, 130, 265, 300, 430],
  deployAccount: 0.02,
  l1Handler: 0.015,
  declare: 0.005,
  version1: 0.84,
  accounts: 200_000,
  accountsExponent: 0.82,
  calldata: [4, 11, 34, 103, 256, 463],
  signature: [
    [2, 0.82],
    [3, 0.13],
    [4, 0.025],
    [9, 0.01],
    [5, 0.003],
    [10, 0.003],
    [15, 0.003],
    [25, 0.003],
    [68, 0.003],
  ],
  events: [1, 2, 5, 12, 26, 112],
  senderEvent: 0.6,
  keys: [
    [1, 0.83],
    [2, 0.1],
    [3, 0.04],
    [4, 0.02],
    [0, 0.005],
    [5, 0.005],
  ],
  data: [0, 2, 4, 8, 21, 169],
  firstKeys: 64,
  firstKeysExponent: 1.6,
  message: 0.005,
  reverted: 0.03,
  revertText: [30, 59, 237, 808, 1508, 1508],
  steps: [63, 8000, 26_000, 108_000, 425_000, 1_224_000],
  thirdBalance: 0.3,
  nextCall: 0.6,
  apps: 500,
  appsExponent: 1.5,
  writesMean: 1.4,
  hotCells: 100,
  hotCellsExponent: 1.1,
  hot: 0.55,
  ofSender: 0.2,
  senderCell: 0.01,
  values: [
    [0, 0, 0.04],
    [1, 4, 0.35],
    [5, 8, 0.36],
    [9, 16, 0.11],
    [17, 30, 0.02],
    [31, 31, 0.12],
  ],
  deployed: 0.01,
  replaced: 0.005,
  stateCells: 100_000,
}

/** Blocks as full as they get. */
export const DENSE: Parameters = {
  ...MAINNET_LIKE,
  transactions: [500, 500, 500, 500, 500, 500],
  events: [1, 4, 10, 16, 26, 112],
  nextCall: 0.79,
  apps: 2000,
  appsExponent: 1.2,
  writesMean: 2.6,
  hotCells: 1000,
  hotCellsExponent: 0.9,
}
