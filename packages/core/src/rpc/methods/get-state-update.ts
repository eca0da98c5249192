import { findBlock, present } from '../blocks.ts'
import { defineMethod } from '../method.ts'
import { blockId, feltList, optional } from '../params.ts'
import { renderStateUpdate } from '../render-state-update.ts'

/** `starknet_getStateUpdate`. An empty list of contracts leaves classes alone; no list, all of it. BLOCK_NOT_FOUND. */
export const getStateUpdate = defineMethod({
  params: { block_id: blockId, contract_addresses: optional(feltList) },
  handle(context, { block_id, contract_addresses }) {
    const update = present(context.view.stateUpdateAt(findBlock(context, block_id)))
    return renderStateUpdate(update, contract_addresses)
  },
})
