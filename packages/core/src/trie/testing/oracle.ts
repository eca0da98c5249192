import { FIELD_PRIME } from '../../base/felt.ts'
import type { PairHash } from './hashers.ts'

/** A trie as the protocol's text has it (2.1): key → value, zero values absent. */
export type Leaves = ReadonlyMap<bigint, bigint>

export type OracleNode =
  | { readonly kind: 'leaf'; readonly hash: bigint }
  | { readonly kind: 'binary'; readonly hash: bigint; readonly left: OracleNode; readonly right: OracleNode }
  | {
      readonly kind: 'edge'
      readonly hash: bigint
      readonly path: bigint
      readonly length: number
      readonly child: OracleNode
    }

/** Rebuilds the whole trie of `height` bits, every node anew. */
export function buildTrie(leaves: Leaves, hash: PairHash, height = 251): OracleNode | undefined {
  return build([...leaves], hash, height)
}

export function oracleRoot(leaves: Leaves, hash: PairHash, height = 251): bigint {
  return buildTrie(leaves, hash, height)?.hash ?? 0n
}

function build(leaves: readonly (readonly [bigint, bigint])[], hash: PairHash, height: number): OracleNode | undefined {
  if (leaves.length === 0) return undefined
  if (height === 0) return { kind: 'leaf', hash: leaves[0]![1] }
  const bit = 1n << BigInt(height - 1)
  const left = build(
    leaves.filter(([key]) => (key & bit) === 0n),
    hash,
    height - 1,
  )
  const right = build(
    leaves.filter(([key]) => (key & bit) !== 0n),
    hash,
    height - 1,
  )
  if (left !== undefined && right !== undefined) {
    return { kind: 'binary', hash: hash(left.hash, right.hash), left, right }
  }
  const below = left ?? right!
  const step = right === undefined ? 0n : 1n
  if (below.kind !== 'edge') return edge(step, 1, below, hash)
  return edge((step << BigInt(below.length)) | below.path, below.length + 1, below.child, hash)
}

/** An edge hashes only once it is whole, so the hash is computed when somebody asks. */
function edge(path: bigint, length: number, child: OracleNode, hash: PairHash): OracleNode {
  let known: bigint | undefined
  return {
    kind: 'edge',
    path,
    length,
    child,
    get hash() {
      known ??= (hash(child.hash, path) + BigInt(length)) % FIELD_PRIME
      return known
    },
  }
}
