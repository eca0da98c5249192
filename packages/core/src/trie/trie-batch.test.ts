import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bigintFromFelt, type Felt, felt, feltFromBigint, hexFromFelt, ZERO } from '../base/felt.ts'
import { reachablePages } from './check.ts'
import { CLASSES_TRIE, CONTRACTS_TRIE, FIRST_STORAGE_TRIE } from './node-source.ts'
import { getLeaf, getRoot } from './page-reader.ts'
import { commits, spread, TRIE_IDS, type Write, writes } from './testing/arbitraries.ts'
import { CountingHasher, fakePedersen, realPedersen, realPoseidon } from './testing/hashers.ts'
import { hex, MemoryPages } from './testing/memory-pages.ts'
import { changesOf, keptChanges, Model } from './testing/model.ts'
import { buildTrie, type OracleNode, oracleRoot } from './testing/oracle.ts'
import { TrieBatch } from './trie-batch.ts'

const STORAGE = FIRST_STORAGE_TRIE
const hasher = new CountingHasher()

function setAll(batch: TrieBatch, all: readonly Write[]): void {
  for (const { trieId, key, value } of all) batch.set(trieId, feltFromBigint(key), feltFromBigint(value))
}

function storedAfter(all: readonly Write[]): MemoryPages {
  const pages = new MemoryPages()
  pages.apply(changesOf(pages, hasher, all))
  return pages
}

function reachable(pages: MemoryPages): string[] {
  return TRIE_IDS.flatMap((trieId) => [...reachablePages(pages, trieId)].map(hex)).sort()
}

describe('against the protocol', () => {
  const real = new CountingHasher(realPedersen, realPoseidon)

  test('one leaf: pathfinder, height 251, key 1 → value 1', () => {
    const batch = new TrieBatch(new MemoryPages(), real)
    batch.set(STORAGE, felt(1), felt(1))
    batch.hash()
    expect(hexFromFelt(batch.root(STORAGE))).toBe('0x2ebbd6878f81e49560ae863bd4ef327a417037bf57b63a016130ad0a94c8fa7')
  })

  test('contract 0x2 with storage {0 → 0x80}: storage root, leaf, contracts root', () => {
    const batch = new TrieBatch(new MemoryPages(), real)
    batch.set(STORAGE, ZERO, felt(0x80))
    batch.hash()
    const storageRoot = batch.root(STORAGE)
    expect(hexFromFelt(storageRoot)).toBe('0x41e158f6df25fc003f27924cc20e9a6d518a842cb09ba6192d3a2e3d4526e20')
    const leaf = realPedersen(realPedersen(realPedersen(0n, bigintFromFelt(storageRoot)), 0n), 0n)
    expect(leaf).toBe(0x2f84fd0707d8246348f2f814852e77a75d261625fe1c4a16161cc7ac2dcb807n)
    batch.set(CONTRACTS_TRIE, felt(2), feltFromBigint(leaf))
    batch.hash()
    const contractsRoot = batch.root(CONTRACTS_TRIE)
    expect(hexFromFelt(contractsRoot)).toBe('0x3c538d437670f4c6f72dd799f215a007720ec7d19bc64195c96399145d8746f')
  })

  test('the oracle itself: height 64 under Poseidon, values 1, 2, 3 at 0, 1, 2', () => {
    const root = oracleRoot(
      new Map([
        [0n, 1n],
        [1n, 2n],
        [2n, 3n],
      ]),
      realPoseidon,
      64,
    )
    expect(root).toBe(0x3b5cc7f1292eb3847c3f902d048a7e5dc7702d1c191ccd17c2d33f797e6fc32n)
  })

  test('classes under Poseidon, the others under Pedersen', () => {
    const leaves = new Map([
      [1n, 5n],
      [3n, 7n],
      [2n ** 250n, 11n],
      [2n ** 250n + 9n, 13n],
    ])
    const batch = new TrieBatch(new MemoryPages(), real)
    for (const trieId of [CONTRACTS_TRIE, CLASSES_TRIE, STORAGE]) {
      for (const [key, value] of leaves) batch.set(trieId, feltFromBigint(key), feltFromBigint(value))
    }
    batch.hash()
    const pedersenRoot = oracleRoot(leaves, realPedersen)
    expect(bigintFromFelt(batch.root(CLASSES_TRIE))).toBe(oracleRoot(leaves, realPoseidon))
    expect(bigintFromFelt(batch.root(CONTRACTS_TRIE))).toBe(pedersenRoot)
    expect(bigintFromFelt(batch.root(STORAGE))).toBe(pedersenRoot)
  })
})

