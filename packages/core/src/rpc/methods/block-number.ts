import { RpcError } from '../errors.ts'
import { defineMethod } from '../method.ts'

/** `starknet_blockNumber`: of the newest stored block. NO_BLOCKS before there is one. */
export const blockNumber = defineMethod({
  params: {},
  handle({ view }) {
    const head = view.head()
    if (head === undefined) throw new RpcError('NO_BLOCKS')
    return head.number
  },
})
