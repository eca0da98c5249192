import { eachPair, type Felts, hexFromFelt, hexFromFelts } from '@deoxys/core/protocol'
import type { SimulatedBlock } from './chain-builder.ts'
import type { JsonMembers } from './print-json.ts'

/** As `get_state_update` answers (protocol 8.5); the list of migrated classes came with 0.14.1. */
export function renderStateUpdate({ update, rules }: SimulatedBlock): JsonMembers {
  const { stateDiff } = update
  return {
    block_hash: hexFromFelt(update.blockHash),
    new_root: hexFromFelt(update.newRoot),
    old_root: hexFromFelt(update.oldRoot),
    state_diff: {
      storage_diffs: Object.fromEntries(
        stateDiff.storage.map(({ address, entries }) => [hexFromFelt(address), renderPairs(entries, 'key', 'value')]),
      ),
      nonces: Object.fromEntries(
        [...eachPair(stateDiff.nonces)].map(([address, nonce]) => [hexFromFelt(address), hexFromFelt(nonce)]),
      ),
      deployed_contracts: renderPairs(stateDiff.deployedContracts, 'address', 'class_hash'),
      old_declared_contracts: hexFromFelts(stateDiff.deprecatedDeclaredClasses),
      declared_classes: renderPairs(stateDiff.declaredClasses, 'class_hash', 'compiled_class_hash'),
      migrated_compiled_classes:
        rules.compiledClassHash === 2
          ? renderPairs(stateDiff.migratedClasses, 'class_hash', 'compiled_class_hash')
          : undefined,
      replaced_classes: renderPairs(stateDiff.replacedClasses, 'address', 'class_hash'),
    },
  }
}

function renderPairs(pairs: Felts, first: string, second: string): JsonMembers[] {
  return [...eachPair(pairs)].map(([a, b]) => ({ [first]: hexFromFelt(a), [second]: hexFromFelt(b) }))
}
