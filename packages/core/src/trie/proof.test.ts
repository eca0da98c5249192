import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bigintFromFelt, type Felt, FIELD_PRIME, felt, feltFromBigint, hexFromFelt, ONE, ZERO } from '../base/felt.ts'
import { CLASSES_TRIE, CONTRACTS_TRIE, FIRST_STORAGE_TRIE } from './node-source.ts'
import { getRoot } from './page-reader.ts'
import { type ProofNode, prove, verifyProof } from './proof.ts'
import { key as anyKey, value as anyValue, spread, TRIE_IDS, writes } from './testing/arbitraries.ts'
import { CountingHasher, fakePedersen, fakePoseidon, realPedersen, realPoseidon } from './testing/hashers.ts'
import { MemoryPages } from './testing/memory-pages.ts'
import { changesOf, Model } from './testing/model.ts'
import { buildTrie, type OracleNode } from './testing/oracle.ts'

const STORAGE = FIRST_STORAGE_TRIE
const hasher = new CountingHasher()
const invalid = expect.objectContaining({ data: expect.objectContaining({ code: 'PROOF_INVALID' }) })

/** The nodes on the way to the keys, as the protocol names them. */
function oracleProof(node: OracleNode, keys: readonly bigint[], height: number): unknown[] {
  if (keys.length === 0 || node.kind === 'leaf') return []
  const hash = feltFromBigint(node.hash)
  if (node.kind === 'edge') {
    const below = height - node.length
    const on = keys.filter((key) => ((key >> BigInt(below)) & ((1n << BigInt(node.length)) - 1n)) === node.path)
    const { length } = node
    const edge = { hash, kind: 'edge', path: feltFromBigint(node.path), length, child: feltFromBigint(node.child.hash) }
    return [edge, ...oracleProof(node.child, on, below)]
  }
  const isRight = (key: bigint) => ((key >> BigInt(height - 1)) & 1n) === 1n
  const [left, right] = [feltFromBigint(node.left.hash), feltFromBigint(node.right.hash)]
  return [
    { hash, kind: 'binary', left, right },
    ...oracleProof(
      node.left,
      keys.filter((key) => !isRight(key)),
      height - 1,
    ),
    ...oracleProof(node.right, keys.filter(isRight), height - 1),
  ]
}

function stored(all: Parameters<typeof changesOf>[2], by = hasher): MemoryPages {
  const pages = new MemoryPages()
  pages.apply(changesOf(pages, by, all))
  return pages
}

describe('prove', () => {
  test('gives the nodes of the protocol, in preorder, and the values', () => {
    fc.assert(
      fc.property(writes, fc.constantFrom(...TRIE_IDS), fc.array(anyKey, { maxLength: 6 }), (all, trieId, others) => {
        const pages = stored(all)
        const model = new Model()
        for (const write of all) model.set(write)
        const leaves = model.leaves(trieId)
        const keys = [...others, ...all.slice(0, 6).map((write) => write.key)]
        const proof = prove(pages, hasher, trieId, keys.map(feltFromBigint))
        expect(proof.root).toEqual(model.root(trieId))
        expect(proof.values.map((value) => bigintFromFelt(value))).toEqual(keys.map((key) => leaves.get(key) ?? 0n))
        const trie = buildTrie(leaves, trieId === CLASSES_TRIE ? fakePoseidon : fakePedersen)
        expect(proof.nodes).toEqual(trie === undefined ? [] : oracleProof(trie, keys, 251))
        for (const [i, key] of keys.entries()) {
          const proved = verifyProof(hasher, trieId, proof.root, feltFromBigint(key), proof.nodes)
          expect(proved).toEqual(proof.values[i])
        }
      }),
      { numRuns: 300 },
    )
  })

  test('contract 0x2: each proof is one edge (protocol 12)', () => {
    const real = new CountingHasher(realPedersen, realPoseidon)
    const leaf = felt('0x2f84fd0707d8246348f2f814852e77a75d261625fe1c4a16161cc7ac2dcb807')
    const pages = stored(
      [
        { trieId: STORAGE, key: 0n, value: 0x80n },
        { trieId: CONTRACTS_TRIE, key: 2n, value: bigintFromFelt(leaf) },
      ],
      real,
    )
    const storage = prove(pages, real, STORAGE, [ZERO])
    expect(storage.nodes).toEqual([{ hash: storage.root, kind: 'edge', path: ZERO, length: 251, child: felt(0x80) }])
    const contracts = prove(pages, real, CONTRACTS_TRIE, [felt(2)])
    expect(contracts.nodes).toEqual([{ hash: contracts.root, kind: 'edge', path: felt(2), length: 251, child: leaf }])
    expect(hexFromFelt(contracts.root)).toBe('0x3c538d437670f4c6f72dd799f215a007720ec7d19bc64195c96399145d8746f')
  })

  test('edges of the sequencer repository', () => {
    const real = new CountingHasher(realPedersen, realPoseidon)
    for (const [child, path, length, hash] of [
      [0x1234abcdn, 42n, 6, '0x1d937094c09b5f8e26a662d21911871e3cbc6858d55cc49af9848ea6fed4e9'],
      [1n, 2n, 3, '0x5bb9440e27889a364bcb678b1f679ecd1347acdedcbf36e83494f857cc58029'],
    ] as const) {
      const sibling = 1n << BigInt(length)
      const pages = stored(
        [
          { trieId: STORAGE, key: path, value: child },
          { trieId: STORAGE, key: sibling, value: 1n },
        ],
        real,
      )
      const { nodes } = prove(pages, real, STORAGE, [feltFromBigint(path)])
      expect(nodes).toHaveLength(3)
      expect(nodes[2]).toEqual({
        hash: felt(hash),
        kind: 'edge',
        path: feltFromBigint(path),
        length,
        child: feltFromBigint(child),
      })
    }
  })

  test('of an empty trie is empty', () => {
    const proof = prove(new MemoryPages(), hasher, STORAGE, [ONE])
    expect(proof).toEqual({ root: ZERO, nodes: [], values: [ZERO] })
    expect(verifyProof(hasher, STORAGE, ZERO, ONE, [])).toEqual(ZERO)
  })

  test('computes about three hashes for a key among random ones', () => {
    const keys = Array.from({ length: 500 }, (_, i) => spread(i))
    const pages = stored(keys.map((key) => ({ trieId: STORAGE, key, value: 1n })))
    const counting = new CountingHasher()
    for (const key of keys) prove(pages, counting, STORAGE, [feltFromBigint(key)])
    expect(counting.count / keys.length).toBeLessThan(3.5)
  })

  test('refuses keys that are none', () => {
    const tooHigh = feltFromBigint(2n ** 251n)
    expect(() => prove(new MemoryPages(), hasher, STORAGE, [tooHigh])).toThrow(RangeError)
    expect(() => verifyProof(hasher, STORAGE, ZERO, tooHigh, [])).toThrow(RangeError)
  })
})

