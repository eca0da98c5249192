import { CodedError } from '../base/errors.ts'
import { equalFelts, FELT_BYTES, type Felt, hexFromFelt, isBelowPrime, isZero, ZERO } from '../base/felt.ts'
import { addLength, HashPlan } from './hash-plan.ts'
import { bitAt, HAS_OWN, KEY_BITS, LEAF, NONE, NodeArena, STUB } from './node-arena.ts'
import { hashPairs, type NodeSource, type TrieHasher } from './node-source.ts'
import { assertKey } from './page-codec.ts'
import { PageLoader } from './page-loader.ts'

/** A node of protocol 2.1; `path` is an integer of `length` bits, the most significant next to the root. */
export type ProofNode =
  | { readonly hash: Felt; readonly kind: 'binary'; readonly left: Felt; readonly right: Felt }
  | { readonly hash: Felt; readonly kind: 'edge'; readonly path: Felt; readonly length: number; readonly child: Felt }

export interface Proof {
  /** `ZERO` when the trie is empty. */
  readonly root: Felt
  /** The nodes on the way to any of the keys, each once, the root first, left before right. Leaves are no nodes. */
  readonly nodes: ProofNode[]
  /** One for each key, `ZERO` when absent; the way to an absent key ends with the edge that leads elsewhere. */
  readonly values: Felt[]
}

/** The nodes do not prove anything about the key under this root. */
export class ProofError extends CodedError<{ readonly code: 'PROOF_INVALID'; readonly node?: string }> {}

/**
 * Proves the values of `keys` in the state of `source` (protocol 12). Nearly all hashes are stored: what remains is
 * the hash below a long edge, and the edges of the last leaves: about three hashes for a key among random ones.
 * @throws RangeError for a key not below 2^251 @throws PageError
 */
export function prove(source: NodeSource, hasher: TrieHasher, trieId: number, keys: readonly Felt[]): Proof {
  for (const key of keys) assertKey(key)
  const arena = new NodeArena()
  const loader = new PageLoader(source, arena)
  const root = loader.loadRoot(trieId)
  if (root === NONE) return { root: ZERO, nodes: [], values: keys.map(() => ZERO) }
  const ways = new Ways(arena, (stub) => loader.loadStub(trieId, stub))
  const values = keys.map((key) => ways.add(root, key))
  const plan = new HashPlan(arena, loader.loadStub)
  for (const node of ways.preorder(root)) {
    if (arena.kind[node] === LEAF) continue
    if ((arena.flags[node]! & HAS_OWN) === 0) plan.addOwn(trieId, node)
    else if (ways.passes(node)) {
      plan.addOuter(trieId, arena.left[node]!)
      plan.addOuter(trieId, arena.right[node]!)
    }
  }
  plan.run((pairs) => hashPairs(hasher, trieId, pairs))
  const nodes: ProofNode[] = []
  for (const node of ways.preorder(root)) pushNodes(arena, node, ways.passes(node), nodes)
  return { root: arena.getOuter(root), nodes, values }
}

/** The ways from a root to a number of keys. */
class Ways {
  readonly #arena: NodeArena
  readonly #loadStub: (stub: number) => void
  /** Reached, be it only at the edge above. */
  readonly #reached = new Set<number>()
  /** Binary nodes that a way goes on from. */
  readonly #passed = new Set<number>()

  constructor(arena: NodeArena, loadStub: (stub: number) => void) {
    this.#arena = arena
    this.#loadStub = loadStub
  }

  /** Returns the value under `key`. */
  add(root: number, key: Felt): Felt {
    const arena = this.#arena
    arena.setKey(NONE, key)
    for (let node = root; ; node = arena.childTowards(node, NONE)) {
      this.#reached.add(node)
      if (arena.firstDifference(NONE, node) < arena.depth[node]!) return ZERO
      if (arena.kind[node] === LEAF) return arena.getOwn(node)
      if (arena.kind[node] === STUB) this.#loadStub(node)
      this.#passed.add(node)
    }
  }

  passes(node: number): boolean {
    return this.#passed.has(node)
  }

