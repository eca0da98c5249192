import { type Felt, type Felts, hexFromFelt, hexFromFelts } from '../base/felt.ts'
import { eachPair, type StateDiff, type StateUpdate } from '../chain/state-update.ts'
import type { StateDiffJson, StateUpdateJson } from './spec-types.ts'

/**
 * The state update, of all contracts or of those in `contracts` alone, which may be none; declared and migrated classes
 * are always told. Lists are sorted by what they begin with.
 */
export function renderStateUpdate(update: StateUpdate, contracts?: Felts): StateUpdateJson {
  return {
    block_hash: hexFromFelt(update.blockHash),
    old_root: hexFromFelt(update.oldRoot),
    new_root: hexFromFelt(update.newRoot),
    state_diff: renderStateDiff(update.stateDiff, contracts),
  }
}

function renderStateDiff(diff: StateDiff, contracts: Felts | undefined): StateDiffJson {
  const asked = contracts && new Set(hexFromFelts(contracts))
  const isAsked = (address: Felt) => asked === undefined || asked.has(hexFromFelt(address))
  const ofContracts = (pairs: Felts) => [...eachPair(pairs)].filter(([address]) => isAsked(address))
  return {
    storage_diffs: diff.storage
      .filter(({ address }) => isAsked(address))
      .map(({ address, entries }) => ({
        address: hexFromFelt(address),
        storage_entries: renderPairs([...eachPair(entries)], 'key', 'value'),
      })),
    deprecated_declared_classes: hexFromFelts(diff.deprecatedDeclaredClasses),
    declared_classes: renderPairs([...eachPair(diff.declaredClasses)], 'class_hash', 'compiled_class_hash'),
    migrated_compiled_classes: renderPairs([...eachPair(diff.migratedClasses)], 'class_hash', 'compiled_class_hash'),
    deployed_contracts: renderPairs(ofContracts(diff.deployedContracts), 'address', 'class_hash'),
    replaced_classes: renderPairs(ofContracts(diff.replacedClasses), 'contract_address', 'class_hash'),
    nonces: renderPairs(ofContracts(diff.nonces), 'contract_address', 'nonce'),
  }
}

function renderPairs<First extends string, Second extends string>(
  pairs: readonly (readonly [Felt, Felt])[],
  first: First,
  second: Second,
): { readonly [K in First | Second]: string }[] {
  const render = ([a, b]: readonly [Felt, Felt]) => ({ [first]: hexFromFelt(a), [second]: hexFromFelt(b) })
  return pairs.map((pair) => render(pair) as { readonly [K in First | Second]: string })
}