describe('against the oracle', () => {
  test('roots, values before, reads, pages: after every commit', () => {
    fc.assert(
      fc.property(commits, (all) => {
        const pages = new MemoryPages()
        const model = new Model()
        for (const commit of all) {
          const batch = new TrieBatch(pages, hasher)
          for (const write of commit) {
            const { trieId, key, value } = write
            const before = batch.set(trieId, feltFromBigint(key), feltFromBigint(value))
            expect(bigintFromFelt(before)).toBe(model.set(write))
          }
          for (const { trieId, key } of all.flat()) {
            expect(bigintFromFelt(batch.get(trieId, feltFromBigint(key)))).toBe(model.leaves(trieId).get(key) ?? 0n)
          }
          batch.hash()
          for (const trieId of TRIE_IDS) expect(batch.root(trieId)).toEqual(model.root(trieId))
          pages.apply(batch.changes())
          for (const trieId of TRIE_IDS) expect(getRoot(pages, trieId)).toEqual(model.root(trieId))
          for (const { trieId, key } of all.flat()) {
            const stored = getLeaf(pages, trieId, feltFromBigint(key))
            expect(bigintFromFelt(stored)).toBe(model.leaves(trieId).get(key) ?? 0n)
          }
          expect(reachable(pages)).toEqual([...pages.pages.keys()].sort())
        }
      }),
      { numRuns: 300 },
    )
  })

  test('a large trie, changed all over', () => {
    let state = 0x9e3779b9
    const random = () => {
      state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
      return state
    }
    const randomKey = () =>
      Array.from({ length: 8 }, random).reduce((sum, word) => (sum << 32n) | BigInt(word), 0n) >> 5n
    const keys = Array.from({ length: 1500 }, randomKey)
    const pages = new MemoryPages()
    const leaves = new Map<bigint, bigint>()
    for (const deletedOf10 of [0, 4, 9, 2]) {
      const batch = new TrieBatch(pages, hasher)
      for (const key of keys) {
        if (random() % 3 === 0) continue
        const value = random() % 10 < deletedOf10 ? 0n : BigInt(random())
        batch.set(STORAGE, feltFromBigint(key), feltFromBigint(value))
        if (value === 0n) leaves.delete(key)
        else leaves.set(key, value)
      }
      batch.hash()
      pages.apply(batch.changes())
      expect(bigintFromFelt(getRoot(pages, STORAGE))).toBe(oracleRoot(leaves, fakePedersen))
      expect([...reachablePages(pages, STORAGE)]).toHaveLength(pages.pages.size)
      for (const key of keys) {
        if (bigintFromFelt(getLeaf(pages, STORAGE, feltFromBigint(key))) !== (leaves.get(key) ?? 0n))
          expect.fail(`${key}`)
      }
    }
  })
})

