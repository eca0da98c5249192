import { createSimulatedChain } from '@deoxys/sequencer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fault } from '../support/arbitrary-fault.ts'
import { follow, syncSimulated } from '../support/sync-simulated.ts'

/** `npm run sim:faults` asks for more. */
const RUNS = Number(process.env['DEOXYS_SIM_RUNS'] ?? 4)
const BLOCKS = 16

/** Reorgs in the order of their blocks, each before the last block. */
const script = fc
  .array(fc.tuple(fc.integer({ min: 2, max: BLOCKS - 2 }), fc.nat(8)), { minLength: 1, maxLength: 3 })
  .map((pairs) => pairs.sort(([a], [b]) => a - b).map(([at, depth]) => ({ at, depth: 1 + (depth % (at - 1)) })))

const seeds = fc.integer({ min: 1, max: 3 })

test('after any script of reorgs, and of faults, a node has the chain that is left', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, script, fc.array(fault, { maxLength: 3 }), async (seed, reorgs, faults) => {
      const chain = await createSimulatedChain({ seed, blocks: BLOCKS, reorgs })
      const followed = await syncSimulated(chain, { seed, faults })
      expect(followed.hash).toBe(await chain.answers.blockHash(BLOCKS - 1))
      const clean = await syncSimulated(chain)
      expect(followed.digest).toBe(clean.digest)
      expect(clean.reorgs).toEqual([])
    }),
    { numRuns: RUNS },
  )
})

test.each([1, 4, 9])('a node goes back %i blocks with its gateway, and on from there', async (depth) => {
  const chain = await createSimulatedChain({ seed: 1, blocks: 10 })
  const follower = await follow(chain)
  try {
    const before = await follower.inStep()
    chain.reorg(depth)
    chain.grow(depth + 2)
    const after = await follower.inStep()
    expect(after.reorgs).toEqual([9 - depth])
    expect(after.digest).not.toBe(before.digest)
    expect(after.digest).toBe((await syncSimulated(chain)).digest)
  } finally {
    await follower.close()
  }
})
