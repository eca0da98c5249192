import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bigintFromFelt, FIELD_PRIME, feltFromBigint } from '../base/felt.ts'
import { addLength } from './hash-plan.ts'
import { KEY_BITS, LEAF, NONE, NodeArena } from './node-arena.ts'
import { key } from './testing/arbitraries.ts'

describe('addLength', () => {
  const near = fc.integer({ min: 1, max: 300 }).map((less) => FIELD_PRIME - BigInt(less))
  const carrying = fc.tuple(fc.integer({ min: 1, max: 251 }), fc.integer({ min: 1, max: 31 })).map(
    // All bytes below `top` are full or nearly so.
    ([less, top]) => (1n << BigInt(8 * top)) - BigInt(less),
  )

  test('is addition modulo P', () => {
    const hash = fc.oneof(near, carrying, fc.bigInt({ min: 0n, max: FIELD_PRIME - 1n }))
    fc.assert(
      fc.property(hash, fc.integer({ min: 1, max: 251 }), (value, length) => {
        const felts = new Uint8Array(96).fill(0xee)
        felts.set(feltFromBigint(value), 32)
        addLength(felts, 32, length)
        expect(bigintFromFelt(felts, 32)).toBe((value + BigInt(length)) % FIELD_PRIME)
        expect([felts[31], felts[64]]).toEqual([0xee, 0xee])
      }),
      { numRuns: 2000 },
    )
  })
})

describe('NodeArena', () => {
  test('edge paths are the bits between two depths', () => {
    const depth = fc.integer({ min: -1, max: 250 })
    fc.assert(
      fc.property(key, depth, depth, fc.boolean(), (path, one, other, leaf) => {
        const [from, to] = [Math.min(one, other), leaf ? KEY_BITS : Math.max(one, other)]
        fc.pre(from < to)
        const arena = new NodeArena()
        const parent = arena.add(LEAF, from, NONE)
        const node = arena.add(LEAF, to, parent)
        // A neighbour full of ones: nothing of it may get in.
        arena.setKey(parent, new Uint8Array(32).fill(0xff))
        arena.setKey(node, feltFromBigint(path))
        const out = new Uint8Array(40).fill(0xee)
        arena.writeEdgePath(node, out, 4)
        const length = to - from - 1
        expect(arena.edgeLength(node)).toBe(length)
        expect(bigintFromFelt(out, 4)).toBe((path >> BigInt(251 - to)) & ((1n << BigInt(length)) - 1n))
        expect([out[3], out[36]]).toEqual([0xee, 0xee])
      }),
      { numRuns: 2000 },
    )
  })

  test('the first difference of two keys', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        const arena = new NodeArena()
        const [first, second] = [arena.add(LEAF, KEY_BITS, NONE), arena.add(LEAF, KEY_BITS, NONE)]
        arena.setKey(first, feltFromBigint(a))
        arena.setKey(second, feltFromBigint(b))
        const bits = (a ^ b) === 0n ? 0 : (a ^ b).toString(2).length
        expect(arena.firstDifference(first, second)).toBe(KEY_BITS - bits)
      }),
      { numRuns: 1000 },
    )
  })

  test('growing keeps everything', () => {
    const arena = new NodeArena()
    for (let i = 1; i <= 5000; i++) {
      const node = arena.add(LEAF, i % 251, i - 1)
      arena.setKey(node, feltFromBigint(BigInt(i)))
      arena.setOwn(node, feltFromBigint(BigInt(i) << 200n))
      arena.left[node] = i
    }
    expect(arena.count).toBe(5001)
    for (let i = 1; i <= 5000; i++) {
      expect([arena.depth[i], arena.up[i], arena.left[i]]).toEqual([i % 251, i - 1, i])
      expect(bigintFromFelt(arena.getOwn(i))).toBe(BigInt(i) << 200n)
      expect(bigintFromFelt(arena.keys, i * 32)).toBe(BigInt(i))
      expect(arena.ownWords.buffer).toBe(arena.own.buffer)
    }
  })
})
