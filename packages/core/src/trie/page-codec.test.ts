import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { felt, feltFromBigint, ZERO } from '../base/felt.ts'
import { reachablePages } from './check.ts'
import { KEY_BITS, LEAF, NONE, NodeArena } from './node-arena.ts'
import { CLASSES_TRIE, CONTRACTS_TRIE, FIRST_STORAGE_TRIE } from './node-source.ts'
import { assertKey, decodePage, encodePage, PAGE_BYTES_MAX, rootPageKey, rootPageShape } from './page-codec.ts'
import { getLeaf } from './page-reader.ts'
import { spread, writes } from './testing/arbitraries.ts'
import { CountingHasher, fakePedersen } from './testing/hashers.ts'
import { hex, MemoryPages } from './testing/memory-pages.ts'
import { changesOf } from './testing/model.ts'
import { buildTrie, oracleRoot } from './testing/oracle.ts'

const STORAGE = FIRST_STORAGE_TRIE
const hasher = new CountingHasher()

function pagesOf(trieId: number, leaves: ReadonlyMap<bigint, bigint>): MemoryPages {
  const pages = new MemoryPages()
  pages.apply(
    changesOf(
      pages,
      hasher,
      [...leaves].map(([key, value]) => ({ trieId, key, value })),
    ),
  )
  return pages
}

function hex32(value: bigint): string {
  return hex(feltFromBigint(value))
}

function oneLeaf(key: bigint): string {
  return `fb${hex32(key)}0101`
}

function leafless(depth: number): string {
  return `${hex(Buffer.of(depth))}${hex32(1n)}`
}

describe('bytes', () => {
  test('one leaf', () => {
    const leaves = new Map([[0x1234n, 0xabcdn]])
    const leaf = `fb${hex32(0x1234n)}02abcd`
    const root = hex32(oracleRoot(leaves, fakePedersen))
    expect(pagesOf(7, leaves).snapshot()).toEqual({ '00000007': root + leaf })
    expect(pagesOf(CONTRACTS_TRIE, leaves).snapshot()).toEqual({ '00000000': root + leaf })
  })

  test('two leaves, and their edge hashes in the contracts trie', () => {
    const leaves = new Map([
      [1n, 1n],
      [0x80n, 0xff00n],
    ])
    const [left, right] = [`fb${hex32(1n)}0101`, `fb${hex32(0x80n)}02ff00`]
    const root = hex32(oracleRoot(leaves, fakePedersen))
    // The keys part at bit 7 from the end: depth 243.
    expect(pagesOf(STORAGE, leaves).snapshot()).toEqual({ '00000002': `${root}f3${left}${right}` })
    const [leftHash, rightHash] = [1n, 0xff00n].map((value, i) => hex32(fakePedersen(value, i === 0 ? 1n : 0n) + 7n))
    expect(pagesOf(CONTRACTS_TRIE, leaves).snapshot()).toEqual({
      '00000000': `${root}f3${left}${leftHash}${right}${rightHash}`,
    })
  })

  test('a stub and its page', () => {
    // Root at depth 0; on its right, at depth 9, a binary over two leaves. 0x0400…: path bit 0.
    const right = (1n << 250n) | (0b1010_1010n << 242n)
    const [a, b] = [right | 5n, right | (1n << 241n) | 6n]
    const leaves = new Map([
      [3n, 1n],
      [a, 2n],
      [b, 3n],
    ])
    const trie = buildTrie(leaves, fakePedersen)!
    if (trie.kind !== 'binary' || trie.right.kind !== 'edge') throw new Error('another shape')
    expect([trie.right.length, trie.right.path]).toEqual([8, 0b1010_1010n])
    const keyPrefix = hex32(a).slice(0, 4)
    expect(pagesOf(STORAGE, leaves).snapshot()).toEqual({
      '00000002': `${hex32(trie.hash)}00fb${hex32(3n)}0101fc09${keyPrefix}${hex32(trie.right.hash)}`,
      // D = 8, so 13 bits of the key, the rest cleared; K = ceil(243 / 8) = 31.
      [`00000002${hex(Buffer.of(0x06, 0xa8))}08`]: `09fb${hex32(a).slice(2)}0102fb${hex32(b).slice(2)}0103`,
    })
    expect(keyPrefix).toBe('06a8')
  })

  test('a binary inside the page of its parent', () => {
    const leaves = new Map([
      [0n, 1n],
      [1n << 249n, 2n],
      [1n << 250n, 3n],
    ])
    const trie = buildTrie(leaves, fakePedersen)!
    if (trie.kind !== 'binary') throw new Error('another shape')
    const leaf = (key: bigint, value: number) => `fb${hex32(key)}010${value}`
    const inner = `01${hex32(trie.left.hash)}${leaf(0n, 1)}${leaf(1n << 249n, 2)}`
    expect(pagesOf(STORAGE, leaves).snapshot()).toEqual({
      '00000002': `${hex32(trie.hash)}00${inner}${leaf(1n << 250n, 3)}`,
    })
  })

  test('keys of pages have 4 to 37 bytes', () => {
    expect(hex(rootPageKey(0xfedcba98))).toBe('fedcba98')
    const leaves = new Map([
      [0n, 1n],
      [1n, 1n],
      [1n << 250n, 1n],
    ])
    const lengths = [...reachablePages(pagesOf(STORAGE, leaves), STORAGE)].map((key) => key.length)
    expect(lengths).toEqual([4, 37])
  })

  test('reachable pages come in the order of their keys, the root first', () => {
    const pages = pagesOf(STORAGE, new Map(Array.from({ length: 300 }, (_, i) => [spread(i), 1n])))
    const keys = [...reachablePages(pages, STORAGE)].map(hex)
    expect(keys.length).toBeGreaterThan(20)
    expect(keys[0]).toBe('00000002')
    const paths = keys.slice(1).map((key) => key.slice(8, -2).padEnd(64, '0'))
    expect(paths).toEqual([...paths].sort())
    expect([...keys].sort()).toEqual([...pages.pages.keys()].sort())
  })

  test('the largest page is as large as said', () => {
    const value = 2n ** 248n
    const leaves = new Map(Array.from({ length: 16 }, (_, i) => [BigInt(i) << 247n, value]))
    const sizes = [CONTRACTS_TRIE, CLASSES_TRIE, STORAGE].map((trieId) => {
      const pages = [...pagesOf(trieId, leaves).pages.values()]
      expect(pages).toHaveLength(1)
      return pages[0]!.length
    })
    expect(sizes).toEqual([PAGE_BYTES_MAX, 1551, 1551])
    expect(PAGE_BYTES_MAX).toBe(2063)
  })
})

