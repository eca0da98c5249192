import { FELT_BYTES, type Felt, isZero, ZERO } from '../base/felt.ts'
import { HashPlan } from './hash-plan.ts'
import {
  BINARY,
  bitAt,
  DEAD,
  DIRTY,
  HAS_OUTER,
  HAS_OWN,
  KEY_BITS,
  LEAF,
  NONE,
  NodeArena,
  STUB,
  sharePage,
} from './node-arena.ts'
import { CLASSES_TRIE, type NodeSource, type PageChange, type TrieHasher } from './node-source.ts'
import { PageLog } from './page-changes.ts'
import { assertKey } from './page-codec.ts'
import { PageLoader } from './page-loader.ts'
import { getLeaf, getLeafBelow, getRoot } from './page-reader.ts'

const TRIE_ID_MAX = 2 ** 32 - 1

/**
 * A change of many tries at once, on top of a source that it only reads:
 *
 *     set … set → hash → root (compare it before anything is written) → changes
 *
 * Pages are loaded when a write needs them and stay in memory; nothing is kept between batches. The source must not
 * change while the batch lives. Writes in key order touch memory in order, but any order gives the same result.
 * After a PageError the batch is of no more use.
 */
export class TrieBatch {
  readonly #source: NodeSource
  readonly #hasher: TrieHasher
  readonly #arena = new NodeArena()
  readonly #log: PageLog
  readonly #loader: PageLoader
  /** Trie id → root, `NONE` when empty. */
  readonly #roots = new Map<number, number>()

  constructor(source: NodeSource, hasher: TrieHasher) {
    this.#source = source
    this.#hasher = hasher
    this.#log = new PageLog(this.#arena)
    this.#loader = new PageLoader(source, this.#arena, this.#log.add)
  }

  /**
   * Writes one leaf; zero deletes it. Returns the value before, `ZERO` when absent.
   * @throws RangeError for a key that is not below 2^251 @throws PageError
   */
  set(trieId: number, key: Felt, value: Felt): Felt {
    assertKey(key)
    if (value.length !== FELT_BYTES) throw new RangeError(`not a felt: ${value.length} bytes`)
    const arena = this.#arena
    const root = this.#open(trieId)
    arena.setKey(NONE, key)
    const end = this.#descend(trieId, root)
    if (end === NONE || arena.firstDifference(NONE, end) < KEY_BITS) {
      if (!isZero(value)) this.#insert(trieId, end, value)
      return ZERO
    }
    const previous = arena.getOwn(end)
    if (isZero(value)) this.#remove(trieId, end)
    else if (Buffer.compare(previous, value) !== 0) this.#update(end, value)
    return previous
  }

