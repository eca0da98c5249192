import type { Kernel } from '../src/kernel.ts'

/**
 * The hashing of a binary Patricia trie of random keys, and no more of a trie than that: what there is to hash at each
 * rank is laid out beforehand, so that the two ways of hashing it differ in nothing else.
 */

const KEY_BITS = 251
const FELT_BYTES = 32
const PAIR_BYTES = 64

/** One hash of the felts in two slots into a third; an edge's length is added to it, a binary node has 0. */
interface Hash {
  readonly left: number
  readonly right: number
  readonly out: number
  readonly length: number
}

export interface SyntheticTrie {
  readonly hashCount: number
  readonly batchCount: number
  /** The root, 32 bytes, with a call of the kernel for each batch. */
  hashByRank(kernel: Kernel): Uint8Array
  /** The same, with a call for each hash. */
  hashOneByOne(kernel: Kernel): Uint8Array
}

class Plan {
  readonly slots: bigint[] = []
  /** Two batches a rank: the edges below its nodes, and the nodes. */
  readonly batches: Hash[][] = []

  addSlot(value = 0n): number {
    return this.slots.push(value) - 1
  }

  addHash(batch: number, left: number, right: number, length: number): number {
    const out = this.addSlot()
    while (this.batches.length <= batch) this.batches.push([])
    this.batches[batch]!.push({ left, right, out, length })
    return out
  }

  /** The subtree of `leaves`, sorted and all with the same `depth` first bits: its rank, and the slot of its hash below. */
  addSubtree(leaves: readonly Leaf[], depth: number): { rank: number; depth: number; slot: number; path: bigint } {
    const [first, last] = [leaves[0]!, leaves.at(-1)!]
    if (leaves.length === 1) return { rank: -1, depth: KEY_BITS, slot: this.addSlot(first.value), path: first.key }
    const fork = KEY_BITS - (first.key ^ last.key).toString(2).length
    if (fork < depth) throw new Error('leaves are not sorted')
    const bit = 1n << BigInt(KEY_BITS - 1 - fork)
    const right = leaves.findIndex(({ key }) => (key & bit) !== 0n)
    const children = [leaves.slice(0, right), leaves.slice(right)].map((part) => this.addSubtree(part, fork + 1))
    const rank = 1 + Math.max(...children.map((child) => child.rank))
    const [a, b] = children.map((child) => this.addEdge(child, fork + 1, 2 * rank)) as [number, number]
    return { rank, depth: fork, slot: this.addHash(2 * rank + 1, a, b, 0), path: first.key >> BigInt(KEY_BITS - fork) }
  }

  /** The slot of a subtree's hash as seen from `depth`: with the edge that leads there, where there is one. */
  addEdge(child: { depth: number; slot: number; path: bigint }, depth: number, batch: number): number {
    const length = child.depth - depth
    if (length === 0) return child.slot
    const path = this.addSlot(child.path & ((1n << BigInt(length)) - 1n))
    return this.addHash(batch, child.slot, path, length)
  }
}

interface Leaf {
  readonly key: bigint
  readonly value: bigint
}

/** @param felts of which the keys, which must be different, and the values are taken in turn. */
export function createSyntheticTrie(felts: readonly bigint[], pack: (felts: readonly bigint[]) => Uint8Array) {
  const leaves = Array.from({ length: felts.length / 2 }, (_, i) => ({ key: felts[2 * i]!, value: felts[2 * i + 1]! }))
  leaves.sort((a, b) => (a.key < b.key ? -1 : 1))
  const plan = new Plan()
  const top = plan.addSubtree(leaves, 0)
  const root = plan.addEdge(top, 0, 2 * top.rank + 2)
  const slots = pack(plan.slots)
  const pairs = new Uint8Array(PAIR_BYTES * Math.max(...plan.batches.map((batch) => batch.length)))
  const run = (hashPairs: (pairs: Uint8Array) => Uint8Array) => {
    for (const batch of plan.batches) {
      for (const [i, { left, right }] of batch.entries()) {
        copyFelt(pairs, i * PAIR_BYTES, slots, left * FELT_BYTES)
        copyFelt(pairs, i * PAIR_BYTES + FELT_BYTES, slots, right * FELT_BYTES)
      }
      const hashes = hashPairs(pairs.subarray(0, batch.length * PAIR_BYTES))
      for (const [i, { out, length }] of batch.entries()) {
        copyFelt(slots, out * FELT_BYTES, hashes, i * FELT_BYTES)
        addLength(slots, out * FELT_BYTES, length)
      }
    }
    return slots.slice(root * FELT_BYTES, (root + 1) * FELT_BYTES)
  }
  return {
    hashCount: plan.batches.reduce((sum, batch) => sum + batch.length, 0),
    batchCount: plan.batches.length,
    hashByRank: (kernel: Kernel) => run((batch) => kernel.pedersenPairs(batch)),
    hashOneByOne: (kernel: Kernel) =>
      run((batch) => {
        const hashes = new Uint8Array(batch.length / 2)
        for (let i = 0; i < batch.length; i += PAIR_BYTES) {
          hashes.set(kernel.pedersenPairs(batch.subarray(i, i + PAIR_BYTES)), i / 2)
        }
        return hashes
      }),
  } satisfies SyntheticTrie
}

function copyFelt(to: Uint8Array, toStart: number, from: Uint8Array, fromStart: number): void {
  for (let i = 0; i < FELT_BYTES; i += 1) to[toStart + i] = from[fromStart + i]!
}

/** Adds to a felt. The sum would reach P once in 2^240 times, and is left as it is. */
function addLength(felts: Uint8Array, start: number, length: number): void {
  for (let i = start + FELT_BYTES - 1, carry = length; carry > 0; i -= 1) {
    const sum = felts[i]! + carry
    felts[i] = sum
    carry = sum >> 8
  }
}
