import * as fc from 'fast-check'
import { P } from '../curve.ts'
import { createKernel, type Kernel } from '../index.ts'
import { bigintToBytes, bytesToBigint } from '../reference.ts'

/** Felts where something changes: the ends, the parts of Pedersen, the words of Blake2s, the limbs, and their neighbours. */
export const EDGES: readonly bigint[] = [
  ...[0n, 1n, 2n, 3n],
  ...[29n, 32n, 58n, 63n, 64n, 128n, 192n, 232n, 248n, 249n, 250n, 251n].flatMap((bits) => [
    2n ** bits - 1n,
    2n ** bits,
    2n ** bits + 1n,
  ]),
  // All ones above bit 248, and in every other bit.
  ...[2n ** 251n - 2n ** 248n, (2n ** 250n - 1n) / 3n],
  ...[17n * 2n ** 192n, P >> 1n, P - 3n, P - 2n, P - 1n],
]

/** A felt; as often an edge, a power of two or a small one as any. */
export const felt: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(...EDGES),
  fc.integer({ min: 0, max: 250 }).map((bits) => 1n << BigInt(bits)),
  fc.bigInt({ min: 0n, max: 2n ** 64n }),
  { weight: 3, arbitrary: fc.bigInt({ min: 0n, max: P - 1n }) },
)

/** The same felts at every call (a congruential sequence): where a test wants many. */
export function pseudoRandomFelts(count: number, seed = 1n): bigint[] {
  let state = seed
  return Array.from({ length: count }, () => {
    state = (state * 0x5851f42d4c957f2d14057b7ef767814f5851f42d4c957f2dn + 0x1234567890abcdefn) % P
    return state
  })
}

export const pack = (felts: readonly bigint[]): Uint8Array =>
  Uint8Array.from(felts.flatMap((value) => [...bigintToBytes(value)]))

export const unpack = (bytes: Uint8Array): bigint[] =>
  Array.from({ length: bytes.length / 32 }, (_, i) => bytesToBigint(bytes.subarray(32 * i, 32 * i + 32)))

export const lengthsOf = (rows: readonly { readonly length: number }[]): Uint32Array =>
  Uint32Array.from(rows.map((row) => row.length))

export const reference: Kernel = await createKernel({ backend: 'reference' })
