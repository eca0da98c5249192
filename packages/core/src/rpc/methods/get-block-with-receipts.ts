import { readBlock, statusOf } from '../blocks.ts'
import { defineMethod } from '../method.ts'
import { blockId } from '../params.ts'
import { renderBlock } from '../render-block.ts'
import { renderReceipt } from '../render-receipt.ts'
import { renderTransaction } from '../render-transaction.ts'
import { optionsOf, transactionFlags } from '../response-flags.ts'
import type { BlockWithReceiptsJson } from '../spec-types.ts'

/** `starknet_getBlockWithReceipts`. The hash of a transaction is in its receipt. BLOCK_NOT_FOUND. */
export const getBlockWithReceipts = defineMethod({
  params: { block_id: blockId, response_flags: transactionFlags },
  handle(context, { block_id, response_flags }): BlockWithReceiptsJson {
    const { header, frame } = readBlock(context, block_id)
    const status = statusOf(context, header.number)
    const options = optionsOf(response_flags)
    const transactions = frame.transactions().map((tx, i) => ({
      transaction: renderTransaction(tx, options),
      receipt: renderReceipt(tx, frame.receipt(i), { status, keccak256: context.backend.keccak256 }),
    }))
    return renderBlock(header, status, transactions)
  },
})
