import { FELT_BYTES, type Felt } from '../base/felt.ts'

/** Height of every state trie: keys are below 2^251 and leaves lie at this depth. */
export const KEY_BITS = 251

/** In the 256 bits of a felt, path bit p is bit p + LEADING_BITS counted from the most significant. */
export const LEADING_BITS = 5

/** Levels of binary nodes in one page. */
export const PAGE_LEVELS = 4

/** No node: the parent of a root, the root of an empty trie. Its key is free for lookups, its depth is -1. */
export const NONE = 0

/** What a node is. A stub is a binary node whose page is not loaded. */
export const LEAF = 0
export const BINARY = 1
export const STUB = 2

/** `own` holds the node's hash (a leaf: its value). */
export const HAS_OWN = 1
/** `outer` holds the hash that the parent hashes: that of the edge above the node if there is one, else `own`. */
export const HAS_OUTER = 2
/** Must be written. Every ancestor of a dirty node is dirty. */
export const DIRTY = 4
/** No longer in its trie. */
export const DEAD = 8

const NODES_AT_START = 256
/** Memory that is not touched costs next to nothing, copies do. */
const GROWTH = 4
const NODE_BYTES = 3 * FELT_BYTES + 3 * 4 + 2 + 1 + 1
const FELT_WORDS = FELT_BYTES / 4

/**
 * The nodes of many tries as parallel arrays, indexed by node number; 112 bytes a node, no object per node.
 *
 * Nodes are only added, so a number, and the key of a dead node, stay valid. `add` may replace the arrays: keep
 * none in a variable across it.
 *
 * A node's key is right up to the node's depth, in a leaf wholly; what lies behind means nothing.
 * Edges are no nodes: an edge is the gap between the depths of a node and its parent.
 */
export class NodeArena {
  keys!: Uint8Array
  own!: Uint8Array
  outer!: Uint8Array
  keyWords!: Uint32Array
  ownWords!: Uint32Array
  outerWords!: Uint32Array
  left!: Int32Array
  right!: Int32Array
  up!: Int32Array
  depth!: Int16Array
  kind!: Uint8Array
  flags!: Uint8Array
  #count = 1

  constructor() {
    this.#allocate(NODES_AT_START)
    this.depth[NONE] = -1
  }

