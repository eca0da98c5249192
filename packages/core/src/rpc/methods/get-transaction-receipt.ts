import { hexFromFelt } from '../../base/felt.ts'
import { findTransaction, present, statusOf } from '../blocks.ts'
import { defineMethod } from '../method.ts'
import { felt } from '../params.ts'
import { renderReceipt } from '../render-receipt.ts'
import type { ReceiptWithBlockJson } from '../spec-types.ts'

/** `starknet_getTransactionReceipt`, of stored blocks. TXN_HASH_NOT_FOUND. */
export const getTransactionReceipt = defineMethod({
  params: { transaction_hash: felt },
  handle(context, { transaction_hash }): ReceiptWithBlockJson {
    const { number, index } = findTransaction(context, transaction_hash)
    const { view, backend } = context
    const frame = present(view.blockFrame(number))
    const options = { status: statusOf(context, number), keccak256: backend.keccak256 }
    return {
      ...renderReceipt(frame.transaction(index), frame.receipt(index), options),
      block_hash: hexFromFelt(present(view.blockHashAt(number))),
      block_number: number,
    }
  },
})
