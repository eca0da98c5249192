import type { BlockDraft } from './block-draft.ts'
import type { ChainContent } from './chain-builder.ts'
import { addGenesis } from './genesis.ts'
import { menuOf } from './menu.ts'

/** Transactions of a block, at least and at most. */
const TRANSACTIONS_MIN = 4
const TRANSACTIONS_MAX = 8

/** One block in this many has none at all, except after a fork, where it could be the block that was there before. */
const QUIET_INTERVAL = 7
const QUIET_PHASE = 3

/** A little of everything: the menu goes round, so that all that an era has comes up within a few blocks. */
export const menuContent: ChainContent = {
  addTransactions(draft: BlockDraft, branch: number): void {
    if (draft.number === 0) addGenesis(draft)
    else if (branch > 0 || draft.number % QUIET_INTERVAL !== QUIET_PHASE) addFromMenu(draft)
  },
}

function addFromMenu(draft: BlockDraft): void {
  const menu = menuOf(draft.rules)
  for (let count = draft.random.integer(TRANSACTIONS_MIN, TRANSACTIONS_MAX); count > 0; count--) {
    draft.beginTransaction()
    menu[draft.world.takeTurn() % menu.length]!(draft)
  }
}
