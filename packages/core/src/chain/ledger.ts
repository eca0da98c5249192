/**
 * The verification ledger: one bit for each thing that was checked before a block was stored. A missing bit means that
 * the check does not apply to the block's era, or that the policy did not ask for it.
 */
export const LEDGER_BITS = {
  /** The block names the stored block before it as its parent, and its root as the old root. */
  parent: 1,
  transaction_hashes: 2,
  transaction_commitment: 4,
  event_commitment: 8,
  receipt_commitment: 16,
  state_diff_commitment: 32,
  block_hash: 64,
  signature: 128,
  /** The state commitment over the local tries equals the header's. */
  state_root: 256,
  /** The body of every class the block names first gives its hash. */
  classes: 512,
  /** The same for the compiled classes. */
  compiled_classes: 1024,
  /**
   * `state_root`, but of a later block that was sealed in the same trie pass. Only where `state_diff_commitment` and
   * the block hash prove the difference of each block.
   */
  range_root: 2048,
} as const

export type LedgerCheck = keyof typeof LEDGER_BITS

/** A set of `LEDGER_BITS`. */
export type LedgerMask = number

export const LEDGER_CHECKS = Object.keys(LEDGER_BITS) as readonly LedgerCheck[]

/** The names of the bits that are set, in order. */
export function ledgerChecks(mask: LedgerMask): LedgerCheck[] {
  return LEDGER_CHECKS.filter((name) => (mask & LEDGER_BITS[name]) !== 0)
}
