import { createSimulatedChain, type Fault, type SimulatedChain } from '@deoxys/sequencer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fault } from '../support/arbitrary-fault.ts'
import { type Synced, syncSimulated } from '../support/sync-simulated.ts'

/** `npm run sim:faults` asks for more. */
const RUNS = Number(process.env['DEOXYS_SIM_RUNS'] ?? 6)
const BLOCKS = 12

const create = (seed: number) => createSimulatedChain({ seed, blocks: BLOCKS })
const clean = new Map<number, Promise<Synced>>()

function cleanSync(seed: number, chain: SimulatedChain): Promise<Synced> {
  const known = clean.get(seed) ?? syncSimulated(chain)
  clean.set(seed, known)
  return known
}

describe('a node that syncs a simulated chain', () => {
  test('has that chain in the end, under any script of faults', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(fault, { maxLength: 6 }), async (seed, faults) => {
        const chain = await create(seed)
        const expected = await cleanSync(seed, chain)
        const { digest, hash } = await syncSimulated(chain, { seed, faults })
        expect({ digest, hash }).toEqual({ digest: expected.digest, hash: await chain.answers.blockHash(BLOCKS - 1) })
      }),
      { numRuns: RUNS },
    )
  })

  test('goes through every kind of fault', async () => {
    const chain = await create(1)
    const faults: Fault[] = [
      { kind: 'latency', ms: 50, count: 3 },
      { kind: 'status', status: 429, retryAfterS: 2, count: 2 },
      { kind: 'hang', ms: 1000, count: 1 },
      { kind: 'reset', endpoint: 'get_state_update', count: 2 },
      { kind: 'truncate', endpoint: 'get_state_update', count: 2 },
      { kind: 'garbage', endpoint: 'get_signature', count: 2 },
      { kind: 'stale', count: 1 },
      { kind: 'height-back', by: 3, count: 1, after: 1 },
      { kind: 'field', endpoint: 'get_state_update', path: 'block.state_root', blocks: [[4, 6]], count: 2 },
      { kind: 'missing-class', count: 2 },
      { kind: 'foreign-signature', blocks: [3], count: 2 },
    ]
    const { digest, struck } = await syncSimulated(chain, { faults })
    expect(struck.map((count, i) => [faults[i]!.kind, count])).toEqual(faults.map(({ kind, count }) => [kind, count]))
    expect(digest).toBe((await cleanSync(1, chain)).digest)
  })
})
