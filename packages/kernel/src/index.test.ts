import { describe, expect, test } from 'vitest'
import * as entry from './index.ts'
import { BACKENDS, type Backend, createKernel, type Kernel } from './index.ts'
import { pack, pseudoRandomFelts } from './testing/felts.ts'

/** What holds for every call of every back end, whatever it computes. */

test('the public entry', () => {
  expect(Object.keys(entry).sort()).toEqual(['BACKENDS', 'createKernel'])
  // src/features.test.ts has which of them there are.
  expect(BACKENDS).toEqual(['fma', 'simd', 'scalar', 'reference'].filter((name) => BACKENDS.includes(name as Backend)))
  expect(BACKENDS).toContain('scalar')
  expect(BACKENDS).toContain('reference')
})

test('the fastest back end unless named', async () => {
  expect((await createKernel()).backend).toBe(BACKENDS[0])
  for (const backend of BACKENDS) expect((await createKernel({ backend })).backend).toBe(backend)
})

test('a back end that there is not is refused with those there are', async () => {
  const names = BACKENDS.map((name) => `'${name}'`).join(', ')
  await expect(createKernel({ backend: 'avx' as Backend })).rejects.toThrow(
    new RangeError(`backend: 'avx' does not run in this process, which has ${names}`),
  )
})

test.each([3, 17, 12.5, Number.NaN, -12])('window %d is refused', async (window) => {
  await expect(createKernel({ window })).rejects.toThrow(`window: ${window}, not a whole number from 4 to 16`)
})

test('kernels do not share memory', async () => {
  const [one, other] = [await createKernel({ window: 4 }), await createKernel({ window: 5 })]
  const [a, b] = [pack(pseudoRandomFelts(2)), pack(pseudoRandomFelts(2, 2n))]
  const hash = one.pedersenPairs(a)
  expect(other.pedersenPairs(b)).not.toEqual(hash)
  expect(one.pedersenPairs(a)).toEqual(hash)
})

type Call = (kernel: Kernel, bytes: Uint8Array, lengths?: Uint32Array) => Uint8Array

/** Each call with how many bytes its items have; of rows, how many a unit of length has. */
const ITEM_CALLS: readonly (readonly [string, number, Call])[] = [
  ['pedersenPairs', 64, (kernel, bytes) => kernel.pedersenPairs(bytes)],
  ['poseidonPermute', 96, (kernel, bytes) => kernel.poseidonPermute(bytes)],
  ['poseidonPairs', 64, (kernel, bytes) => kernel.poseidonPairs(bytes)],
  ['verifySignatures', 128, (kernel, bytes) => kernel.verifySignatures(bytes)],
]
const ROW_CALLS: readonly (readonly [string, number, Call])[] = [
  ['pedersenArrays', 32, (kernel, bytes, lengths = Uint32Array.of(4, 2)) => kernel.pedersenArrays(bytes, lengths)],
  ['poseidonArrays', 32, (kernel, bytes, lengths = Uint32Array.of(4, 2)) => kernel.poseidonArrays(bytes, lengths)],
  ['keccak256', 1, (kernel, bytes, lengths = Uint32Array.of(64, 128)) => kernel.keccak256(bytes, lengths)],
  ['starknetKeccak', 1, (kernel, bytes, lengths = Uint32Array.of(64, 128)) => kernel.starknetKeccak(bytes, lengths)],
  ['blake2sArrays', 32, (kernel, bytes, lengths = Uint32Array.of(4, 2)) => kernel.blake2sArrays(bytes, lengths)],
]

describe.each(BACKENDS)('%s', async (backend) => {
  const kernel = await createKernel({ backend })
  const felts = (itemBytes: number) => pack(pseudoRandomFelts(itemBytes === 128 ? 8 : 6))

  test.each(ITEM_CALLS)('%s: nothing in, nothing out; parts of items are refused', (_, itemBytes, call) => {
    expect(call(kernel, new Uint8Array(0))).toEqual(new Uint8Array(0))
    for (const length of [1, itemBytes - 1, itemBytes + 32, 2 * itemBytes - 32].filter((n) => n % itemBytes !== 0)) {
      const message = `${length} bytes are not items of ${itemBytes}`
      expect(() => call(kernel, new Uint8Array(length))).toThrow(new RangeError(message))
    }
  })

  test.each(ROW_CALLS)('%s: nothing in, nothing out; other totals are refused', (_, unitBytes, call) => {
    expect(call(kernel, new Uint8Array(0), new Uint32Array(0))).toEqual(new Uint8Array(0))
    for (const [bytes, lengths] of [
      [0, [1]],
      [unitBytes, []],
      [unitBytes, [0]],
      [3 * unitBytes, [1, 1]],
      [3 * unitBytes, [2, 2]],
      // Would be 0 in 32 bits.
      [0, [2 ** 31, 2 ** 31]],
    ] as const) {
      const total = lengths.reduce((sum: number, length) => sum + length, 0) * unitBytes
      const message = `${bytes} bytes for lengths that sum up to ${total}`
      expect(() => call(kernel, new Uint8Array(bytes), Uint32Array.from(lengths))).toThrow(new RangeError(message))
    }
  })

  test.each([...ITEM_CALLS, ...ROW_CALLS])(
    '%s: reads its input only, from anywhere; the result is the caller’s',
    (_, itemBytes, call) => {
      const input = felts(itemBytes)
      const copy = input.slice()
      const result = call(kernel, input)
      const kept = result.slice()
      expect(input).toEqual(copy)
      // A part of a larger array at an odd offset, a Buffer, and shared memory.
      const larger = new Uint8Array(input.length + 7)
      larger.set(input, 3)
      const shared = new Uint8Array(new SharedArrayBuffer(input.length))
      shared.set(input)
      for (const other of [larger.subarray(3, 3 + input.length), Buffer.from(input), shared]) {
        expect(call(kernel, other)).toEqual(kept)
      }
      expect(result.byteLength).toBe(result.buffer.byteLength)
      result.fill(0xff)
      expect(call(kernel, input)).toEqual(kept)
    },
  )

  test('parseFelts: nothing in, nothing out; reads its input only', () => {
    expect(kernel.parseFelts(new Uint8Array(0))).toEqual(new Uint8Array(0))
    const input = Buffer.from('xx0x1\n0x2')
    expect(kernel.parseFelts(input.subarray(2))).toEqual(pack([1n, 2n]))
    expect(input.toString()).toBe('xx0x1\n0x2')
  })

  test('parseFelts: a megabyte', () => {
    const count = 100_000
    const input = Buffer.from(Array.from({ length: count }, (_, i) => `0x${(i + 2 ** 28).toString(16)}`).join('\n'))
    const felt = Buffer.from(kernel.parseFelts(input)).subarray(-4)
    expect(felt.readUInt32BE()).toBe(count - 1 + 2 ** 28)
  })
})