describe('one layout', () => {
  test('however writes are ordered, hashed and cut into commits', () => {
    fc.assert(
      fc.property(commits, fc.integer({ min: 1, max: 9 }), (all, hashEvery) => {
        const inCommits = new MemoryPages()
        const model = new Model()
        for (const commit of all) {
          for (const write of commit) model.set(write)
          inCommits.apply(changesOf(inCommits, hasher, commit))
        }
        const atOnce = new MemoryPages()
        const batch = new TrieBatch(atOnce, hasher)
        for (const [i, write] of all.flat().entries()) {
          setAll(batch, [write])
          if (i % hashEvery === 0) batch.hash()
        }
        batch.hash()
        atOnce.apply(batch.changes())
        expect(atOnce.snapshot()).toEqual(inCommits.snapshot())
        expect(storedAfter(model.allWrites()).snapshot()).toEqual(inCommits.snapshot())
        expect(storedAfter(model.allWrites().reverse()).snapshot()).toEqual(inCommits.snapshot())
      }),
      { numRuns: 300 },
    )
  })

  test('old values written back, or old pages put back, give the old state', () => {
    fc.assert(
      fc.property(writes, writes, (first, second) => {
        const pages = storedAfter(first)
        const old = pages.snapshot()
        const batch = new TrieBatch(pages, hasher)
        const undo: Write[] = second.map(({ trieId, key, value }) => {
          const before = batch.set(trieId, feltFromBigint(key), feltFromBigint(value))
          return { trieId, key, value: bigintFromFelt(before) }
        })
        batch.hash()
        const changes = keptChanges(batch)

        pages.apply(changes)
        pages.apply(changesOf(pages, hasher, undo.reverse()))
        expect(pages.snapshot()).toEqual(old)

        pages.apply(changes)
        pages.revert(changes)
        expect(pages.snapshot()).toEqual(old)
      }),
      { numRuns: 300 },
    )
  })

  test('emptied tries leave no page, and can be refilled', () => {
    fc.assert(
      fc.property(writes, (all) => {
        const pages = storedAfter(all)
        const full = pages.snapshot()
        const model = new Model()
        for (const write of all) model.set(write)
        const leaves = model.allWrites()
        pages.apply(
          changesOf(
            pages,
            hasher,
            leaves.map((leaf) => ({ ...leaf, value: 0n })),
          ),
        )
        expect(pages.pages.size).toBe(0)
        pages.apply(changesOf(pages, hasher, leaves))
        expect(pages.snapshot()).toEqual(full)
      }),
      { numRuns: 150 },
    )
  })

  test('a stub becomes the root: its page moves to the root', () => {
    // The root is at depth 3, on its right at depth 4 a page of its own: without an edge, so its hash is known.
    const [left, ...right] = [0n, 1n << 247n, 3n << 246n].map((key) => ({ trieId: STORAGE, key, value: 7n }))
    const pages = storedAfter([left!, ...right])
    expect(pages.pages.size).toBe(2)
    pages.apply(changesOf(pages, hasher, [{ ...left!, value: 0n }]))
    expect(pages.snapshot()).toEqual(storedAfter(right).snapshot())
    expect(pages.pages.size).toBe(1)
  })

  test('what changes nothing writes and hashes nothing', () => {
    fc.assert(
      fc.property(writes, (all) => {
        const pages = storedAfter(all)
        const model = new Model()
        for (const write of all) model.set(write)
        const counting = new CountingHasher()
        const same = changesOf(pages, counting, [...model.allWrites(), { trieId: STORAGE, key: 77n, value: 0n }])
        expect(same).toEqual([])
        expect(counting.count).toBe(0)
        const there: Write[] = model.allWrites().map((leaf) => ({ ...leaf, value: leaf.value === 9n ? 8n : 9n }))
        const andBack = changesOf(pages, counting, [...there, ...model.allWrites()])
        expect(andBack).toEqual([])
      }),
      { numRuns: 150 },
    )
  })
})

