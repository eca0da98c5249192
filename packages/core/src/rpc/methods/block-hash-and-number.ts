import { hexFromFelt } from '../../base/felt.ts'
import { RpcError } from '../errors.ts'
import { defineMethod } from '../method.ts'

/** `starknet_blockHashAndNumber`: of the newest stored block. NO_BLOCKS before there is one. */
export const blockHashAndNumber = defineMethod({
  params: {},
  handle({ view }) {
    const head = view.head()
    if (head === undefined) throw new RpcError('NO_BLOCKS')
    return { block_hash: hexFromFelt(head.hash), block_number: head.number }
  },
})
