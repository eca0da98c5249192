import { findBlock, present } from '../blocks.ts'
import { RpcError } from '../errors.ts'
import { defineMethod } from '../method.ts'
import { blockId, felt } from '../params.ts'
import { renderClass } from '../render-class.ts'

/** `starknet_getClass`. BLOCK_NOT_FOUND, CLASS_HASH_NOT_FOUND also for a class that was declared after the block. */
export const getClass = defineMethod({
  params: { block_id: blockId, class_hash: felt },
  handle(context, { block_id, class_hash }) {
    const number = findBlock(context, block_id)
    const record = context.view.classRecord(class_hash)
    if (record === undefined || record.declaredAt > number) throw new RpcError('CLASS_HASH_NOT_FOUND')
    return renderClass(record.kind, present(context.view.classBody(class_hash)))
  },
})
