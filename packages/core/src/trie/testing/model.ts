import { type Felt, feltFromBigint } from '../../base/felt.ts'
import { CLASSES_TRIE, type NodeSource, type PageChange, type TrieHasher } from '../node-source.ts'
import { TrieBatch } from '../trie-batch.ts'
import { TRIE_IDS, type Write } from './arbitraries.ts'
import { fakePedersen, fakePoseidon } from './hashers.ts'
import { type Leaves, oracleRoot } from './oracle.ts'

/** What the tries hold, as maps. */
export class Model {
  readonly tries = new Map<number, Map<bigint, bigint>>(TRIE_IDS.map((id) => [id, new Map()]))

  leaves(trieId: number): Leaves {
    return this.tries.get(trieId)!
  }

  /** Returns the value before. */
  set({ trieId, key, value }: Write): bigint {
    const trie = this.tries.get(trieId)!
    const before = trie.get(key) ?? 0n
    if (value === 0n) trie.delete(key)
    else trie.set(key, value)
    return before
  }

  root(trieId: number): Felt {
    return feltFromBigint(oracleRoot(this.leaves(trieId), trieId === CLASSES_TRIE ? fakePoseidon : fakePedersen))
  }

  /** Every leaf as a write, by trie and key. */
  allWrites(): Write[] {
    const all: Write[] = []
    for (const [trieId, trie] of this.tries) for (const [key, value] of trie) all.push({ trieId, key, value })
    return all.sort((a, b) => a.trieId - b.trieId || Number(a.key > b.key) - Number(a.key < b.key))
  }
}

/** The changes of one commit. */
export function changesOf(source: NodeSource, hasher: TrieHasher, writes: readonly Write[]): PageChange[] {
  const batch = new TrieBatch(source, hasher)
  for (const { trieId, key, value } of writes) batch.set(trieId, feltFromBigint(key), feltFromBigint(value))
  batch.hash()
  return keptChanges(batch)
}

/** All changes at once, each with a page of its own. */
export function keptChanges(batch: TrieBatch): PageChange[] {
  return Array.from(batch.changes(), ({ key, page, old }) => ({ key, page: page && Uint8Array.from(page), old }))
}
