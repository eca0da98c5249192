import { type BlockSource, newFull } from '@deoxys/core'
import { createSimulatedChain, type SimulatedChain } from '@deoxys/sequencer'
import { beforeAll, describe, expect, test } from 'vitest'
import { EventClock } from '../support/event-clock.ts'
import { createSimulatedSource } from '../support/simulated-source.ts'

const BLOCKS = 200
const LATENCY_MS = 100

let chain: SimulatedChain
beforeAll(async () => {
  chain = await createSimulatedChain({ seed: 1, blocks: BLOCKS })
})

/** How a source differs from a good one. */
interface Kind {
  readonly latencyMs?: number
  readonly change?: (source: BlockSource) => void
}

/** Syncs the chain from such sources. Returns how long that took, in milliseconds,
 * and how many blocks each was asked for. */
async function sync(...kinds: Kind[]) {
  const clock = new EventClock()
  const asked = kinds.map(() => 0)
  const sources = kinds.map(({ latencyMs = LATENCY_MS, change = () => {} }, i) => {
    const source = createSimulatedSource(chain, { clock, latencyMs })
    change(source)
    const fetch = source.fetchStateUpdateWithBlock
    source.fetchStateUpdateWithBlock = (number, signal) => {
      asked[i]! += 1
      return fetch(number, signal)
    }
    return source
  })
  const node = await newFull({ network: chain.network, sources, clock, exitWhenSynced: true })
  await node.done
  expect(node.head()?.number).toBe(BLOCKS - 1)
  await node.close()
  return { ms: clock.now(), asked }
}

const hangs: Kind['change'] = (source) => {
  source.fetchStateUpdateWithBlock = (_, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
}

/** Another time stamp, so another hash than the block's. */
const lies: Kind['change'] = (source) => {
  const fetch = source.fetchStateUpdateWithBlock
  source.fetchStateUpdateWithBlock = async (number, signal) => {
    const text = Buffer.from(await fetch(number, signal)).toString()
    return Buffer.from(text.replace(/("timestamp": ?)(\d+)/, '$11'))
  }
}

describe('next to a good source', () => {
  let alone: number
  beforeAll(async () => {
    alone = (await sync({})).ms
  })

  test.each<[string, Kind, number]>([
    ['as good', {}, 1.1],
    ['ten times slower', { latencyMs: 10 * LATENCY_MS }, 2.5],
    ['a hundred times slower', { latencyMs: 100 * LATENCY_MS }, 2.5],
    ['silent', { change: hangs }, 2.5],
    ['wrong', { change: lies }, 1.5],
  ])('one that is %s costs little', async (_, other, factorMax) => {
    const { ms, asked } = await sync(other, {})
    expect(ms / alone).toBeLessThan(factorMax)
    // Nobody knows beforehand.
    expect(asked[0]).toBeGreaterThan(0)
    if (other.latencyMs !== undefined || other.change !== undefined) expect(asked[0]).toBeLessThan(20)
  })
})
