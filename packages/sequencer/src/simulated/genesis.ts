import { ZERO } from '@deoxys/core/protocol'
import { addDeployAccount, addGenesisDeclare, addInvoke, ETH_TOKEN, STRK_TOKEN } from './account-transactions.ts'
import { type BlockDraft, oneCall } from './block-draft.ts'
import { deployApp } from './menu.ts'
import { createCairo0Class, createSierraClass } from './simulated-class.ts'

/** Accounts that hold tokens from the start. */
const FOUNDERS = 3

/** Bits of what each of them gets. */
const FUNDS_BITS = 80

/** Block 0: an account class and a token class, the founders, the fee tokens in their hands, and one more contract. */
export function addGenesis(draft: BlockDraft): void {
  const { random, kernel, rules } = draft
  const isModern = !rules.accountVersions.includes(1)
  const version = isModern ? 3 : 1
  const create = isModern ? createSierraClass : createCairo0Class
  const [accountClass, tokenClass] = [create(random, kernel), create(random, kernel)]
  addGenesisDeclare(draft, accountClass)
  addGenesisDeclare(draft, tokenClass)
  const founders = Array.from({ length: FOUNDERS }, () => addDeployAccount(draft, version, accountClass.hash))
  const [founder] = founders
  for (const token of [ETH_TOKEN, STRK_TOKEN]) {
    draft.changes.deploy(token, tokenClass.hash)
    addInvoke(draft, version, founder!, {
      calldata: oneCall(token, draft.selector('permissioned_mint'), []),
      events: founders.map(({ address }) => draft.transfer(token, ZERO, address, random.bits(FUNDS_BITS))),
    })
  }
  addInvoke(draft, version, founder!, deployApp(draft, founder!))
}
