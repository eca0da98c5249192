import { equalFelts, type Felt, feltFromNumber, hexFromFelt, ONE, ZERO } from '../../base/felt.ts'
import { findBlock } from '../blocks.ts'
import { RpcError } from '../errors.ts'
import { defineMethod } from '../method.ts'
import { blockId, felt, flags, optional, storageKey } from '../params.ts'
import type { StorageJson } from '../spec-types.ts'

/**
 * `starknet_getStorageAt`: 0x0 for a key that was never written. With INCLUDE_LAST_UPDATE_BLOCK, the value together with
 * the block that wrote it last, 0 if none did; a block that wrote zero counts. BLOCK_NOT_FOUND, CONTRACT_NOT_FOUND.
 */
export const getStorageAt = defineMethod({
  params: {
    contract_address: felt,
    key: storageKey,
    block_id: blockId,
    response_flags: optional(flags('INCLUDE_LAST_UPDATE_BLOCK')),
  },
  handle(context, { contract_address: address, key, block_id, response_flags }): StorageJson {
    const { view, backend } = context
    const number = findBlock(context, block_id)
    const found = view.storageAt(address, key, number)
    if (found === undefined && !isSystemContract(address)) throw new RpcError('CONTRACT_NOT_FOUND')
    const value = hexFromFelt(found ?? ZERO)
    if (response_flags === undefined || response_flags.length === 0) return value
    return { value, last_update_block: backend.storageUpdatedAt(view, address, key, number) ?? 0 }
  },
})

const TWO = feltFromNumber(2)

/** They have storage, and are there from the start. */
function isSystemContract(address: Felt): boolean {
  return equalFelts(address, ONE) || equalFelts(address, TWO)
}
