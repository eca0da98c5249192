import { equalFelts, type Felt } from '../base/felt.ts'
import type { BlockSource } from '../gateway/block-source.ts'
import { fetchRawBlock, type RawBlock } from './raw-block.ts'
import type { SyncHead } from './sources.ts'
import type { VerifiedBlock } from './verify.ts'

/** How far back a fork is looked for, in blocks: far above any reorg there was, and a bound on what one costs. */
export const REORG_DEPTH_MAX = 10_000

/** The chain as it is stored. */
export interface StoredChain {
  readonly head: SyncHead
  /** Of a block at or below the head. */
  hashAt(number: number): Felt | undefined
}

/** Where a source's chain leaves the stored one. */
export interface Fork {
  /** The last block that both have. */
  readonly ancestor: number
  /** Of the other branch: its first block, verified, and the newest one that the source names. */
  readonly first: SyncHead
  readonly latest: SyncHead
}

/**
 * The block at which the source's chain leaves the stored one, undefined when it does not.
 *
 * That a source has other hashes proves nothing. So the first block of its own is fetched and verified, signature
 * included, and must name the fork as its parent: only the sequencer can make a stored block go.
 * @param verify rejects a block that does not hold
 */
export async function findFork(
  source: BlockSource,
  chain: StoredChain,
  verify: (raw: RawBlock) => Promise<VerifiedBlock>,
  signal: AbortSignal,
): Promise<Fork | undefined> {
  const latest = await source.fetchLatestHeader(signal)
  const top = Math.min(latest.number, chain.head.number)
  const bottom = Math.max(0, top - REORG_DEPTH_MAX)
  for (let number = top; number >= bottom; number--) {
    const { hash } = number === latest.number ? latest : await source.fetchHeader(number, signal)
    if (!equalFelts(hash, chain.hashAt(number)!)) continue
    // A source that is merely behind has no block of its own to show.
    if (number === latest.number || number === chain.head.number) return undefined
    const { header } = await verify(await fetchRawBlock(source, number + 1, signal))
    const isFork = equalFelts(header.parentHash, hash) && !equalFelts(header.hash, chain.hashAt(number + 1)!)
    const first = { number: number + 1, hash: header.hash }
    return isFork ? { ancestor: number, first, latest } : undefined
  }
  // Not even the first block is common: another chain, whatever it calls itself.
  return undefined
}
