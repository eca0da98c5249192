import { readBlock } from '../blocks.ts'
import { RpcError } from '../errors.ts'
import { defineMethod } from '../method.ts'
import { blockId, index } from '../params.ts'
import { renderTransactionWithHash } from '../render-transaction.ts'
import { optionsOf, transactionFlags } from '../response-flags.ts'

/** `starknet_getTransactionByBlockIdAndIndex`. BLOCK_NOT_FOUND, INVALID_TXN_INDEX. */
export const getTransactionByBlockIdAndIndex = defineMethod({
  params: { block_id: blockId, index, response_flags: transactionFlags },
  handle(context, params) {
    const { frame } = readBlock(context, params.block_id)
    if (params.index >= frame.transactionCount) throw new RpcError('INVALID_TXN_INDEX')
    return renderTransactionWithHash(frame.transaction(params.index), optionsOf(params.response_flags))
  },
})
