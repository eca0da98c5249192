import { CodedError } from '../base/errors.ts'

/** Where the pages of all tries lie: a table, a snapshot of it, or a map. */
export interface NodeSource {
  /** The bytes under `key`, valid until the next call, or undefined. Neither side keeps or changes the other's bytes. */
  getPage(key: Uint8Array): Uint8Array | undefined
}

/**
 * A page that differs between two states. No key occurs twice in one difference, and a page that kept its bytes does not
 * occur.
 */
export interface PageChange {
  readonly key: Uint8Array
  /** Undefined where the page is deleted. Valid until the next change is asked for. */
  readonly page: Uint8Array | undefined
  /** Undefined where the page is new. */
  readonly old: Uint8Array | undefined
}

/** The hash functions of the tries: n pairs of felts in (n × 64 bytes), n felts out, as a new array. */
export interface TrieHasher {
  pedersenPairs(pairs: Uint8Array): Uint8Array
  poseidonPairs(pairs: Uint8Array): Uint8Array
}

export const CONTRACTS_TRIE = 0
/** The only trie under Poseidon, all others are under Pedersen (protocol 2.1). */
export const CLASSES_TRIE = 1
/** From here up to 2^32 - 1: one storage trie per contract. */
export const FIRST_STORAGE_TRIE = 2

export function hashPairs(hasher: TrieHasher, trieId: number, pairs: Uint8Array): Uint8Array {
  return trieId === CLASSES_TRIE ? hasher.poseidonPairs(pairs) : hasher.pedersenPairs(pairs)
}

/** A page that the trie refers to is not there, or cannot be one. The database is damaged. */
export class PageError extends CodedError<{
  readonly code: 'PAGE_MISSING' | 'PAGE_CORRUPT'
  readonly trieId: number
  /** Hex. */
  readonly key: string
}> {
  constructor(code: 'PAGE_MISSING' | 'PAGE_CORRUPT', trieId: number, key: Uint8Array) {
    const hex = Buffer.from(key).toString('hex')
    const what = code === 'PAGE_MISSING' ? 'is missing' : 'is malformed'
    super(`page ${hex} of trie ${trieId} ${what}`, { code, trieId, key: hex }, { hint: 'The database is damaged.' })
  }
}
