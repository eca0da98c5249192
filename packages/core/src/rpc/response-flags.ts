import { flags, optional } from './params.ts'
import type { TransactionOptions } from './render-transaction.ts'

/** `response_flags` of the methods that answer with transactions. */
export const transactionFlags = optional(flags('INCLUDE_PROOF_FACTS'))

export function optionsOf(given: readonly 'INCLUDE_PROOF_FACTS'[] | undefined): TransactionOptions {
  return { withProofFacts: given?.includes('INCLUDE_PROOF_FACTS') ?? false }
}
