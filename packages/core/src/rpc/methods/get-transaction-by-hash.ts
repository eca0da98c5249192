import { findTransaction, present } from '../blocks.ts'
import { defineMethod } from '../method.ts'
import { felt } from '../params.ts'
import { renderTransactionWithHash } from '../render-transaction.ts'
import { optionsOf, transactionFlags } from '../response-flags.ts'

/** `starknet_getTransactionByHash`, of stored blocks. TXN_HASH_NOT_FOUND. */
export const getTransactionByHash = defineMethod({
  params: { transaction_hash: felt, response_flags: transactionFlags },
  handle(context, { transaction_hash, response_flags }) {
    const { number, index } = findTransaction(context, transaction_hash)
    const tx = present(context.view.blockFrame(number)).transaction(index)
    return renderTransactionWithHash(tx, optionsOf(response_flags))
  },
})
