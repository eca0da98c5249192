import { type Clock, type Network, systemClock } from '@deoxys/core'
import { createKernel, type Kernel } from '@deoxys/kernel'
import type { FeederAnswers } from '../feeder-answers.ts'
import type { BlockSupply } from './block-supply.ts'
import { ChainBuilder } from './chain-builder.ts'
import { checksumAddress } from './ethereum-address.ts'
import { LIVE_BLOCKS_MAX, LiveSupply } from './live-supply.ts'
import { createContent, PROFILES, type ProfileName } from './profiles.ts'
import { DEFAULT_SCHEDULE, type Schedule } from './schedule.ts'
import { SimulatedAnswers } from './simulated-answers.ts'
import { type Reorg, Timeline } from './timeline.ts'

export const CHAIN_ID = 'SN_DEOXYS_DEMO'

/** What a chain is made of: equal recipes give equal bytes. */
export interface ChainRecipe {
  /** A safe integer. */
  readonly seed: number
  /** What is in the blocks: `tiny`, a little of everything, unless given. */
  readonly profile?: ProfileName | undefined
  /** Without it, the profile's own: of `tiny` several eras within a dozen blocks. */
  readonly schedule?: Schedule | undefined
  /** At most 31 ASCII characters. */
  readonly chainId?: string | undefined
  /** Cells there are before the first block of the profile; the profile's own number unless given. */
  readonly stateCells?: number | undefined
}

/** When the blocks of a chain are there. */
export interface ChainTiming {
  /** Blocks there are from the start. */
  readonly blocks: number
  /** In the order they come. */
  readonly reorgs?: readonly Reorg[] | undefined
  /** The chain grows by a block each time, as far as it can; without it, not at all. */
  readonly blockTimeMs?: number | undefined
  readonly clock?: Clock | undefined
}

export interface SimulatedChainOptions extends ChainRecipe, ChainTiming {
  /** One of its own unless given. */
  readonly kernel?: Kernel | undefined
}

/** A chain behind the answers of a feeder gateway, and the hand on it. */
export interface SimulatedChain {
  /** What a node has to be told to verify the chain: chain id and public key. */
  readonly network: Network
  readonly answers: FeederAnswers
  /** How many blocks there are now. */
  readonly blockCount: number
  /** More blocks come at once, as many as can; a scripted reorg takes the place of one. Returns the height after it. */
  grow(count?: number): number
  /**
   * The last `depth` blocks go at once, and others come in their place as the chain grows: by `grow` or with time.
   * Returns the height after it. @throws RangeError when it cannot go back so far; then nothing has changed
   */
  reorg(depth: number): number
}

/**
 * A seeded chain of valid blocks, made as they are asked for.
 * @throws RangeError for numbers, a schedule or reorgs out of range, UnsupportedVersionError
 */
export async function createSimulatedChain(options: SimulatedChainOptions): Promise<SimulatedChain> {
  const { blocks } = options
  if (!(Number.isInteger(blocks) && blocks >= 1 && blocks <= LIVE_BLOCKS_MAX)) {
    throw new RangeError(`blocks: ${blocks} is not from 1 to ${LIVE_BLOCKS_MAX}`)
  }
  const kernel = options.kernel ?? (await createKernel())
  const builder = createChainBuilder(options, kernel)
  const supply = new LiveSupply(builder, (address) => checksumAddress(kernel, address))
  return startChain(supply, options, kernel)
}

/** The schedule of a recipe: its own, else its profile's. */
export function scheduleOf({ schedule, profile = 'tiny' }: ChainRecipe): Schedule {
  return schedule ?? PROFILES[profile].schedule ?? DEFAULT_SCHEDULE
}

/**
 * @param reorgDepthMax the profile's unless given
 * @throws RangeError, UnsupportedVersionError
 */
export function createChainBuilder(recipe: ChainRecipe, kernel: Kernel, reorgDepthMax?: number): ChainBuilder {
  const { seed, chainId = CHAIN_ID, profile = 'tiny' } = recipe
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed: ${seed} is not an integer`)
  const schedule = scheduleOf(recipe)
  return new ChainBuilder({
    seed,
    schedule,
    kernel,
    chainId,
    createContent: (journal) =>
      createContent(profile, { seed, stateCells: recipe.stateCells, schedule, journal, kernel }),
    reorgDepthMax: reorgDepthMax ?? PROFILES[profile].reorgDepthMax,
  })
}

/** `blocks` of the timing are from 1 to what the supply can have. @throws RangeError for the rest of it out of range */
export function startChain(supply: BlockSupply, timing: ChainTiming, kernel: Kernel): SimulatedChain {
  const { blocks, reorgs = [], blockTimeMs, clock = systemClock } = timing
  if (blockTimeMs !== undefined && !(blockTimeMs > 0)) {
    throw new RangeError(`blockTimeMs: ${blockTimeMs} is not above 0`)
  }
  const timeline = new Timeline({ supply, blocks, reorgs, blockTimeMs, clock })
  const ethereumAddress = (address: Uint8Array) => checksumAddress(kernel, address)
  return {
    network: supply.network,
    answers: new SimulatedAnswers({ supply, timeline, ethereumAddress }),
    get blockCount() {
      return timeline.latest() + 1
    },
    grow: (count = 1) => timeline.grow(count),
    reorg: (depth) => timeline.reorg(depth),
  }
}
