import type { Kernel } from '@deoxys/kernel'
import { equalFelts, type Felt, hexFromFelt, packFelts } from '../base/felt.ts'
import type { BlockSignature } from './block-signature.ts'
import type { Check } from './check-block.ts'
import { poseidonArray, runHashing } from './hashing.ts'
import type { Network } from './network.ts'

export interface SignatureReport {
  readonly check: Check
  /** Those whose key signed; all that were given when none did. */
  readonly networks: readonly Network[]
}

/**
 * Checks a block signature under the keys of the networks the block may be of (protocol 7): over the block hash, or, in
 * answers of the old form, over the hash and the state diff commitment they give.
 */
export function checkSignature(
  kernel: Kernel,
  networks: readonly Network[],
  blockHash: Felt,
  signature: BlockSignature | undefined,
): SignatureReport {
  if (signature === undefined) return { check: { status: 'absent' }, networks }
  if (signature.blockHash !== undefined && !equalFelts(signature.blockHash, blockHash)) {
    const reason = 'the signature is of another block'
    return { check: { status: 'failed', expected: blockHash, computed: signature.blockHash, reason }, networks }
  }
  const messages = [blockHash]
  const { stateDiffCommitment } = signature
  if (stateDiffCommitment !== undefined) {
    messages.push(runHashing(kernel, poseidonArray(blockHash, stateDiffCommitment)))
  }
  const items = networks.flatMap((network) =>
    messages.map((message) => signatureItem(message, signature, network.publicKey)),
  )
  const verdicts = kernel.verifySignatures(packFelts(items))
  const signers = networks.filter((_, i) => messages.some((_, j) => verdicts[i * messages.length + j] === 1))
  if (signers.length > 0) return { check: { status: 'ok', expected: signers[0]!.publicKey }, networks: signers }
  const keys = networks.map((network) => hexFromFelt(network.publicKey)).join(', ')
  return { check: { status: 'failed', expected: networks[0]?.publicKey, reason: `not signed with ${keys}` }, networks }
}

function signatureItem(message: Felt, { r, s }: BlockSignature, publicKey: Felt): Uint8Array {
  return packFelts([message, r, s, publicKey])
}
