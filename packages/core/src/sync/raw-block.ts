import type { BlockSource } from '../gateway/block-source.ts'
import type { AnswerHalf } from '../gateway/decode-answer.ts'

/** What a gateway answered about one height: bytes, nothing in them believed. */
export interface RawBlock {
  readonly number: number
  /** `get_state_update` with its block. */
  readonly together: Uint8Array
  /** Each half alone, where the one in `together` was broken. */
  readonly block: Uint8Array | undefined
  readonly stateUpdate: Uint8Array | undefined
  readonly signature: Uint8Array
}

/** The halves of one height, asked for side by side. */
export async function fetchRawBlock(source: BlockSource, number: number, signal: AbortSignal): Promise<RawBlock> {
  const [together, signature] = await Promise.all([
    source.fetchStateUpdateWithBlock(number, signal),
    source.fetchSignature(number, signal),
  ])
  return { number, together, block: undefined, stateUpdate: undefined, signature }
}

/** `raw` with one half asked for anew; the others stay. */
export async function refetchHalf(
  source: BlockSource,
  raw: RawBlock,
  half: AnswerHalf,
  signal: AbortSignal,
): Promise<RawBlock> {
  switch (half) {
    case 'block':
      return { ...raw, block: await source.fetchBlock(raw.number, signal) }
    case 'state_update':
      return { ...raw, stateUpdate: await source.fetchStateUpdate(raw.number, signal) }
    case 'signature':
      return { ...raw, signature: await source.fetchSignature(raw.number, signal) }
  }
}

/** What it takes in memory. */
export function bytesOf({ together, block, stateUpdate, signature }: RawBlock): number {
  return together.length + (block?.length ?? 0) + (stateUpdate?.length ?? 0) + signature.length
}
