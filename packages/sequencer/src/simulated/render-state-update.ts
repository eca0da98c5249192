import {
  eachPair,
  type Felts,
  hexFromFelt,
  hexFromFelts,
  type StateDiff,
  type StateUpdate,
} from '@deoxys/core/protocol'
import type { JsonMembers } from './print-json.ts'
import type { Rules } from './schedule.ts'

/** Says which lists a state difference has. */
type DiffRules = Pick<Rules, 'compiledClassHash'>

interface RenderedUpdate {
  readonly update: StateUpdate
  readonly rules: DiffRules
}

/** As `get_state_update` answers (protocol 8.5). */
export function renderStateUpdate({ update, rules }: RenderedUpdate): JsonMembers {
  return {
    block_hash: hexFromFelt(update.blockHash),
    new_root: hexFromFelt(update.newRoot),
    old_root: hexFromFelt(update.oldRoot),
    state_diff: renderStateDiff(update.stateDiff, rules),
  }
}

/** The list of migrated classes came with 0.14.1. */
export function renderStateDiff(diff: StateDiff, rules: DiffRules): JsonMembers {
  return {
    storage_diffs: Object.fromEntries(
      diff.storage.map(({ address, entries }) => [hexFromFelt(address), renderPairs(entries, 'key', 'value')]),
    ),
    nonces: Object.fromEntries(
      [...eachPair(diff.nonces)].map(([address, nonce]) => [hexFromFelt(address), hexFromFelt(nonce)]),
    ),
    deployed_contracts: renderPairs(diff.deployedContracts, 'address', 'class_hash'),
    old_declared_contracts: hexFromFelts(diff.deprecatedDeclaredClasses),
    declared_classes: renderPairs(diff.declaredClasses, 'class_hash', 'compiled_class_hash'),
    migrated_compiled_classes:
      rules.compiledClassHash === 2
        ? renderPairs(diff.migratedClasses, 'class_hash', 'compiled_class_hash')
        : undefined,
    replaced_classes: renderPairs(diff.replacedClasses, 'address', 'class_hash'),
  }
}

function renderPairs(pairs: Felts, first: string, second: string): JsonMembers[] {
  return [...eachPair(pairs)].map(([a, b]) => ({ [first]: hexFromFelt(a), [second]: hexFromFelt(b) }))
}
