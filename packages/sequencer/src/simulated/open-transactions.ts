import { contractAddress, type Felt, feltFromBigint, ZERO } from '@deoxys/core/protocol'
import { FEE_BITS, payFee, type Work } from './account-transactions.ts'
import type { BlockDraft } from './block-draft.ts'
import type { Account } from './world.ts'

/** Transactions of the time when no account was needed: neither has a nonce. */

/** `INVOKE_FUNCTION` of version 0: a call of the account's own entry point. */
export function addOpenInvoke(draft: BlockDraft, account: Account, { calldata, ...outcome }: Work): void {
  const { random, rules } = draft
  const { fee, events } = rules.hasFees ? payFee(draft, 1, account) : { fee: 0n, events: [] }
  draft.add(
    {
      type: 'invoke',
      version: 0,
      hash: ZERO,
      contractAddress: account.address,
      entryPointSelector: draft.selector('__execute__'),
      calldata,
      maxFee: rules.hasFees ? feltFromBigint(random.bits(FEE_BITS + 1)) : ZERO,
      signature: random.felts(0, 2),
    },
    { ...outcome, fee, events: [...(outcome.events ?? []), ...events] },
  )
}

/** `DEPLOY` of a known class. Returns the address of the new contract. */
export function addDeploy(draft: BlockDraft, classHash: Felt): Felt {
  const { random, rules } = draft
  const [contractAddressSalt, constructorCalldata] = [random.felt(), random.felts(0, 3)]
  const address = draft.compute(contractAddress(ZERO, contractAddressSalt, classHash, constructorCalldata))
  draft.add({
    type: 'deploy',
    version: rules.accountVersions.length > 0 && random.oneIn(2) ? 1 : 0,
    hash: ZERO,
    contractAddress: address,
    contractAddressSalt,
    classHash,
    constructorCalldata,
  })
  draft.changes.deploy(address, classHash)
  return address
}
