import { describe, expect, test } from 'vitest'
import { BACKENDS, createKernel } from './index.ts'
import { compareBackends } from './testing/differential.ts'
import { EDGES, lengthsOf, pack, pseudoRandomFelts } from './testing/felts.ts'

/** The back ends of two lanes against the scalar one, which the other tests compare with the reference. */

const WINDOWS = [4, 5, 8, 10, 12, 13]
const BATCHES = [1, 2, 3, 7, 64, 127, 128, 129, 257]

const felts = [
  ...EDGES.flatMap((edge, i) => [edge, EDGES.at(-1 - i)!]),
  ...pseudoRandomFelts(2 * 257 - 2 * EDGES.length, 9n),
]
const pairs = pack(felts)

test('some thousand hashes and permutations', async () => {
  expect(await compareBackends(2, 3 * 2 * 501)).toEqual([])
})

describe.each(BACKENDS.filter((backend) => backend === 'simd' || backend === 'fma'))('%s', (backend) => {
  test.each(WINDOWS)('Pedersen, windows of %i bits, batches of all sizes', async (window) => {
    const kernel = await createKernel({ backend, window })
    const expected = (await createKernel({ backend: 'scalar', window })).pedersenPairs(pairs)
    for (const count of BATCHES) {
      const hashes = kernel.pedersenPairs(pairs.subarray(0, 64 * count))
      expect({ count, hashes }).toEqual({ count, hashes: expected.slice(0, 32 * count) })
    }
  })

  test('Poseidon, batches of all sizes', async () => {
    const [kernel, scalar] = [await createKernel({ backend }), await createKernel({ backend: 'scalar' })]
    for (const count of BATCHES) {
      const some = pairs.subarray(0, 64 * count)
      expect({ count, hashes: kernel.poseidonPairs(some) }).toEqual({ count, hashes: scalar.poseidonPairs(some) })
      const states = pairs.subarray(0, 96 * Math.min(count, 171))
      expect({ count, states: kernel.poseidonPermute(states) }).toEqual({
        count,
        states: scalar.poseidonPermute(states),
      })
    }
  })

  test('sponges: one alone, one left of many, and each way again', async () => {
    const [kernel, scalar] = [await createKernel({ backend }), await createKernel({ backend: 'scalar' })]
    for (const lengths of [[9], [1, 40], [40, 1], [3, 3, 30], [0], [2, 5, 5, 2], [100, 7, 61]]) {
      const rows = lengths.map((length, i) => felts.slice(i, i + length))
      const [bytes, counts] = [pack(rows.flat()), lengthsOf(rows)]
      expect({ lengths, hashes: kernel.poseidonArrays(bytes, counts) }).toEqual({
        lengths,
        hashes: scalar.poseidonArrays(bytes, counts),
      })
    }
  })
})