describe('verifyProof', () => {
  function changed(node: ProofNode, what: number): ProofNode {
    const flip = (felt: Felt) => feltFromBigint((bigintFromFelt(felt) ^ (1n << BigInt(what % 250))) % FIELD_PRIME)
    if (what % 3 === 0) return { ...node, hash: flip(node.hash) }
    if (node.kind === 'binary') {
      return what % 3 === 1 ? { ...node, left: flip(node.left) } : { ...node, right: flip(node.right) }
    }
    return what % 3 === 1 ? { ...node, child: flip(node.child) } : { ...node, length: (node.length % 251) + 1 }
  }

  const leaves = fc.uniqueArray(fc.tuple(anyKey, anyValue), { minLength: 1, maxLength: 20, selector: ([key]) => key })

  test('nothing but the value, or zero for absence, can be proved', () => {
    fc.assert(
      fc.property(leaves, anyKey, fc.nat(), fc.nat(), (all, absent, which, what) => {
        const pages = stored(all.map(([key, value]) => ({ trieId: STORAGE, key, value })))
        const root = getRoot(pages, STORAGE)
        for (const key of [all[which % all.length]![0], absent].map(feltFromBigint)) {
          const { nodes, values } = prove(pages, hasher, STORAGE, [key])
          const at = which % nodes.length
          const without = nodes.filter((_, i) => i !== at)
          expect(verifyProof(hasher, STORAGE, root, key, [...nodes].reverse())).toEqual(values[0])
          expect(() => verifyProof(hasher, STORAGE, root, key, without)).toThrow(invalid)
          const tampered = [...without, changed(nodes[at]!, what)]
          expect(() => verifyProof(hasher, STORAGE, root, key, tampered)).toThrow(invalid)
          expect(() => verifyProof(hasher, STORAGE, ONE, key, nodes)).toThrow(invalid)
          expect(() => verifyProof(hasher, CLASSES_TRIE, root, key, nodes)).toThrow(invalid)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('refuses felts and paths that are none, even under a right hash', () => {
    const edge = (path: bigint, length: number, child: Felt = ONE): ProofNode => ({
      hash: feltFromBigint(fakePedersen(bigintFromFelt(child), path) + BigInt(Math.trunc(length))),
      kind: 'edge',
      path: feltFromBigint(path),
      length,
      child,
    })
    const check = (...nodes: ProofNode[]) => verifyProof(hasher, STORAGE, nodes[0]!.hash, ZERO, nodes)
    expect(check(edge(0n, 251))).toEqual(ONE)
    expect(check(edge(1n, 251))).toEqual(ZERO)
    expect(check(edge(4n, 3))).toEqual(ZERO)
    for (const bad of [edge(8n, 3), edge(0n, 0), edge(0n, 252), edge(0n, 2.5)])
      expect(() => check(bad)).toThrow(invalid)
    // Below P all the same, and the low 251 bits are those of the key.
    expect(() => check(edge(2n ** 251n, 251))).toThrow(invalid)
    // A binary node is no edge, whatever its length is said to be.
    const binary = feltFromBigint(fakePedersen(1n, 0n))
    for (const length of [0, Number.NaN]) {
      expect(() => check({ hash: binary, kind: 'edge', path: ZERO, length, child: ONE })).toThrow(invalid)
    }
    const leafEdge = edge(0n, 200)
    expect(() => check(edge(0n, 100, leafEdge.hash), leafEdge)).toThrow(invalid)
    const short = { ...edge(0n, 251), child: new Uint8Array(31) }
    expect(() => check(short)).toThrow(invalid)
    const high = { ...edge(0n, 251), child: new Uint8Array(32).fill(0xff) }
    expect(() => check(high)).toThrow(invalid)
  })
})
