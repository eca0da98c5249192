import type { Felt } from '../base/felt.ts'
import type { LedgerMask } from '../chain/ledger.ts'

/**
 * A sealed letter: one block as the bus carries it, verified and not stored. Everything big in it is bytes that no one
 * keeps a view of, so that it can be handed to another thread.
 */
export interface Letter {
  readonly number: number
  readonly hash: Felt
  readonly parentHash: Felt
  /** BLOCK frame (chain/frame.ts). */
  readonly block: Uint8Array
  /** STATE frame (chain/frame.ts). */
  readonly state: Uint8Array
  /** Bodies of the classes that the block names and the store did not have when they were fetched. */
  readonly classes: readonly ClassBody[]
  /** What was checked so far; sealing adds its own. */
  readonly checks: LedgerMask
}

export interface ClassBody {
  readonly hash: Felt
  readonly kind: 'cairo0' | 'sierra'
  /** The gateway's exact text. */
  readonly text: Uint8Array
  /** False for a Cairo 0 class of the list of hashes that cannot be recomputed. */
  readonly isVerified: boolean
  /** The compiled class, where it was fetched too. */
  readonly compiled: Uint8Array | undefined
}
