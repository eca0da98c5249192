import { gzipSync } from 'node:zlib'
import { type Felt, hexFromFelt } from '@deoxys/core/protocol'
import type { SimulatedBlock } from './chain-builder.ts'
import { type Json, printJson } from './print-json.ts'
import { type EthereumAddress, renderBlock } from './render-block.ts'
import { renderStateUpdate } from './render-state-update.ts'

/** 1 to 9. Blocks are compressed once, and served so. */
const GZIP_LEVEL = 6

/** What is known of a block without unpacking it. Hashes are `0x…`. */
export interface BlockMeta {
  readonly number: number
  readonly hash: string
  readonly signature: readonly string[]
  /** Hashes of its transactions, in their order. */
  readonly transactions: readonly string[]
  /** Hashes of the classes first seen in it. */
  readonly classes: readonly string[]
}

/** A block as it is kept. */
export interface BlockRecord {
  readonly meta: BlockMeta
  /** `{block, state_update}`, compressed. */
  readonly gzip: Uint8Array
}

export function recordOf(block: SimulatedBlock, ethereumAddress: EthereumAddress): BlockRecord {
  const text = printJson({ block: renderBlock(block, ethereumAddress), state_update: renderStateUpdate(block) })
  return { meta: metaOf(block), gzip: gzipSync(text, { level: GZIP_LEVEL }) }
}

function metaOf({ header, transactions, classes }: SimulatedBlock): BlockMeta {
  const hex = (felt: Felt) => hexFromFelt(felt)
  return {
    number: header.number,
    hash: hex(header.hash),
    signature: (header.signature ?? []).map(hex),
    transactions: transactions.map(({ hash }) => hex(hash)),
    classes: classes.map(({ hash }) => hex(hash)),
  }
}

/** As `get_signature` answers. */
export function renderSignature({ hash, signature }: BlockMeta): Json {
  return { block_hash: hash, signature }
}
