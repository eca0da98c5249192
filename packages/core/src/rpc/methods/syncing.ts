import { hexFromFelt, ZERO } from '../../base/felt.ts'
import { defineMethod } from '../method.ts'
import type { SyncingJson } from '../spec-types.ts'

/** `starknet_syncing`: where sync began, is and goes; before the first block is stored, it is at block 0 with hash 0. */
export const syncing = defineMethod({
  params: {},
  handle({ view, backend }): SyncingJson {
    const status = backend.syncStatus()
    if (status === false) return false
    const head = view.head()
    return {
      starting_block_hash: hexFromFelt(status.startingHash),
      starting_block_num: status.startingNumber,
      current_block_hash: hexFromFelt(head?.hash ?? ZERO),
      current_block_num: head?.number ?? 0,
      highest_block_hash: hexFromFelt(status.highestHash),
      highest_block_num: status.highestNumber,
    }
  },
})
