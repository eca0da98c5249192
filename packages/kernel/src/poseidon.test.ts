import { poseidonHash, poseidonHashMany, poseidonSmall } from '@scure/starknet'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BACKENDS, createKernel } from './index.ts'
import { EDGES, felt, lengthsOf, pack, pseudoRandomFelts, reference, unpack } from './testing/felts.ts'

/** States that the input area holds, and sponges that run side by side (assembly/scalar.ts, wasm-kernel.ts). */
const AREA_STATES = 1365
const LANE_COUNT = 128

const state = fc.tuple(felt, felt, felt)

describe.each(BACKENDS.filter((backend) => backend !== 'reference'))('%s', async (backend) => {
  const kernel = await createKernel({ backend })

  test('permutation against the reference', () => {
    fc.assert(
      fc.property(fc.array(state, { maxLength: 20 }), (states) => {
        const bytes = pack(states.flat())
        expect(unpack(kernel.poseidonPermute(bytes))).toEqual(unpack(reference.poseidonPermute(bytes)))
      }),
      { numRuns: 200 },
    )
  })

  test('permutation of edge values against @scure/starknet', () => {
    const states = EDGES.flatMap((edge, i) => {
      const [mirror, next] = [EDGES.at(-1 - i)!, EDGES[(i + 1) % EDGES.length]!]
      return [
        [edge, mirror, next],
        [edge, edge, edge],
        [0n, 0n, edge],
      ]
    })
    const expected = states.flatMap((lanes) => poseidonSmall(lanes))
    expect(unpack(kernel.poseidonPermute(pack(states.flat())))).toEqual(expected)
  })

  test('more states than the input area holds', () => {
    const bytes = pack(pseudoRandomFelts(3 * (2 * AREA_STATES + 1)))
    expect(Buffer.from(kernel.poseidonPermute(bytes))).toEqual(Buffer.from(reference.poseidonPermute(bytes)))
  })

  test('pairs against the reference and @scure/starknet', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(felt, felt), { maxLength: 9 }), (pairs) => {
        const bytes = pack(pairs.flat())
        const hashes = unpack(kernel.poseidonPairs(bytes))
        expect(hashes).toEqual(unpack(reference.poseidonPairs(bytes)))
        expect(hashes).toEqual(pairs.map(([x, y]) => poseidonHash(x, y)))
      }),
      { numRuns: 100 },
    )
  })

  test('arrays against the reference and @scure/starknet: none, empty ones, of mixed lengths', () => {
    fc.assert(
      fc.property(fc.array(fc.array(felt, { maxLength: 9 }), { maxLength: 6 }), (rows) => {
        const [felts, counts] = [pack(rows.flat()), lengthsOf(rows)]
        const hashes = unpack(kernel.poseidonArrays(felts, counts))
        expect(hashes).toEqual(unpack(reference.poseidonArrays(felts, counts)))
        expect(hashes).toEqual(rows.map((row) => poseidonHashMany(row)))
      }),
      { numRuns: 100 },
    )
  })

  test('more arrays than lanes, of all lengths, one of them long', () => {
    const felts = pseudoRandomFelts(1000, 2n)
    const rows = Array.from({ length: 2 * LANE_COUNT + 45 }, (_, i) =>
      felts.slice(i, i + (i === 200 ? 601 : i % 41 === 0 ? 90 : (i * 7) % 6)),
    )
    const [bytes, counts] = [pack(rows.flat()), lengthsOf(rows)]
    expect(unpack(kernel.poseidonArrays(bytes, counts))).toEqual(unpack(reference.poseidonArrays(bytes, counts)))
  })
})
