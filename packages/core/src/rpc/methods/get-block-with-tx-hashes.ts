import { hexFromFelt } from '../../base/felt.ts'
import { readBlock, statusOf } from '../blocks.ts'
import { defineMethod } from '../method.ts'
import { blockId } from '../params.ts'
import { renderBlock } from '../render-block.ts'
import type { BlockWithTxHashesJson } from '../spec-types.ts'

/** `starknet_getBlockWithTxHashes`. BLOCK_NOT_FOUND. */
export const getBlockWithTxHashes = defineMethod({
  params: { block_id: blockId },
  handle(context, { block_id }): BlockWithTxHashesJson {
    const { header, frame } = readBlock(context, block_id)
    const hashes = frame.transactions().map(({ hash }) => hexFromFelt(hash))
    return renderBlock(header, statusOf(context, header.number), hashes)
  },
})
