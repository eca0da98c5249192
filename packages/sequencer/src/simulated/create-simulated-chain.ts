import { type Clock, type Network, systemClock } from '@deoxys/core'
import { createKernel, type Kernel } from '@deoxys/kernel'
import type { FeederAnswers } from '../feeder-answers.ts'
import { BLOCKS_MAX, ChainBuilder } from './chain-builder.ts'
import { DEFAULT_SCHEDULE, type Schedule } from './schedule.ts'
import { SimulatedAnswers } from './simulated-answers.ts'

const CHAIN_ID = 'SN_DEOXYS_DEMO'

export interface SimulatedChainOptions {
  /** A safe integer; equal seeds give equal bytes. */
  readonly seed: number
  /** Blocks there are from the start: 1 to `BLOCKS_MAX`. */
  readonly blocks: number
  /** From 0.12.3 on; without it, several eras within a dozen blocks. */
  readonly schedule?: Schedule | undefined
  /** One of its own unless given. */
  readonly kernel?: Kernel | undefined
  /** At most 31 ASCII characters. */
  readonly chainId?: string | undefined
  /** The chain grows by a block each time, up to `BLOCKS_MAX`; without it, not at all. */
  readonly blockTimeMs?: number | undefined
  readonly clock?: Clock | undefined
}

export interface SimulatedChain {
  /** What a node has to be told to verify the chain: chain id and public key. */
  readonly network: Network
  readonly answers: FeederAnswers
  /** How many blocks there are now. */
  readonly blockCount: number
}

/**
 * A seeded chain of valid blocks behind the answers of a feeder gateway.
 * @throws RangeError for numbers or a schedule out of range, UnsupportedVersionError
 */
export async function createSimulatedChain(options: SimulatedChainOptions): Promise<SimulatedChain> {
  const { seed, blocks, schedule = DEFAULT_SCHEDULE, chainId = CHAIN_ID, blockTimeMs, clock = systemClock } = options
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed: ${seed} is not an integer`)
  if (!(Number.isInteger(blocks) && blocks >= 1 && blocks <= BLOCKS_MAX)) {
    throw new RangeError(`blocks: ${blocks} is not from 1 to ${BLOCKS_MAX}`)
  }
  if (blockTimeMs !== undefined && !(blockTimeMs > 0))
    throw new RangeError(`blockTimeMs: ${blockTimeMs} is not above 0`)
  const kernel = options.kernel ?? (await createKernel())
  const chain = new ChainBuilder({ seed, schedule, kernel, chainId })
  const answers = new SimulatedAnswers({ chain, kernel, blocks, blockTimeMs, clock })
  return {
    network: chain.network,
    answers,
    get blockCount() {
      return answers.latest() + 1
    },
  }
}
