import { findBlock, findClassHash, present } from '../blocks.ts'
import { defineMethod } from '../method.ts'
import { blockId, felt } from '../params.ts'
import { renderClass } from '../render-class.ts'

/** `starknet_getClassAt`. BLOCK_NOT_FOUND, CONTRACT_NOT_FOUND. */
export const getClassAt = defineMethod({
  params: { block_id: blockId, contract_address: felt },
  handle(context, { block_id, contract_address }) {
    const classHash = findClassHash(context, contract_address, findBlock(context, block_id))
    const { kind } = present(context.view.classRecord(classHash))
    return renderClass(kind, present(context.view.classBody(classHash)))
  },
})