  /** One block for all arrays: many small batches and proofs need few nodes each. */
  #allocate(capacity: number): void {
    const buffer = new ArrayBuffer(capacity * NODE_BYTES)
    let offset = 0
    const next = (bytes: number) => {
      const start = offset
      offset += bytes * capacity
      return start
    }
    this.keys = new Uint8Array(buffer, next(FELT_BYTES), capacity * FELT_BYTES)
    this.own = new Uint8Array(buffer, next(FELT_BYTES), capacity * FELT_BYTES)
    this.outer = new Uint8Array(buffer, next(FELT_BYTES), capacity * FELT_BYTES)
    this.keyWords = wordsOf(this.keys)
    this.ownWords = wordsOf(this.own)
    this.outerWords = wordsOf(this.outer)
    this.left = new Int32Array(buffer, next(4), capacity)
    this.right = new Int32Array(buffer, next(4), capacity)
    this.up = new Int32Array(buffer, next(4), capacity)
    this.depth = new Int16Array(buffer, next(2), capacity)
    this.kind = new Uint8Array(buffer, next(1), capacity)
    this.flags = new Uint8Array(buffer, next(1), capacity)
  }

  /** Nodes in use, `NONE` included. */
  get count(): number {
    return this.#count
  }

  /** A new node without hashes and children, its key all zeros. */
  add(kind: number, depth: number, up: number): number {
    const node = this.#count++
    if (node === this.depth.length) this.#grow(GROWTH * node)
    this.kind[node] = kind
    this.depth[node] = depth
    this.up[node] = up
    return node
  }

  #grow(capacity: number): void {
    const { keys, own, outer, left, right, up, depth, kind, flags } = this
    this.#allocate(capacity)
    this.keys.set(keys)
    this.own.set(own)
    this.outer.set(outer)
    this.left.set(left)
    this.right.set(right)
    this.up.set(up)
    this.depth.set(depth)
    this.kind.set(kind)
    this.flags.set(flags)
  }

  setKey(node: number, key: Felt): void {
    copyBytes(key, 0, this.keys, node * FELT_BYTES, FELT_BYTES)
  }

  copyKey(from: number, to: number): void {
    copyFelt(this.keyWords, from, this.keyWords, to)
  }

  setOwn(node: number, hash: Felt): void {
    copyBytes(hash, 0, this.own, node * FELT_BYTES, FELT_BYTES)
    this.flags[node]! |= HAS_OWN
  }

  /** A copy of the node's hash, of a leaf's value. */
  getOwn(node: number): Felt {
    return this.own.slice(node * FELT_BYTES, (node + 1) * FELT_BYTES)
  }

  getOuter(node: number): Felt {
    return this.outer.slice(node * FELT_BYTES, (node + 1) * FELT_BYTES)
  }

  /** For a node without an edge above it: both hashes are one. */
  copyOwnToOuter(node: number): void {
    copyFelt(this.ownWords, node, this.outerWords, node)
    this.flags[node]! |= HAS_OUTER
  }

  copyOuterToOwn(node: number): void {
    copyFelt(this.outerWords, node, this.ownWords, node)
    this.flags[node]! |= HAS_OWN
  }

  /** The first path bit in which two keys differ; `KEY_BITS` when they are equal. */
  firstDifference(a: number, b: number): number {
    const { keys, keyWords } = this
    for (let word = 0; word < FELT_WORDS; word++) {
      if (keyWords[a * FELT_WORDS + word] === keyWords[b * FELT_WORDS + word]) continue
      // Word order of bytes depends on the machine, so the bytes decide.
      for (let byte = word * 4; byte < FELT_BYTES; byte++) {
        const difference = keys[a * FELT_BYTES + byte]! ^ keys[b * FELT_BYTES + byte]!
        if (difference !== 0) return byte * 8 + Math.clz32(difference) - 24 - LEADING_BITS
      }
    }
    return KEY_BITS
  }

  /** The child of the binary node `node` on the way to the key of `target`. */
  childTowards(node: number, target: number): number {
    return bitAt(this.keys, target * FELT_BYTES, this.depth[node]!) === 0 ? this.left[node]! : this.right[node]!
  }

  siblingOf(node: number): number {
    const parent = this.up[node]!
    return this.left[parent] === node ? this.right[parent]! : this.left[parent]!
  }

  /** Bits of the edge above the node; 0 without one. */
  edgeLength(node: number): number {
    return this.depth[node]! - this.depth[this.up[node]!]! - 1
  }

  /** Writes the path of the edge above the node as an integer, 32 bytes big-endian. */
  writeEdgePath(node: number, out: Uint8Array, offset: number): void {
    const { keys } = this
    const length = this.edgeLength(node)
    const shift = KEY_BITS - this.depth[node]!
    const bits = shift & 7
    let from = node * FELT_BYTES + FELT_BYTES - 1 - (shift >> 3)
    let to = offset + FELT_BYTES - 1
    out.fill(0, offset, offset + FELT_BYTES)
    for (let rest = length; rest > 0; rest -= 8, from--, to--) {
      const byte = (keys[from]! >> bits) | ((keys[from - 1]! << (8 - bits)) & 0xff)
      out[to] = rest < 8 ? byte & ((1 << rest) - 1) : byte
    }
  }
}

/** Path bit `position` of the key at `offset`. */
export function bitAt(keys: Uint8Array, offset: number, position: number): number {
  const bit = position + LEADING_BITS
  return (keys[offset + (bit >> 3)]! >> (7 - (bit & 7))) & 1
}

/** Whether binary nodes of one path at these depths share a page (the root page apart, which follows its root). */
export function sharePage(depthA: number, depthB: number): boolean {
  return Math.trunc(depthA / PAGE_LEVELS) === Math.trunc(depthB / PAGE_LEVELS)
}

export function copyBytes(from: Uint8Array, fromOffset: number, to: Uint8Array, toOffset: number, count: number): void {
  for (let i = 0; i < count; i++) to[toOffset + i] = from[fromOffset + i]!
}

/** Copies felt number `fromIndex` over felt number `toIndex`. */
export function copyFelt(from: Uint32Array, fromIndex: number, to: Uint32Array, toIndex: number): void {
  const source = fromIndex * FELT_WORDS
  const target = toIndex * FELT_WORDS
  for (let i = 0; i < FELT_WORDS; i++) to[target + i] = from[source + i]!
}

/** The same memory as words; copied first when it does not start at a word. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4)
}
