import { compareFelts, FELT_BYTES, type Felt, type Felts, hexFromFelt, packFelts } from '../base/felt.ts'
import { type Codec, felt, felts, list, struct } from './codec.ts'

/** A state update as the gateway tells it (protocol 8.5). */
export interface StateUpdate {
  readonly blockHash: Felt
  readonly newRoot: Felt
  readonly oldRoot: Felt
  readonly stateDiff: StateDiff
}

/**
 * What one block changed (protocol 2.4). Pairs are packed, 64 bytes each; every list is sorted by its first felt and
 * names it once (`normalizePairs`).
 */
export interface StateDiff {
  /** address ‖ class hash */
  readonly deployedContracts: Felts
  /** address ‖ class hash */
  readonly replacedClasses: Felts
  /** class hash ‖ compiled class hash: Sierra classes */
  readonly declaredClasses: Felts
  /** class hash ‖ compiled class hash: leaves that move to the Blake2s hash, from 0.14.1 */
  readonly migratedClasses: Felts
  /** Class hashes of Cairo 0 classes; not in the class trie. */
  readonly deprecatedDeclaredClasses: Felts
  /** address ‖ nonce */
  readonly nonces: Felts
  /** By address; no address has an empty list. */
  readonly storage: readonly StorageDiff[]
}

export interface StorageDiff {
  readonly address: Felt
  /** key ‖ value; the value zero deletes. */
  readonly entries: Felts
}

export const PAIR_BYTES = 2 * FELT_BYTES

/** Sorted by the first felt of each pair; of pairs with the same first felt the last one given is kept. */
export function normalizePairs(pairs: Felts): Felts {
  return normalize(pairs, PAIR_BYTES)
}

/** Sorted, each once. */
export function normalizeFelts(values: Felts): Felts {
  return normalize(values, FELT_BYTES)
}

function normalize(bytes: Uint8Array, stride: number): Uint8Array {
  const rows: Uint8Array[] = []
  let sorted = true
  for (let at = 0; at < bytes.length; at += stride) {
    const row = bytes.subarray(at, at + stride)
    const previous = rows.at(-1)
    if (previous !== undefined && compareFirst(previous, row) >= 0) sorted = false
    rows.push(row)
  }
  if (sorted) return bytes
  rows.sort(compareFirst) // stable, so the last of equals is the last given
  const out = new Uint8Array(bytes.length)
  let length = 0
  rows.forEach((row, index) => {
    const next = rows[index + 1]
    if (next !== undefined && compareFirst(row, next) === 0) return
    out.set(row, length)
    length += stride
  })
  return out.subarray(0, length)
}

function compareFirst(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a.subarray(0, FELT_BYTES), b.subarray(0, FELT_BYTES))
}

/** Each pair as two views. */
export function* eachPair(pairs: Felts): Generator<readonly [first: Felt, second: Felt], void, void> {
  for (let at = 0; at < pairs.length; at += PAIR_BYTES) {
    yield [pairs.subarray(at, at + FELT_BYTES), pairs.subarray(at + FELT_BYTES, at + PAIR_BYTES)]
  }
}

/** Each felt of a packed list as a view. */
export function* eachFelt(felts: Felts): Generator<Felt, void, void> {
  for (let at = 0; at < felts.length; at += FELT_BYTES) yield felts.subarray(at, at + FELT_BYTES)
}

export function countPairs(pairs: Felts): number {
  return pairs.length / PAIR_BYTES
}

/**
 * Deployed and replaced contracts as one sorted list; where a block names an address in both, replaced wins
 * (it happened later; protocol 2.4).
 */
export function contractClasses(diff: StateDiff): Felts {
  return normalizePairs(packFelts([diff.deployedContracts, diff.replacedClasses]))
}

/** Leaves the block writes to the class trie, declared and migrated, as one sorted list. */
export function classLeaves(diff: StateDiff): Felts {
  return normalizePairs(packFelts([diff.declaredClasses, diff.migratedClasses]))
}

/** What several differences, one after the other, change together: of what two name, the later one's. */
export function mergeStateDiffs(diffs: readonly StateDiff[]): StateDiff {
  const pairs = (name: 'deployedContracts' | 'replacedClasses' | 'declaredClasses' | 'migratedClasses' | 'nonces') =>
    normalizePairs(packFelts(diffs.map((diff) => diff[name])))
  return {
    deployedContracts: pairs('deployedContracts'),
    replacedClasses: pairs('replacedClasses'),
    declaredClasses: pairs('declaredClasses'),
    migratedClasses: pairs('migratedClasses'),
    deprecatedDeclaredClasses: normalizeFelts(packFelts(diffs.map((diff) => diff.deprecatedDeclaredClasses))),
    nonces: pairs('nonces'),
    storage: mergeStorage(diffs.flatMap(({ storage }) => storage)),
  }
}

function mergeStorage(diffs: readonly StorageDiff[]): StorageDiff[] {
  const byAddress = new Map<string, { readonly address: Felt; readonly entries: Felts[] }>()
  for (const { address, entries } of diffs) {
    const name = hexFromFelt(address)
    const known = byAddress.get(name)
    if (known === undefined) byAddress.set(name, { address, entries: [entries] })
    else known.entries.push(entries)
  }
  return [...byAddress.values()]
    .map(({ address, entries }) => ({ address, entries: normalizePairs(packFelts(entries)) }))
    .sort((a, b) => compareFelts(a.address, b.address))
}

/** Every class hash the difference names, each once. */
export function namedClasses(diff: StateDiff): Felt[] {
  const hashes = [...eachFelt(diff.deprecatedDeclaredClasses)]
  for (const [, classHash] of eachPair(contractClasses(diff))) hashes.push(classHash)
  for (const [classHash] of eachPair(classLeaves(diff))) hashes.push(classHash)
  return [...eachFelt(normalizeFelts(packFelts(hashes)))]
}

export const stateDiffCodec: Codec<StateDiff> = struct<StateDiff>({
  deployedContracts: felts,
  replacedClasses: felts,
  declaredClasses: felts,
  migratedClasses: felts,
  deprecatedDeclaredClasses: felts,
  nonces: felts,
  storage: list(struct<StorageDiff>({ address: felt, entries: felts })),
})

export const stateUpdateCodec: Codec<StateUpdate> = struct<StateUpdate>({
  blockHash: felt,
  newRoot: felt,
  oldRoot: felt,
  stateDiff: stateDiffCodec,
})
