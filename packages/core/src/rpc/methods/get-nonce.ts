import { hexFromFelt } from '../../base/felt.ts'
import { findBlock, findClassHash, present } from '../blocks.ts'
import { defineMethod } from '../method.ts'
import { blockId, felt } from '../params.ts'

/** `starknet_getNonce`. BLOCK_NOT_FOUND, CONTRACT_NOT_FOUND, which the system contracts are too: they have no class. */
export const getNonce = defineMethod({
  params: { block_id: blockId, contract_address: felt },
  handle(context, { block_id, contract_address }) {
    const number = findBlock(context, block_id)
    findClassHash(context, contract_address, number)
    return hexFromFelt(present(context.view.nonceAt(contract_address, number)))
  },
})
