import type { Fault } from '@deoxys/sequencer'
import fc from 'fast-check'

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

/** A fault that strikes a few times, of any kind. */
export const fault: fc.Arbitrary<Fault> = fc
  .tuple(kinds, fc.record({ after: fc.nat(20), count: fc.integer({ min: 1, max: COUNT_MAX }) }))
  .map(([kind, match]) => ({ ...kind, ...match }))
