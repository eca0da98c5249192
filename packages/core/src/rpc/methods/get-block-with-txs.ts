import { readBlock, statusOf } from '../blocks.ts'
import { defineMethod } from '../method.ts'
import { blockId } from '../params.ts'
import { renderBlock } from '../render-block.ts'
import { renderTransactionWithHash } from '../render-transaction.ts'
import { optionsOf, transactionFlags } from '../response-flags.ts'
import type { BlockWithTxsJson } from '../spec-types.ts'

/** `starknet_getBlockWithTxs`. BLOCK_NOT_FOUND. */
export const getBlockWithTxs = defineMethod({
  params: { block_id: blockId, response_flags: transactionFlags },
  handle(context, { block_id, response_flags }): BlockWithTxsJson {
    const { header, frame } = readBlock(context, block_id)
    const options = optionsOf(response_flags)
    const transactions = frame.transactions().map((tx) => renderTransactionWithHash(tx, options))
    return renderBlock(header, statusOf(context, header.number), transactions)
  },
})
