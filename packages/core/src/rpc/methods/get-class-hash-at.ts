import { hexFromFelt } from '../../base/felt.ts'
import { findBlock, findClassHash } from '../blocks.ts'
import { defineMethod } from '../method.ts'
import { blockId, felt } from '../params.ts'

/** `starknet_getClassHashAt`. BLOCK_NOT_FOUND, CONTRACT_NOT_FOUND, which the system contracts are too: they have no class. */
export const getClassHashAt = defineMethod({
  params: { block_id: blockId, contract_address: felt },
  handle: (context, { block_id, contract_address }) =>
    hexFromFelt(findClassHash(context, contract_address, findBlock(context, block_id))),
})
