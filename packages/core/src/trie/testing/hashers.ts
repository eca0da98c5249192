import { createHash } from 'node:crypto'
import { pedersen, poseidonHash } from '@scure/starknet'
import { bigintFromFelt, FELT_BYTES, FIELD_PRIME, feltFromBigint } from '../../base/felt.ts'
import type { TrieHasher } from '../node-source.ts'

/** A hash of two numbers below P. */
export type PairHash = (a: bigint, b: bigint) => bigint

/** Cheap, and different for the two functions: for tests of structure. */
export const fakePedersen: PairHash = (a, b) => fakeHash('pedersen', a, b)
export const fakePoseidon: PairHash = (a, b) => fakeHash('poseidon', a, b)

export const realPedersen: PairHash = (a, b) => BigInt(pedersen(a, b))
export const realPoseidon: PairHash = (a, b) => poseidonHash(a, b)

function fakeHash(name: string, a: bigint, b: bigint): bigint {
  const digest = createHash('sha256').update(name).update(feltFromBigint(a)).update(feltFromBigint(b)).digest('hex')
  return BigInt(`0x${digest}`) % FIELD_PRIME
}

/** A hasher out of two pair hashes that counts. */
export class CountingHasher implements TrieHasher {
  readonly #pedersen: PairHash
  readonly #poseidon: PairHash
  /** Pairs per call, in order. */
  pedersenCalls: number[] = []
  poseidonCalls: number[] = []

  constructor(pedersenPair: PairHash = fakePedersen, poseidonPair: PairHash = fakePoseidon) {
    this.#pedersen = pedersenPair
    this.#poseidon = poseidonPair
  }

  pedersenPairs(pairs: Uint8Array): Uint8Array {
    this.pedersenCalls.push(pairs.length / 64)
    return mapPairs(pairs, this.#pedersen)
  }

  poseidonPairs(pairs: Uint8Array): Uint8Array {
    this.poseidonCalls.push(pairs.length / 64)
    return mapPairs(pairs, this.#poseidon)
  }

  /** Pairs hashed so far. */
  get count(): number {
    return [...this.pedersenCalls, ...this.poseidonCalls].reduce((sum, n) => sum + n, 0)
  }

  reset(): void {
    this.pedersenCalls = []
    this.poseidonCalls = []
  }
}

function mapPairs(pairs: Uint8Array, hash: PairHash): Uint8Array {
  const out = new Uint8Array(pairs.length / 2)
  for (let at = 0; at < out.length; at += FELT_BYTES) {
    out.set(feltFromBigint(hash(bigintFromFelt(pairs, 2 * at), bigintFromFelt(pairs, 2 * at + FELT_BYTES))), at)
  }
  return out
}
