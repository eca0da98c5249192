import { hexFromFelt } from '../../base/felt.ts'
import { defineMethod } from '../method.ts'

/** `starknet_chainId`: the one that transactions of today hash with. */
export const chainId = defineMethod({
  params: {},
  handle: ({ backend }) => hexFromFelt(backend.network.chainIds[0]!),
})
