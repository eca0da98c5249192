import { blake2s } from '@noble/hashes/blake2.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { keccak } from '@scure/starknet'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { P } from './curve.ts'
import { BACKENDS, createKernel, type Kernel } from './index.ts'
import { bytesToBigint } from './reference.ts'
import { EDGES, felt, lengthsOf, pack, pseudoRandomFelts, reference, unpack } from './testing/felts.ts'

/** assembly/scalar.ts. */
const AREA_BYTES = 128 * 1024
const KECCAK_RATE_BYTES = 136

/** The encoding of 1.6, through hex; the digest is read little-endian. */
function nobleBlake2s(felts: readonly bigint[]): bigint {
  const words = felts.flatMap((value) => {
    const isSmall = value < 1n << 63n
    const hex = (isSmall ? value : value + (1n << 255n)).toString(16).padStart(isSmall ? 16 : 64, '0')
    return hex.match(/.{8}/g)!.map((word) => Buffer.from(word, 'hex').reverse())
  })
  return bytesToBigint(blake2s(Buffer.concat(words)).reverse()) % P
}

const message = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ minLength: KECCAK_RATE_BYTES - 9, maxLength: KECCAK_RATE_BYTES + 9 }),
  fc.uint8Array({ minLength: 2 * KECCAK_RATE_BYTES - 9, maxLength: 3 * KECCAK_RATE_BYTES + 9 }),
)

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

function keccakEach(kernel: Kernel, messages: readonly Uint8Array[]): string[] {
  const digests = kernel.keccak256(Buffer.concat(messages), lengthsOf(messages))
  return messages.map((_, i) => hex(digests.subarray(32 * i, 32 * i + 32)))
}

const nobleKeccakEach = (messages: readonly Uint8Array[]) => messages.map((bytes) => hex(keccak_256(bytes)))

const pseudoRandomBytes = (length: number) => pack(pseudoRandomFelts(Math.ceil(length / 31))).subarray(0, length)

test('the reference against @noble/hashes', () => {
  const messages = [0, 1, 7, 8, 134, 135, 136, 137, 271, 272, 273].map(pseudoRandomBytes)
  expect(keccakEach(reference, messages)).toEqual(nobleKeccakEach(messages))
})

describe.each(BACKENDS.filter((backend) => backend !== 'reference'))('%s', async (backend) => {
  const kernel = await createKernel({ backend })

  test('keccak of 1,200 lengths against @noble/hashes', () => {
    const messages = Array.from({ length: 1200 }, (_, length) => pseudoRandomBytes(length))
    expect(keccakEach(kernel, messages)).toEqual(nobleKeccakEach(messages))
  })

  test('both keccaks of many messages against the reference and @scure/starknet', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), (messages) => {
        expect(keccakEach(kernel, messages)).toEqual(keccakEach(reference, messages))
        const hashes = kernel.starknetKeccak(Buffer.concat(messages), lengthsOf(messages))
        expect(unpack(hashes)).toEqual(messages.map((bytes) => keccak(bytes)))
      }),
      { numRuns: 50 },
    )
  })

  test('keccak of neighbours of equally and differently many blocks', () => {
    const lengths = [0, 0, 135, 1, 136, 135, 136, 271, 7, 272, 300, 407, 408, 9, 8]
    const messages = lengths.map((length, i) => pseudoRandomBytes(length + i).subarray(i))
    for (let start = 0; start < messages.length; start += 1) {
      const part = messages.slice(start)
      expect(keccakEach(kernel, part)).toEqual(nobleKeccakEach(part))
    }
  })

  test('more digests than the output area holds', () => {
    const messages = Array.from({ length: AREA_BYTES / 32 + 3 }, (_, i) => pseudoRandomBytes(8).subarray(i % 8))
    const digests = nobleKeccakEach(messages.slice(0, 8))
    expect(keccakEach(kernel, messages)).toEqual(messages.map((_, i) => digests[i % 8]))
  })

  test.each([AREA_BYTES - 1, AREA_BYTES, AREA_BYTES + 1, 2 * AREA_BYTES + 77])(
    'keccak of a message of %i bytes between small ones',
    (length) => {
      const messages = [3, length, 5, length + 64, 0].map(pseudoRandomBytes)
      expect(keccakEach(kernel, messages)).toEqual(nobleKeccakEach(messages))
    },
  )

  test('Blake2s of arrays against the reference and @noble/hashes', () => {
    fc.assert(
      fc.property(fc.array(fc.array(felt, { maxLength: 20 }), { maxLength: 6 }), (rows) => {
        const [felts, counts] = [pack(rows.flat()), lengthsOf(rows)]
        const hashes = unpack(kernel.blake2sArrays(felts, counts))
        expect(hashes).toEqual(unpack(reference.blake2sArrays(felts, counts)))
        expect(hashes).toEqual(rows.map(nobleBlake2s))
      }),
      { numRuns: 300 },
    )
  })

  test('Blake2s of every edge alone, and of small and large felts across every place of a block', () => {
    const rows = EDGES.map((edge) => [edge])
    for (let small = 0; small < 18; small += 1) {
      for (let large = 0; large < 5; large += 1) {
        rows.push([...new Array<bigint>(small).fill(7n), ...new Array<bigint>(large).fill(P - 1n)])
      }
    }
    expect(unpack(kernel.blake2sArrays(pack(rows.flat()), lengthsOf(rows)))).toEqual(rows.map(nobleBlake2s))
  })

  test('Blake2s of arrays larger than the input area', () => {
    const felts = pseudoRandomFelts(2 * (AREA_BYTES / 32) + 3)
    const rows = [felts.slice(0, 2), felts, felts.slice(0, AREA_BYTES / 32), []]
    expect(unpack(kernel.blake2sArrays(pack(rows.flat()), lengthsOf(rows)))).toEqual(rows.map(nobleBlake2s))
  })
})