describe('work', () => {
  /** The hashes that updates of `changed` need: each dirty node once, and the edges of clean sibling leaves. */
  function updateHashes(node: OracleNode, prefix: bigint, depth: number, changed: readonly bigint[]): number {
    const below = changed.filter((key) => key >> BigInt(251 - depth) === prefix)
    if (node.kind === 'leaf') return 0
    if (node.kind === 'edge') {
      if (below.length === 0) return node.child.kind === 'leaf' ? 1 : 0
      return 1 + updateHashes(node.child, (prefix << BigInt(node.length)) | node.path, depth + node.length, changed)
    }
    if (below.length === 0) return 0
    const left = updateHashes(node.left, prefix << 1n, depth + 1, changed)
    return 1 + left + updateHashes(node.right, (prefix << 1n) | 1n, depth + 1, changed)
  }

  test('every dirty node is hashed once, whatever number of writes is below it', () => {
    const keys = Array.from({ length: 400 }, (_, i) => spread(i))
    const changed = keys.slice(100, 160)
    const pages = storedAfter(keys.map((key, i) => ({ trieId: STORAGE, key, value: BigInt(i + 1) })))
    const counting = new CountingHasher()
    changesOf(
      pages,
      counting,
      changed.map((key) => ({ trieId: STORAGE, key, value: 12345n })),
    )
    const trie = buildTrie(new Map(keys.map((key) => [key, 1n])), () => 1n)!
    expect(counting.count).toBe(updateHashes(trie, 0n, 0, changed))
    expect(counting.count / changed.length).toBeLessThan(6.5)
  })

  test('many tries take no more calls than the deepest of them, Pedersen and Poseidon apart', () => {
    const calls = (tries: readonly number[]) => {
      const counting = new CountingHasher()
      const all = tries.flatMap((trieId, n) =>
        Array.from({ length: trieId === 5 ? 200 : 20 }, (_, i) => ({ trieId, key: spread(i + 1000 * n), value: 1n })),
      )
      changesOf(new MemoryPages(), counting, all)
      return { pedersen: counting.pedersenCalls.length, poseidon: counting.poseidonCalls.length }
    }
    const deep = calls([5])
    expect(deep.pedersen).toBeGreaterThan(5)
    expect(calls([5, 6, 7, 8, 9, 10])).toEqual(deep)
    expect(calls([CLASSES_TRIE]).pedersen).toBe(0)
    expect(calls([CLASSES_TRIE, 5, 6]).poseidon).toBe(calls([CLASSES_TRIE]).poseidon)
  })

  test('hash calls have at most 4,096 pairs; nothing is hashed twice', () => {
    const counting = new CountingHasher()
    const batch = new TrieBatch(new MemoryPages(), counting)
    for (let i = 0; i < 6000; i++) batch.set(STORAGE, feltFromBigint(spread(i)), felt(1))
    batch.hash()
    expect(Math.max(...counting.pedersenCalls)).toBe(4096)
    const bySteps = new TrieBatch(new MemoryPages(), hasher)
    for (let i = 0; i < 6000; i++) {
      bySteps.set(STORAGE, feltFromBigint(spread(i)), felt(1))
      if (i % 500 === 0) bySteps.hash()
    }
    bySteps.hash()
    expect(batch.root(STORAGE)).toEqual(bySteps.root(STORAGE))
    const { count } = counting
    expect(count).toBeLessThanOrEqual(3 * 6000)
    batch.hash()
    expect(counting.count).toBe(count)
  })

  test('one page is read for each page on the way, once', () => {
    const pages = storedAfter(Array.from({ length: 3000 }, (_, i) => ({ trieId: STORAGE, key: spread(i), value: 1n })))
    pages.reads = 0
    const batch = new TrieBatch(pages, hasher)
    for (let i = 0; i < 50; i++) batch.set(STORAGE, feltFromBigint(spread(7)), felt(i + 5))
    batch.hash()
    pages.apply(batch.changes())
    expect(pages.reads).toBeLessThanOrEqual(4)
  })

  test('a page is not read for a hash that its parent tells', () => {
    // Depths 0, 3 and 4: removing the leaf on the left of depth 3 puts the stub at depth 4 right below the root.
    const keys = [1n << 250n, 0n, 1n << 247n, 3n << 246n]
    const pages = storedAfter(keys.map((key) => ({ trieId: STORAGE, key, value: 7n })))
    expect(pages.pages.size).toBe(2)
    pages.reads = 0
    const changes = changesOf(pages, hasher, [{ trieId: STORAGE, key: 0n, value: 0n }])
    expect(pages.reads).toBe(1)
    expect(changes.filter(({ page }) => page !== undefined)).toHaveLength(1)
  })

  test('100,000 writes in 20,000 tries are one commit', () => {
    /** Mixes words; far from collision-free for enemies, but for this. */
    const mix = (pairs: Uint8Array) => {
      const words = new Uint32Array(pairs.buffer, pairs.byteOffset, pairs.length / 4)
      const out = new Uint8Array(pairs.length / 2)
      const outWords = new Uint32Array(out.buffer)
      for (let n = 0; n < out.length / 32; n++) {
        let sum = 0x811c9dc5
        for (let i = 0; i < 16; i++) sum = Math.imul(sum ^ words[16 * n + i]!, 0x01000193) ^ (sum >>> 13)
        for (let i = 1; i < 8; i++) outWords[8 * n + i] = sum = Math.imul(sum, 0x9e3779b1) ^ (sum >>> 15)
      }
      return out
    }
    const fast = { pedersenPairs: mix, poseidonPairs: mix }
    const pages = new MemoryPages()
    const batch = new TrieBatch(pages, fast)
    for (let i = 0; i < 100_000; i++) {
      batch.set(2 + (i % 20_000), feltFromBigint(spread(i)), felt(i + 1))
    }
    batch.hash()
    const changes = keptChanges(batch)
    expect(new Set(changes.map(({ key }) => Buffer.from(key).readUInt32BE())).size).toBe(20_000)
    pages.apply(changes)
    for (const trie of [0, 1, 9999, 19_999]) {
      const single = new TrieBatch(new MemoryPages(), fast)
      for (let i = trie; i < 100_000; i += 20_000) single.set(2, feltFromBigint(spread(i)), felt(i + 1))
      single.hash()
      expect(batch.root(2 + trie)).toEqual(single.root(2))
      expect(getLeaf(pages, 2 + trie, feltFromBigint(spread(trie)))).toEqual(felt(trie + 1))
    }
  })
})

