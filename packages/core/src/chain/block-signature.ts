import type { Felt } from '../base/felt.ts'

/** The sequencer's signature over a block as the gateway tells it (protocol 7): nothing in it is believed yet. */
export interface BlockSignature {
  readonly r: Felt
  readonly s: Felt
  /** The block it says it is for; the bare form inside `includeSignature` answers does not say. */
  readonly blockHash: Felt | undefined
  /** Signed together with the block hash in the old form alone. An obsolete formula: it is not the block's own. */
  readonly stateDiffCommitment: Felt | undefined
}
