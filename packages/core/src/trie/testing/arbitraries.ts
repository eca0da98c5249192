import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { FIELD_PRIME } from '../../base/felt.ts'
import { CLASSES_TRIE, CONTRACTS_TRIE, FIRST_STORAGE_TRIE } from '../node-source.ts'

export interface Write {
  readonly trieId: number
  readonly key: bigint
  /** 0 deletes. */
  readonly value: bigint
}

const KEY_END = 2n ** 251n
const BASES = [
  0n,
  KEY_END - 1n,
  0x5ac3n << 232n,
  0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdefn % KEY_END,
]
const BITS = [
  0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 31, 32, 63, 64, 127, 128, 200, 231, 232, 242, 243, 244, 245, 246, 247, 248, 249, 250,
]

const base = fc.constantFrom(...BASES)
const bit = fc.constantFrom(...BITS).map((position) => 1n << BigInt(position))

/** Few enough to meet again, near enough to share long prefixes, pages and last bits. */
export const key: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: 0n, max: 24n }),
  // Six levels in a row, across the border of two pages.
  fc
    .tuple(fc.bigInt({ min: 0n, max: 63n }), fc.constantFrom(2n, 121n, 241n, 242n, 243n, 245n))
    .map(([n, low]) => n << low),
  base,
  fc.tuple(base, bit).map(([from, flip]) => from ^ flip),
  fc.tuple(base, bit, bit).map(([from, one, other]) => from ^ one ^ other),
  fc.bigInt({ min: 0n, max: KEY_END - 1n }),
)

/** Lengths of all sorts, the largest felt among them. */
export const value: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: 1n, max: 3n }),
  fc.integer({ min: 0, max: 251 }).map((shift) => 1n << BigInt(shift)),
  fc.constant(FIELD_PRIME - 1n),
  fc.bigInt({ min: 1n, max: FIELD_PRIME - 1n }),
)

export const TRIE_IDS = [CONTRACTS_TRIE, CLASSES_TRIE, FIRST_STORAGE_TRIE, 2 ** 32 - 1]

/** Writes to a few keys of a few tries, in any order, the same key more than once, two deletes in five. */
export const writes: fc.Arbitrary<Write[]> = fc.array(key, { minLength: 1, maxLength: 40 }).chain((keys) =>
  fc.array(
    fc.record({
      trieId: fc.constantFrom(...TRIE_IDS),
      key: fc.constantFrom(...keys),
      value: fc.oneof({ weight: 2, arbitrary: fc.constant(0n) }, { weight: 3, arbitrary: value }),
    }),
    { minLength: 1, maxLength: 120 },
  ),
)

/** The same, cut into commits. */
export const commits: fc.Arbitrary<Write[][]> = fc
  .tuple(writes, fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 12 }))
  .map(([all, lengths]) => {
    const cut: Write[][] = []
    let start = 0
    for (let i = 0; start < all.length; i++) {
      const end = start + lengths[i % lengths.length]!
      cut.push(all.slice(start, end))
      start = end
    }
    return cut
  })

/** Key number i of a list as good as random. */
export function spread(i: number): bigint {
  return BigInt(`0x${createHash('sha256').update(String(i)).digest('hex')}`) % KEY_END
}
