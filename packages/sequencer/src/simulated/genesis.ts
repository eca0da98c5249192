import { type Felt, ZERO } from '@deoxys/core/protocol'
import { addDeployAccount, addGenesisDeclare, addInvoke, ETH_TOKEN, STRK_TOKEN } from './account-transactions.ts'
import { type BlockDraft, oneCall } from './block-draft.ts'
import { deployApp } from './menu.ts'
import { addDeploy, addOpenInvoke } from './open-transactions.ts'
import { createCairo0Class, createSierraClass } from './simulated-class.ts'
import type { Account } from './world.ts'

/** Accounts that hold tokens from the start. */
const FOUNDERS = 3

/** Bits of what each of them gets. */
const FUNDS_BITS = 80

/** Block 0: an account class and a token class, the founders, the fee tokens in their hands, and one more contract. */
export function addGenesis(draft: BlockDraft): void {
  const { random, kernel, rules } = draft
  const isModern = !rules.isOpen && !rules.accountVersions.includes(1)
  const create = isModern ? createSierraClass : createCairo0Class
  const [accountClass, tokenClass] = [create(random, kernel), create(random, kernel)]
  for (const cls of [accountClass, tokenClass]) {
    if (rules.hasDeclare) addGenesisDeclare(draft, cls)
    else draft.addClass(cls)
  }
  if (rules.accountVersions.length === 0) addOldFounders(draft, accountClass.hash, tokenClass.hash)
  else addFounders(draft, isModern ? 3 : 1, accountClass.hash, tokenClass.hash)
}

function addFounders(draft: BlockDraft, version: 1 | 3, accountClass: Felt, tokenClass: Felt): void {
  const founders = Array.from({ length: FOUNDERS }, () => addDeployAccount(draft, version, accountClass))
  const [founder] = founders
  for (const token of [ETH_TOKEN, STRK_TOKEN]) {
    draft.changes.deploy(token, tokenClass)
    addInvoke(draft, version, founder!, mint(draft, token, founders))
  }
  addInvoke(draft, version, founder!, deployApp(draft, founder!))
}

/** Accounts are contracts like any other, and transactions know no nonce. */
function addOldFounders(draft: BlockDraft, accountClass: Felt, tokenClass: Felt): void {
  const founders = Array.from(
    { length: FOUNDERS },
    (): Account => ({ address: addDeploy(draft, accountClass), nonce: 0n }),
  )
  for (const founder of founders) draft.world.addAccount(founder)
  const [founder] = founders
  for (const token of [ETH_TOKEN, STRK_TOKEN]) {
    draft.changes.deploy(token, tokenClass)
    addOpenInvoke(draft, founder!, mint(draft, token, founders))
  }
  addOpenInvoke(draft, founder!, deployApp(draft, founder!))
}

function mint(draft: BlockDraft, token: Felt, holders: readonly Account[]) {
  return {
    calldata: oneCall(token, draft.selector('permissioned_mint'), []),
    events: holders.map(({ address }) => draft.transfer(token, ZERO, address, draft.random.bits(FUNDS_BITS))),
  }
}
