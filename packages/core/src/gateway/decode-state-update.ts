import {
  compareFelts,
  equalFelts,
  FELT_BYTES,
  type Felt,
  type Felts,
  hexFromFelt,
  NO_FELTS,
  parseFelt,
} from '../base/felt.ts'
import { isJsonObject } from '../base/json.ts'
import {
  normalizeFelts,
  normalizePairs,
  PAIR_BYTES,
  type StateDiff,
  type StateUpdate,
  type StorageDiff,
} from '../chain/state-update.ts'
import type { JsonReader } from './json-reader.ts'

/**
 * Entries of one state difference, all lists together: a hundred times the largest recorded one (mainnet block 65000 has
 * 1399). Every entry costs a trie update, so one answer must not ask for millions: as many take 13 MB of felts.
 */
export const STATE_DIFF_ENTRIES_MAX = 200_000

const LISTS = [
  'deployed_contracts',
  'replaced_classes',
  'declared_classes',
  'migrated_compiled_classes',
  'old_declared_contracts',
  'declared_contracts',
  'nonces',
  'storage_diffs',
]

/**
 * What a block changed (protocol 8.5), sorted and each thing named once. A list the answer does not have is empty: they
 * came to it one by one. Addresses, storage keys and declared class hashes are keys of tries, so below 2^251.
 * @throws DecodeError
 */
export function decodeStateUpdate(reader: JsonReader): StateUpdate {
  return {
    blockHash: reader.felt('block_hash'),
    newRoot: reader.felt('new_root'),
    oldRoot: reader.felt('old_root'),
    stateDiff: decodeStateDiff(reader.object('state_diff')),
  }
}

/** @throws DecodeError, before anything is decoded for one with more than `STATE_DIFF_ENTRIES_MAX` entries */
export function decodeStateDiff(reader: JsonReader): StateDiff {
  if (countEntries(reader.value) > STATE_DIFF_ENTRIES_MAX) {
    reader.fail(`has more than ${STATE_DIFF_ENTRIES_MAX} entries`)
  }
  const pairs = (name: string, first: string, second: string) =>
    reader.optional(name, () => decodePairs(reader.objects(name), first, second), NO_FELTS)
  return {
    deployedContracts: pairs('deployed_contracts', 'address', 'class_hash'),
    replacedClasses: pairs('replaced_classes', 'address', 'class_hash'),
    declaredClasses: pairs('declared_classes', 'class_hash', 'compiled_class_hash'),
    migratedClasses: pairs('migrated_compiled_classes', 'class_hash', 'compiled_class_hash'),
    deprecatedDeclaredClasses: decodeDeprecatedClasses(reader),
    nonces: reader.optional('nonces', (name) => decodeNonces(reader.object(name)), NO_FELTS),
    storage: reader.optional('storage_diffs', (name) => decodeStorage(reader.object(name)), []),
  }
}

/** Of all lists; a contract with storage is one more. What is no list has none: decoding refuses it. */
function countEntries(diff: JsonReader['value']): number {
  const storage = isJsonObject(diff['storage_diffs']) ? Object.values(diff['storage_diffs']) : []
  return [...LISTS.map((name) => diff[name]), ...storage].reduce<number>((sum, list) => sum + sizeOf(list), 0)
}

function sizeOf(list: unknown): number {
  if (Array.isArray(list)) return list.length
  return isJsonObject(list) ? Object.keys(list).length : 0
}

function decodePairs(rows: readonly JsonReader[], first: string, second: string): Felts {
  const pairs = new Uint8Array(rows.length * PAIR_BYTES)
  rows.forEach((row, i) => {
    row.feltInto(first, pairs, i * PAIR_BYTES)
    if (!isTrieKey(pairs, i * PAIR_BYTES)) row.fail(NOT_A_TRIE_KEY, first)
    row.feltInto(second, pairs, i * PAIR_BYTES + FELT_BYTES)
  })
  return normalizePairs(pairs)
}

/** Cairo 0 classes. Before there were others, the list was called after all classes. */
function decodeDeprecatedClasses(reader: JsonReader): Felts {
  const name = reader.has('old_declared_contracts') ? 'old_declared_contracts' : 'declared_contracts'
  return normalizeFelts(reader.optional(name, reader.felts, NO_FELTS))
}

function decodeNonces(reader: JsonReader): Felts {
  const addresses = Object.keys(reader.value)
  const pairs = new Uint8Array(addresses.length * PAIR_BYTES)
  addresses.forEach((address, i) => {
    pairs.set(decodeAddress(reader, address), i * PAIR_BYTES)
    reader.feltInto(address, pairs, i * PAIR_BYTES + FELT_BYTES)
  })
  return normalizePairs(pairs)
}

function decodeStorage(reader: JsonReader): StorageDiff[] {
  const diffs: StorageDiff[] = []
  for (const name of Object.keys(reader.value)) {
    const address = decodeAddress(reader, name)
    const entries = decodePairs(reader.objects(name), 'key', 'value')
    if (entries.length > 0) diffs.push({ address, entries })
  }
  diffs.sort((a, b) => compareFelts(a.address, b.address))
  const twice = diffs.findIndex((diff, i) => i > 0 && equalFelts(diff.address, diffs[i - 1]!.address))
  if (twice >= 0) reader.fail(`has two lists for ${hexFromFelt(diffs[twice]!.address)}`)
  return diffs
}

/** The name of a member as the address it is. */
function decodeAddress(reader: JsonReader, name: string): Felt {
  const address = parseFelt(name)
  if (address === undefined) return reader.fail('is not named by a felt', name)
  return isTrieKey(address, 0) ? address : reader.fail(NOT_A_TRIE_KEY, name)
}

const NOT_A_TRIE_KEY = 'is not below 2^251'

function isTrieKey(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset]! < 8
}