  /** The nodes of all ways that are reached from `node`, itself first. */
  *preorder(node: number): Generator<number> {
    if (!this.#reached.has(node)) return
    yield node
    yield* this.preorder(this.#arena.left[node]!)
    yield* this.preorder(this.#arena.right[node]!)
  }
}

function pushNodes(arena: NodeArena, node: number, passes: boolean, nodes: ProofNode[]): void {
  const length = arena.edgeLength(node)
  if (length > 0) {
    const path = new Uint8Array(FELT_BYTES)
    arena.writeEdgePath(node, path, 0)
    nodes.push({ hash: arena.getOuter(node), kind: 'edge', path, length, child: arena.getOwn(node) })
  }
  if (!passes) return
  const left = arena.getOuter(arena.left[node]!)
  const right = arena.getOuter(arena.right[node]!)
  nodes.push({ hash: arena.getOwn(node), kind: 'binary', left, right })
}

/**
 * The value that `nodes`, in any order and with any others among them, prove for `key`; `ZERO` proves its absence.
 * @throws RangeError for a key not below 2^251
 * @throws ProofError when a node is not what its hash says, or a node on the way is missing or cannot be there
 */
export function verifyProof(
  hasher: TrieHasher,
  trieId: number,
  root: Felt,
  key: Felt,
  nodes: readonly ProofNode[],
): Felt {
  assertKey(key)
  const byHash = checkedNodes(hasher, trieId, nodes)
  if (isZero(root)) return ZERO
  let hash = root
  let depth = 0
  while (depth < KEY_BITS) {
    const node = byHash.get(hexFromFelt(hash))
    if (node === undefined) throw invalid('the way ends early', hash)
    if (node.kind === 'binary') {
      hash = bitAt(key, 0, depth) === 0 ? node.left : node.right
      depth += 1
    } else {
      if (depth + node.length > KEY_BITS) throw invalid('an edge is too long', hash)
      if (!isOnTheWay(node.path, node.length, key, depth)) return ZERO
      hash = node.child
      depth += node.length
    }
  }
  return hash
}

/** The nodes by hash, every hash recomputed. */
function checkedNodes(hasher: TrieHasher, trieId: number, nodes: readonly ProofNode[]): Map<string, ProofNode> {
  const pairs = new Uint8Array(nodes.length * 2 * FELT_BYTES)
  for (const [i, node] of nodes.entries()) {
    const [first, second] = node.kind === 'binary' ? [node.left, node.right] : [node.child, node.path]
    for (const felt of [first, second]) {
      if (felt.length !== FELT_BYTES || !isBelowPrime(felt)) throw invalid('a node has no felts', node.hash)
    }
    if (node.kind === 'edge' && !isPath(node.path, node.length)) throw invalid('an edge has no path', node.hash)
    pairs.set(first, i * 2 * FELT_BYTES)
    pairs.set(second, (i * 2 + 1) * FELT_BYTES)
  }
  const byHash = new Map<string, ProofNode>()
  const hashes = nodes.length === 0 ? pairs : hashPairs(hasher, trieId, pairs)
  for (const [i, node] of nodes.entries()) {
    if (node.kind === 'edge') addLength(hashes, i * FELT_BYTES, node.length)
    const hash = hashes.subarray(i * FELT_BYTES, (i + 1) * FELT_BYTES)
    if (!equalFelts(hash, node.hash)) throw invalid('a node has another hash', node.hash)
    byHash.set(hexFromFelt(hash), node)
  }
  return byHash
}

/** Whether `path` is an integer of `length` bits. */
function isPath(path: Felt, length: number): boolean {
  if (!Number.isInteger(length) || length < 1 || length > KEY_BITS) return false
  for (let bit = length; bit < FELT_BYTES * 8; bit++) if (integerBit(path, bit) !== 0) return false
  return true
}

/** Whether the key goes through an edge that starts at `depth`. */
function isOnTheWay(path: Felt, length: number, key: Felt, depth: number): boolean {
  for (let i = 0; i < length; i++) {
    if (bitAt(key, 0, depth + i) !== integerBit(path, length - 1 - i)) return false
  }
  return true
}

/** Bit `bit` from the least significant. */
function integerBit(felt: Felt, bit: number): number {
  return (felt[FELT_BYTES - 1 - (bit >> 3)]! >> (bit & 7)) & 1
}

function invalid(reason: string, node: Felt): ProofError {
  return new ProofError(`the proof does not hold: ${reason}`, { code: 'PROOF_INVALID', node: hexFromFelt(node) })
}
