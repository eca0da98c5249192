import { findBlock, present } from '../blocks.ts'
import { defineMethod } from '../method.ts'
import { blockId } from '../params.ts'

/** `starknet_getBlockTransactionCount`. BLOCK_NOT_FOUND. */
export const getBlockTransactionCount = defineMethod({
  params: { block_id: blockId },
  handle: (context, { block_id }) => present(context.view.headerAt(findBlock(context, block_id))).transactionCount,
})