describe('refusals', () => {
  test('keys from 2^251 on, values and tries that are none', () => {
    const batch = new TrieBatch(new MemoryPages(), hasher)
    const tooHigh: Felt = feltFromBigint(2n ** 251n)
    expect(() => batch.set(STORAGE, tooHigh, felt(1))).toThrow(RangeError)
    expect(() => batch.get(STORAGE, tooHigh)).toThrow(RangeError)
    expect(() => getLeaf(new MemoryPages(), STORAGE, tooHigh)).toThrow(RangeError)
    expect(() => batch.set(STORAGE, new Uint8Array(31), felt(1))).toThrow(RangeError)
    expect(() => batch.set(STORAGE, felt(1), new Uint8Array(31))).toThrow(RangeError)
    expect(() => batch.set(2 ** 32, felt(1), felt(1))).toThrow(RangeError)
    expect(() => batch.set(-1, felt(1), felt(1))).toThrow(RangeError)
    batch.hash()
    expect([...batch.changes()]).toEqual([])
  })

  test('roots and changes before the hashes are known', () => {
    const batch = new TrieBatch(new MemoryPages(), hasher)
    expect(batch.root(STORAGE)).toEqual(ZERO)
    batch.set(STORAGE, felt(1), felt(1))
    expect(() => batch.root(STORAGE)).toThrow('not hashed')
    expect(() => batch.changes()).toThrow('not hashed')
    batch.hash()
    batch.set(STORAGE, felt(1), felt(2))
    expect(() => batch.root(STORAGE)).toThrow('not hashed')
    expect(() => batch.changes()).toThrow('not hashed')
  })

  test('a missing page', () => {
    const all = Array.from({ length: 64 }, (_, i) => ({ trieId: STORAGE, key: BigInt(i) << 245n, value: 1n }))
    const pages = storedAfter(all)
    expect(pages.pages.size).toBeGreaterThan(1)
    for (const name of pages.pages.keys()) if (name.length > 8) pages.pages.delete(name)
    const batch = new TrieBatch(pages, hasher)
    const missing = expect.objectContaining({
      data: expect.objectContaining({ code: 'PAGE_MISSING', trieId: STORAGE }),
    })
    expect(() => batch.set(STORAGE, felt(1n << 245n), felt(2))).toThrow(missing)
    expect(() => new TrieBatch(pages, hasher).get(STORAGE, felt(1n << 245n))).toThrow(missing)
    expect(() => getLeaf(pages, STORAGE, felt(1n << 245n))).toThrow(missing)
    expect(() => [...reachablePages(pages, STORAGE)]).toThrow(missing)
  })
})
