import { pedersen as scurePedersen } from '@scure/starknet'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BACKENDS, createKernel } from './index.ts'
import { EDGES, felt, lengthsOf, pack, pseudoRandomFelts, reference, unpack } from './testing/felts.ts'

const WINDOWS = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
/** Hashes of one tree, and pairs that the input area holds (assembly/pedersen.ts, scalar.ts). */
const TREE_COUNT = 128
const AREA_PAIRS = 2048

const scure = (a: bigint, b: bigint) => BigInt(scurePedersen(a, b))
const pair = fc.tuple(felt, felt)

/** Every edge on both sides, with its mirror and with 0. */
const edgePairs = EDGES.flatMap((edge, i) => [
  [edge, EDGES.at(-1 - i)!],
  [0n, edge],
  [edge, edge],
])

describe.each(BACKENDS.filter((backend) => backend !== 'reference'))('%s', async (backend) => {
  const kernel = await createKernel({ backend })
  const one = ([a, b]: readonly bigint[]) => unpack(kernel.pedersenPairs(pack([a!, b!])))[0]!
  const many = (pairs: readonly (readonly bigint[])[]) => unpack(kernel.pedersenPairs(pack(pairs.flat())))

  test('pairs against the reference, together and one by one', () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 6 }), (pairs) => {
        const expected = unpack(reference.pedersenPairs(pack(pairs.flat())))
        expect(many(pairs)).toEqual(expected)
        expect(pairs.map(one)).toEqual(expected)
      }),
      { numRuns: 100 },
    )
  })

  test('edge values against @scure/starknet, together and one by one', () => {
    const expected = edgePairs.map(([a, b]) => scure(a!, b!))
    expect(many(edgePairs)).toEqual(expected)
    expect(edgePairs.map(one)).toEqual(expected)
  })

  test('1,000 pairs against @scure/starknet', () => {
    const felts = pseudoRandomFelts(2000)
    const pairs = Array.from({ length: 1000 }, (_, i) => felts.slice(2 * i, 2 * i + 2))
    expect(many(pairs)).toEqual(pairs.map(([a, b]) => scure(a!, b!)))
  })

  test('batches of every size up to two trees and one, and beyond the input area, equal single hashes', () => {
    const count = AREA_PAIRS + TREE_COUNT + 1
    const felts = pseudoRandomFelts(2 * count, 2n)
    const bytes = pack(felts)
    const expected = Array.from({ length: count }, (_, i) => kernel.pedersenPairs(bytes.subarray(64 * i, 64 * i + 64)))
    for (let n = 0; n <= 2 * TREE_COUNT + 1; n += 1) {
      expect(kernel.pedersenPairs(bytes.subarray(0, 64 * n))).toEqual(
        Uint8Array.from(Buffer.concat(expected.slice(0, n))),
      )
    }
    expect(Buffer.from(kernel.pedersenPairs(bytes))).toEqual(Buffer.concat(expected))
  })

  test('arrays against the reference: none, empty ones, of mixed lengths', () => {
    fc.assert(
      fc.property(fc.array(fc.array(felt, { maxLength: 5 }), { maxLength: 4 }), (rows) => {
        const [felts, counts] = [pack(rows.flat()), lengthsOf(rows)]
        expect(unpack(kernel.pedersenArrays(felts, counts))).toEqual(unpack(reference.pedersenArrays(felts, counts)))
      }),
      { numRuns: 15 },
    )
  })

  test('more arrays than lanes, of all lengths, equal chains of single hashes', () => {
    const felts = pseudoRandomFelts(1000, 3n)
    // 300 arrays: long ones among short ones, and lanes that end together.
    const rows = Array.from({ length: 300 }, (_, i) => felts.slice(i, i + (i % 41 === 0 ? 90 : (i * 7) % 5)))
    const expected = rows.map((row) => one([row.reduce((hash, value) => one([hash, value]), 0n), BigInt(row.length)]))
    expect(unpack(kernel.pedersenArrays(pack(rows.flat()), lengthsOf(rows)))).toEqual(expected)
  })

  test('every width of window gives the same hashes', async () => {
    const pairs = [
      ...edgePairs.slice(0, 32),
      ...Array.from({ length: 33 }, (_, i) => pseudoRandomFelts(2, BigInt(i + 4))),
    ]
    const expected = pairs.map(([a, b]) => scure(a!, b!))
    for (const window of WINDOWS) {
      const other = await createKernel({ backend, window })
      expect({ window, hashes: unpack(other.pedersenPairs(pack(pairs.flat()))) }).toEqual({ window, hashes: expected })
      const singles = pairs.flatMap((felts) => unpack(other.pedersenPairs(pack(felts))))
      expect({ window, hashes: singles }).toEqual({ window, hashes: expected })
    }
  })
})
