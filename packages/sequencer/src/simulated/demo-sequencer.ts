import type { Network } from '@deoxys/core'
import { FeederServer } from '../feeder-server.ts'
import { createSimulatedChain } from './create-simulated-chain.ts'

const SEED = 1

/** Blocks a node finds to catch up with. */
const BLOCKS = 12

const BLOCK_TIME_MS = 3000

export interface DemoSequencerOptions {
  /** Any free one unless given. */
  readonly port?: number | undefined
  readonly seed?: number | undefined
  readonly blockTimeMs?: number | undefined
}

export interface DemoSequencer {
  /** The base URL with `/feeder_gateway/`. */
  readonly url: string
  /** The network to give a node, with the URL in it. */
  readonly network: Network
  /** Resolves once the port is free. */
  close(): Promise<void>
}

/** A feeder gateway on the loopback with a chain that grows. @throws InputError PORT_IN_USE, BAD_FLAG; RangeError */
export async function startDemoSequencer(options: DemoSequencerOptions = {}): Promise<DemoSequencer> {
  const { port = 0, seed = SEED, blockTimeMs = BLOCK_TIME_MS } = options
  const { network, answers } = await createSimulatedChain({ seed, blocks: BLOCKS, blockTimeMs })
  const server = await FeederServer.start({ port, answers })
  return { url: server.url, network: { ...network, feederUrl: server.url }, close: () => server.close() }
}
