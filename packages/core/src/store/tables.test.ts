import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { feltFromBigint } from '../base/felt.ts'
import {
  COMPILED_CLASS_HASHES,
  CONTRACTS,
  HEADERS,
  NONCE_HISTORY,
  PAGE_UNDO,
  STORAGE_HISTORY,
  TABLES,
  type Table,
  TX_INDEX,
} from './tables.ts'

const felt = fc.bigInt({ min: 0n, max: 2n ** 251n - 1n }).map(feltFromBigint)
const shortFelt = fc.oneof(fc.constantFrom(0n, 1n, 255n, 256n, 2n ** 248n).map(feltFromBigint), felt)
const u32 = fc.oneof(fc.constantFrom(0, 1, 255, 256, 65_535, 2 ** 31, 2 ** 32 - 1), fc.nat({ max: 2 ** 32 - 1 }))

test('every table has a number and a name of its own', () => {
  expect(TABLES.map(({ number }) => number)).toEqual(TABLES.map((_, i) => i))
  expect(new Set(TABLES.map(({ name }) => name)).size).toBe(TABLES.length)
})

describe('keys', () => {
  test('come back, and their bytes are in the order of what they say', () => {
    expectOrder(HEADERS, u32, (number) => [BigInt(number)])
    expectOrder(NONCE_HISTORY, fc.record({ contractId: u32, number: u32 }), ({ contractId, number }) => [
      BigInt(contractId),
      BigInt(number),
    ])
    expectOrder(
      STORAGE_HISTORY,
      fc.record({ contractId: u32, key: felt, number: u32 }),
      ({ contractId, key, number }) => [BigInt(contractId), big(key), BigInt(number)],
    )
    expectOrder(COMPILED_CLASS_HASHES, fc.record({ classHash: felt, number: u32 }), ({ classHash, number }) => [
      big(classHash),
      BigInt(number),
    ])
    expectOrder(
      PAGE_UNDO,
      fc.record({ number: u32, pageKey: fc.uint8Array({ minLength: 4, maxLength: 4 }) }),
      ({ number, pageKey }) => [BigInt(number), big(pageKey)],
    )
  })

  test('of transactions keep the first 8 bytes of the hash', () => {
    fc.assert(
      fc.property(felt, u32, u32, (hash, number, index) => {
        const bytes = TX_INDEX.key.encode({ hash, number, index })
        expect(bytes).toHaveLength(16)
        expect(TX_INDEX.key.decode(bytes)).toEqual({ hash: hash.subarray(0, 8), number, index })
      }),
    )
  })
})

describe('values', () => {
  test('of felts lose leading zeros and get them back', () => {
    fc.assert(
      fc.property(shortFelt, (value) => {
        const bytes = STORAGE_HISTORY.value.encode(value)
        expect(bytes[0]).not.toBe(0)
        expect(STORAGE_HISTORY.value.decode(bytes)).toEqual(value)
      }),
    )
    expect(STORAGE_HISTORY.value.encode(feltFromBigint(0n))).toHaveLength(0)
  })

  test('of contracts come back', () => {
    fc.assert(
      fc.property(fc.record({ id: u32, classHash: felt, nonce: shortFelt }), (contract) => {
        expect(CONTRACTS.value.decode(CONTRACTS.value.encode(contract))).toEqual(contract)
      }),
    )
  })

  test('too short or too long are refused', () => {
    expect(() => STORAGE_HISTORY.value.decode(new Uint8Array(33))).toThrow(RangeError)
    expect(() => CONTRACTS.value.decode(new Uint8Array(35))).toThrow(RangeError)
    expect(() => HEADERS.key.decode(new Uint8Array(3))).toThrow(RangeError)
    expect(() => HEADERS.key.decode(new Uint8Array(5))).toThrow(RangeError)
    expect(() => NONCE_HISTORY.key.decode(new Uint8Array(9))).toThrow(RangeError)
  })
})

function expectOrder<Key>(table: Table<Key, unknown>, key: fc.Arbitrary<Key>, parts: (key: Key) => bigint[]): void {
  fc.assert(
    fc.property(key, key, (a, b) => {
      const [bytesA, bytesB] = [table.key.encode(a), table.key.encode(b)]
      expect(table.key.decode(bytesA)).toEqual(a)
      expect(Math.sign(Buffer.compare(bytesA, bytesB))).toBe(compare(parts(a), parts(b)))
    }),
  )
}

function compare(a: readonly bigint[], b: readonly bigint[]): number {
  const at = a.findIndex((part, i) => part !== b[i])
  return at < 0 ? 0 : a[at]! < b[at]! ? -1 : 1
}

function big(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}
