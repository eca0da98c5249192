import { type DeoxysNode, hexFromFelt, newFull } from '@deoxys/core'
import { type FaultPlan, Faults, FeederServer, type SimulatedChain } from '@deoxys/sequencer'
import { createVirtualClock } from './virtual-clock.ts'

/** What a node has once it is in step. */
export interface Synced {
  readonly digest: string
  /** Of the head. */
  readonly hash: string
  /** How often each fault struck so far. */
  readonly struck: readonly number[]
  /** Common ancestors of the reorgs the node went through so far. */
  readonly reorgs: readonly number[]
}

/** A node in memory that follows a simulated chain over HTTP. */
export interface Follower {
  /** Resolves when the node has the newest block there is, whatever the gateway does meanwhile. */
  inStep(): Promise<Synced>
  close(): Promise<void>
}

export async function follow(chain: SimulatedChain, plan?: FaultPlan): Promise<Follower> {
  const clock = createVirtualClock()
  const faults = new Faults({ clock, ...(plan === undefined ? {} : { plan }) })
  const server = await FeederServer.start({ port: 0, answers: chain.answers, faults })
  const node = await newFull({ network: chain.network, feederUrls: [server.url], clock, casm: 'sync' })
  const reorgs: number[] = []
  node.events.on('reorg', ({ ancestor }) => reorgs.push(ancestor))
  return {
    async inStep() {
      await Promise.race([arrival(node, chain), node.done])
      return { digest: node.digest(), hash: hexFromFelt(node.head()!.hash), struck: faults.counts, reorgs: [...reorgs] }
    },
    async close() {
      await node.close()
      await server.close()
    },
  }
}

function arrival(node: DeoxysNode, chain: SimulatedChain): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const look = async () => {
      const head = node.head()
      const latest = chain.blockCount - 1
      if (head?.number === latest && hexFromFelt(head.hash) === (await chain.answers.blockHash(latest))) resolve()
    }
    const lookAgain = () => void look().catch(reject)
    node.events.on('sealed', lookAgain).on('synced', lookAgain)
    lookAgain()
  })
}

/** Follows the chain until it is in step once. */
export async function syncSimulated(chain: SimulatedChain, plan?: FaultPlan): Promise<Synced> {
  const follower = await follow(chain, plan)
  try {
    return await follower.inStep()
  } finally {
    await follower.close()
  }
}
