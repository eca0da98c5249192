import { createSimulatedChain, type Fault, type SimulatedChain } from '@deoxys/sequencer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Synced, syncSimulated } from '../support/sync-simulated.ts'

/** `npm run sim:faults` asks for more. */
const RUNS = Number(process.env['DEOXYS_SIM_RUNS'] ?? 6)
const BLOCKS = 12

/** How often one fault strikes: a gateway that never tells the truth is followed by nobody. */
const COUNT_MAX = 4

/** Fields that some hash covers, in every era of the chain. */
const PATHS = [
  'block.block_hash',
  'block.block_number',
  'block.parent_block_hash',
  'block.state_root',
  'block.timestamp',
  'block.status',
  'block.sequencer_address',
  'block.transactions',
  'block.transactions.*.transaction_hash',
  'block.transactions.*.type',
  'block.transactions.*.calldata.*',
  'block.transaction_receipts',
  'block.transaction_receipts.*.events.*.data.*',
  'state_update.block_hash',
  'state_update.new_root',
  'state_update.old_root',
  'state_update.state_diff',
  'state_update.state_diff.storage_diffs.*.*.value',
  'state_update.state_diff.nonces.*',
  'state_update.state_diff.deployed_contracts.*.class_hash',
  'signature.*',
]

const kinds = fc.oneof(
  fc.record({ kind: fc.constant('latency' as const), ms: fc.constant([1, 2000] as const) }),
  fc.record({
    kind: fc.constant('status' as const),
    status: fc.constantFrom(404, 429, 500, 502, 503),
    retryAfterS: fc.nat(3),
  }),
  fc.record({ kind: fc.constant('hang' as const), ms: fc.constant(60_000) }),
  fc.record({ kind: fc.constant('reset' as const), bytes: fc.nat(5000) }),
  fc.record({ kind: fc.constant('truncate' as const), bytes: fc.nat(5000) }),
  fc.record({
    kind: fc.constant('garbage' as const),
    text: fc.constantFrom('', '{}', '[]', '<html>', 'null', '"0x1"'),
  }),
  fc.record({ kind: fc.constant('stale' as const) }),
  fc.record({ kind: fc.constant('height-back' as const), by: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ kind: fc.constant('field' as const), path: fc.constantFrom(...PATHS) }),
  fc.record({ kind: fc.constant('missing-class' as const) }),
  fc.record({ kind: fc.constant('foreign-signature' as const) }),
)

const fault: fc.Arbitrary<Fault> = fc
  .tuple(kinds, fc.record({ after: fc.nat(20), count: fc.integer({ min: 1, max: COUNT_MAX }) }))
  .map(([kind, match]) => ({ ...kind, ...match }))

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