  /** The value as written so far, `ZERO` when absent. @throws RangeError for a bad key @throws PageError */
  get(trieId: number, key: Felt): Felt {
    assertKey(key)
    const arena = this.#arena
    let node = this.#roots.get(trieId)
    if (node === undefined) return getLeaf(this.#source, trieId, key)
    arena.setKey(NONE, key)
    while (node !== NONE && arena.firstDifference(NONE, node) >= arena.depth[node]!) {
      if (arena.kind[node] === LEAF) return arena.getOwn(node)
      // Below a stub nothing has changed.
      if (arena.kind[node] === STUB) return getLeafBelow(this.#source, trieId, key, arena.depth[node]!)
      node = arena.childTowards(node, NONE)
    }
    return ZERO
  }

  /** Computes the hashes that changed, of all tries together, rank by rank. More writes, and another call, may follow. */
  hash(): void {
    const arena = this.#arena
    const pedersen = new HashPlan(arena, this.#loader.loadStub)
    const poseidon = new HashPlan(arena, this.#loader.loadStub)
    for (const [trieId, root] of this.#roots) {
      if (root !== NONE) (trieId === CLASSES_TRIE ? poseidon : pedersen).addOuter(trieId, root)
    }
    pedersen.run((pairs) => this.#hasher.pedersenPairs(pairs))
    poseidon.run((pairs) => this.#hasher.poseidonPairs(pairs))
  }

  /** The root of a trie, `ZERO` when it is empty. @throws Error (a bug) between a write to it and `hash`. */
  root(trieId: number): Felt {
    const root = this.#roots.get(trieId)
    if (root === undefined) return getRoot(this.#source, trieId)
    if (root === NONE) return ZERO
    this.#assertHashed(trieId, root)
    return this.#arena.getOuter(root)
  }

  /**
   * What takes the source to the new state, each time one goes through it; write nothing meanwhile.
   * @throws Error (a bug) between a write and `hash`
   */
  changes(): Iterable<PageChange> {
    for (const [trieId, root] of this.#roots) if (root !== NONE) this.#assertHashed(trieId, root)
    return this.#log.compare(this.#roots)
  }

  #assertHashed(trieId: number, root: number): void {
    if ((this.#arena.flags[root]! & HAS_OUTER) === 0) throw new Error(`trie ${trieId} is not hashed`)
  }

  #open(trieId: number): number {
    const open = this.#roots.get(trieId)
    if (open !== undefined) return open
    if (!(trieId >= 0 && trieId <= TRIE_ID_MAX && Number.isInteger(trieId))) throw new RangeError(`trie id: ${trieId}`)
    const root = this.#loader.loadRoot(trieId)
    this.#roots.set(trieId, root)
    return root
  }

  /** The node where the way to the key of `NONE` ends: its leaf, or the node below the edge that leads elsewhere. */
  #descend(trieId: number, root: number): number {
    const arena = this.#arena
    let node = root
    while (node !== NONE && arena.kind[node] !== LEAF && arena.firstDifference(NONE, node) >= arena.depth[node]!) {
      if (arena.kind[node] === STUB) this.#loader.loadStub(trieId, node)
      node = arena.childTowards(node, NONE)
    }
    return node
  }

  #update(leaf: number, value: Felt): void {
    this.#arena.setOwn(leaf, value)
    this.#markDirty(leaf)
  }

  /** Adds the leaf of the key of `NONE`, with a fork in the edge above `node`; `node` is `NONE` in an empty trie. */
  #insert(trieId: number, node: number, value: Felt): void {
    const arena = this.#arena
    const depth = arena.firstDifference(NONE, node)
    // An edge splits without the page below. If the fork becomes a part of that page, `hash` loads it: the stub's own
    // hash is known only at the first level of its page, and the fork lies above.
    const leaf = arena.add(LEAF, KEY_BITS, NONE)
    arena.copyKey(NONE, leaf)
    arena.setOwn(leaf, value)
    if (node === NONE) {
      this.#roots.set(trieId, leaf)
      this.#markDirty(leaf)
      return
    }
    const fork = arena.add(BINARY, depth, NONE)
    arena.copyKey(leaf, fork)
    this.#replace(trieId, node, fork)
    const goesRight = bitAt(arena.keys, leaf * FELT_BYTES, depth) === 1
    arena.left[fork] = goesRight ? node : leaf
    arena.right[fork] = goesRight ? leaf : node
    arena.up[node] = fork
    arena.up[leaf] = fork
    arena.flags[node]! &= ~HAS_OUTER
    // An old root moves from the root page to a page of its own.
    if (arena.up[fork] === NONE) arena.flags[node]! |= DIRTY
    this.#markDirty(fork)
  }

  /** Takes a leaf out; its sibling moves up to where their parent was. */
  #remove(trieId: number, leaf: number): void {
    const arena = this.#arena
    const parent = arena.up[leaf]!
    if (parent === NONE) {
      arena.flags[leaf]! |= DEAD
      this.#roots.set(trieId, NONE)
      return
    }
    const sibling = arena.siblingOf(leaf)
    const isRoot = arena.up[parent] === NONE
    // The page of a new root becomes the root page.
    if (isRoot && arena.kind[sibling] === STUB) this.#loader.loadStub(trieId, sibling)
    arena.flags[leaf]! |= DEAD
    arena.flags[parent]! |= DEAD
    arena.flags[sibling]! &= ~HAS_OUTER
    this.#replace(trieId, parent, sibling)
    // It is written even if it is a leaf: as the root, or as the new top of its parent's page.
    const becomesTop = arena.kind[sibling] === BINARY && sharePage(arena.depth[parent]!, arena.depth[sibling]!)
    if (isRoot || becomesTop) arena.flags[sibling]! |= DIRTY
    this.#markDirty(arena.up[sibling]!)
  }

  /** Puts `node` in the place of `old` under its parent, or as the root. */
  #replace(trieId: number, old: number, node: number): void {
    const arena = this.#arena
    const parent = arena.up[old]!
    arena.up[node] = parent
    if (parent === NONE) this.#roots.set(trieId, node)
    else if (arena.left[parent] === old) arena.left[parent] = node
    else arena.right[parent] = node
  }

  /** Marks `node` and its ancestors for writing, and drops the hashes of those that are binary. */
  #markDirty(node: number): void {
    const { flags, kind, up } = this.#arena
    for (let at = node; at !== NONE; at = up[at]!) {
      const known = kind[at] === LEAF ? HAS_OUTER : HAS_OUTER | HAS_OWN
      if ((flags[at]! & (DIRTY | known)) === DIRTY) return
      flags[at] = (flags[at]! & ~known) | DIRTY
    }
  }
}
