import { FELT_BYTES, isBelowPrime } from '../base/felt.ts'
import { copyFelt, HAS_OUTER, HAS_OWN, type NodeArena, STUB, wordsOf } from './node-arena.ts'

/** Pairs in one call of the hasher: enough to fill every back end, and a bound on the input's 64 bytes a pair. */
export const BATCH_PAIRS_MAX = 4096

/**
 * Hashes to be computed under one hash function, in ranks: what a rank needs comes from lower ranks or is known.
 * So the nodes of any number of tries are hashed together, one call of the hasher per rank.
 *
 * An operation is 2 × node for the node's own hash, and 2 × node + 1 for that of the edge above it.
 */
export class HashPlan {
  readonly #arena: NodeArena
  readonly #loadStub: (trieId: number, stub: number) => void
  readonly #ranks: number[][] = []

  constructor(arena: NodeArena, loadStub: (trieId: number, stub: number) => void) {
    this.#arena = arena
    this.#loadStub = loadStub
  }

  /** Plans what the outer hash of `node` needs, if anything. Returns the rank after which it is known. */
  addOuter(trieId: number, node: number): number {
    const arena = this.#arena
    if ((arena.flags[node]! & HAS_OUTER) !== 0) return 0
    const rank = this.addOwn(trieId, node)
    if (arena.edgeLength(node) > 0) return this.#add(rank + 1, 2 * node + 1)
    if (rank === 0) arena.copyOwnToOuter(node)
    return rank
  }

  /** The same for the node's own hash. A node must not be added twice, and its outer hash then counts as planned. */
  addOwn(trieId: number, node: number): number {
    const arena = this.#arena
    if ((arena.flags[node]! & HAS_OWN) !== 0) return 0
    // The stored hash is that of the edge above; the own one follows from the children.
    if (arena.kind[node] === STUB) this.#loadStub(trieId, node)
    const left = this.addOuter(trieId, arena.left[node]!)
    const right = this.addOuter(trieId, arena.right[node]!)
    return this.#add(1 + Math.max(left, right), 2 * node)
  }

  #add(rank: number, operation: number): number {
    const operations = this.#ranks[rank - 1]
    // Ranks grow by one at a time, so a new one is the next.
    if (operations === undefined) this.#ranks.push([operation])
    else operations.push(operation)
    return rank
  }

  /** Computes everything planned, once, in batches of at most `BATCH_PAIRS_MAX`. */
  run(hashPairs: (pairs: Uint8Array) => Uint8Array): void {
    let longest = 0
    for (const operations of this.#ranks) longest = Math.max(longest, operations.length)
    const pairs = new Uint8Array(Math.min(longest, BATCH_PAIRS_MAX) * 2 * FELT_BYTES)
    const pairWords = wordsOf(pairs)
    for (const operations of this.#ranks) {
      for (let start = 0; start < operations.length; start += BATCH_PAIRS_MAX) {
        const end = Math.min(start + BATCH_PAIRS_MAX, operations.length)
        this.#gather(operations, start, end, pairs, pairWords)
        this.#scatter(operations, start, end, hashPairs(pairs.subarray(0, (end - start) * 2 * FELT_BYTES)))
      }
    }
  }

  #gather(operations: readonly number[], start: number, end: number, pairs: Uint8Array, words: Uint32Array): void {
    const arena = this.#arena
    for (let i = start, felt = 0; i < end; i++, felt += 2) {
      const node = operations[i]! >> 1
      if ((operations[i]! & 1) === 1) {
        copyFelt(arena.ownWords, node, words, felt)
        arena.writeEdgePath(node, pairs, (felt + 1) * FELT_BYTES)
      } else {
        copyFelt(arena.outerWords, arena.left[node]!, words, felt)
        copyFelt(arena.outerWords, arena.right[node]!, words, felt + 1)
      }
    }
  }

  #scatter(operations: readonly number[], start: number, end: number, hashes: Uint8Array): void {
    const arena = this.#arena
    const words = wordsOf(hashes)
    for (let i = start; i < end; i++) {
      const node = operations[i]! >> 1
      if ((operations[i]! & 1) === 1) {
        copyFelt(words, i - start, arena.outerWords, node)
        addLength(arena.outer, node * FELT_BYTES, arena.edgeLength(node))
        arena.flags[node]! |= HAS_OUTER
      } else {
        copyFelt(words, i - start, arena.ownWords, node)
        arena.flags[node]! |= HAS_OWN
        if (arena.edgeLength(node) === 0) arena.copyOwnToOuter(node)
      }
    }
  }
}

/** Adds the length of an edge, 1 … 251, to the felt at `offset`, modulo P. */
export function addLength(felts: Uint8Array, offset: number, length: number): void {
  let carry = length
  for (let i = offset + FELT_BYTES - 1; carry > 0; i--) {
    const sum = felts[i]! + carry
    felts[i] = sum
    carry = sum >> 8
  }
  if (isBelowPrime(felts, offset)) return
  // P ≤ sum < P + 251, and P ends in a byte of 1: all but the last byte are those of P.
  const rest = felts[offset + FELT_BYTES - 1]! - 1
  felts.fill(0, offset, offset + FELT_BYTES)
  felts[offset + FELT_BYTES - 1] = rest
}