describe('reading', () => {
  test('encode(decode(page)) is the page', () => {
    fc.assert(
      fc.property(writes, (all) => {
        const pages = new MemoryPages()
        pages.apply(changesOf(pages, hasher, all))
        const out = new Uint8Array(PAGE_BYTES_MAX)
        for (const trieId of new Set(all.map((write) => write.trieId))) {
          const page = pages.pages.get(hex(rootPageKey(trieId)))
          if (page === undefined) continue
          const arena = new NodeArena()
          const root = arena.add(LEAF, KEY_BITS, NONE)
          expect(decodePage(arena, root, page, rootPageShape(trieId))).toBe(true)
          expect(hex(out.subarray(0, encodePage(arena, root, rootPageShape(trieId), out)))).toBe(hex(page))
        }
      }),
    )
  })

  test('no bytes make a reader crash, hang, or read outside', () => {
    const keys = [0n, 1n, 5n, 1n << 100n, (1n << 250n) | 7n, (1n << 250n) | 8n, 3n << 249n]
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(damage, fc.option(fc.nat()), fc.constantFrom(...keys), (bytes, cut, key) => {
        const pages = pagesOf(STORAGE, new Map(keys.map((k) => [k, 77n])))
        for (const [name, page] of pages.pages) {
          const bad = page.slice(0, cut === null ? page.length : cut % page.length)
          for (const [at, byte] of bytes) if (at % page.length < bad.length) bad[at % page.length] = byte
          pages.pages.set(name, bad)
        }
        for (const read of [
          () => getLeaf(pages, STORAGE, feltFromBigint(key)),
          () => [...reachablePages(pages, STORAGE)],
          () => changesOf(pages, hasher, [{ trieId: STORAGE, key, value: 1n }]),
        ]) {
          try {
            read()
          } catch (error) {
            expect(error).toMatchObject({ data: { code: expect.stringMatching(/^PAGE_(MISSING|CORRUPT)$/) } })
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  const corrupt = expect.objectContaining({ data: expect.objectContaining({ code: 'PAGE_CORRUPT' }) })
  const forked = new Map([
    [0n, 1n],
    [1n, 300n],
    [1n << 250n, 3n],
  ])

  test('a page cut short or grown is refused, or the leaf before the cut is right', () => {
    const whole = pagesOf(STORAGE, forked)
    for (const [name, page] of whole.pages) {
      for (let length = 0; length <= page.length + 1; length++) {
        if (length === page.length) continue
        const pages = new MemoryPages()
        for (const [other, bytes] of whole.pages) pages.pages.set(other, bytes)
        pages.pages.set(name, Buffer.concat([page, Buffer.of(0)]).subarray(0, length))
        expect(() => changesOf(pages, hasher, [{ trieId: STORAGE, key: 1n, value: 5n }])).toThrow(corrupt)
        expect(() => [...reachablePages(pages, STORAGE)]).toThrow(corrupt)
        for (const [key, value] of forked) {
          let read: unknown
          try {
            read = getLeaf(pages, STORAGE, feltFromBigint(key))
          } catch (error) {
            expect(error).toEqual(corrupt)
            continue
          }
          expect(read).toEqual(feltFromBigint(value))
        }
      }
    }
  })

  test.each([
    ['children in the wrong order', `${hex32(1n)}f3fb${hex32(0x80n)}0101fb${hex32(1n)}0101`],
    ['children that part elsewhere', `${hex32(1n)}f2fb${hex32(1n)}0101fb${hex32(0x80n)}0101`],
    ['a value of zero', `${hex32(1n)}fb${hex32(1n)}00`],
    ['a value from P on', `${hex32(1n)}fb${hex32(1n)}20${'ff'.repeat(32)}`],
    ['a hash from P on', `${'ff'.repeat(32)}fb${hex32(1n)}0101`],
    ['a key from 2^251 on', `${hex32(1n)}fb${'ff'.repeat(32)}0101`],
    [
      'a binary above its parent',
      `${hex32(1n)}02${leafless(1)}${oneLeaf(0n)}${oneLeaf(1n << 249n)}${oneLeaf(1n << 248n)}`,
    ],
    [
      'a binary of another page',
      `${hex32(1n)}00${leafless(7)}${oneLeaf(0n)}${oneLeaf(1n << 243n)}${oneLeaf(1n << 250n)}`,
    ],
    ['a stub of this page', `${hex32(1n)}00fc0200${hex32(1n)}${oneLeaf(1n << 250n)}`],
    ['a stub for all', `${hex32(1n)}fc0900${hex32(1n)}`],
    ['an unknown tag', `${hex32(1n)}fd${hex32(1n)}0101`],
  ])('%s is refused', (_, bytes) => {
    const pages = new MemoryPages()
    pages.pages.set('00000002', Buffer.from(bytes, 'hex'))
    expect(() => changesOf(pages, hasher, [{ trieId: STORAGE, key: 1n, value: 5n }])).toThrow(corrupt)
  })

  test("a page of another path than its stub's is refused", () => {
    const pages = pagesOf(STORAGE, forked)
    const [name] = [...pages.pages.keys()].filter((key) => key.length > 8)
    // The key of the page ends in ...f8, 5 bits past its 248 + 5; its leaves keep the last byte of their keys: 0 and 1.
    const page = pages.pages.get(name!)!
    expect(hex(page)).toBe('fafb000101fb0102012c')
    pages.pages.set(name!, Buffer.from('fafb040101fb0502012c', 'hex'))
    expect(() => changesOf(pages, hasher, [{ trieId: STORAGE, key: 1n, value: 5n }])).toThrow(corrupt)
  })

  test('keys below 2^251 are keys', () => {
    expect(() => assertKey(feltFromBigint(2n ** 251n - 1n))).not.toThrow()
    expect(() => assertKey(ZERO)).not.toThrow()
    expect(() => assertKey(feltFromBigint(2n ** 251n))).toThrow(RangeError)
    expect(() => assertKey(felt(1).subarray(1))).toThrow(RangeError)
  })
})
