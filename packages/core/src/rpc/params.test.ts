import { describe, expect, test } from 'vitest'
import { FIELD_PRIME, felt as feltOf, packFelts } from '../base/felt.ts'
import type { JsonValue } from '../base/json.ts'
import { blockId, decodeParams, felt, feltList, flags, index, optional, storageKey } from './params.ts'

const P = FIELD_PRIME.toString(16)
const P_MINUS_1 = (FIELD_PRIME - 1n).toString(16)

describe('a block id', () => {
  test.each<[JsonValue, unknown]>([
    ['latest', 'latest'],
    ['l1_accepted', 'l1_accepted'],
    ['pre_confirmed', 'pre_confirmed'],
    [{ block_number: 0 }, { number: 0 }],
    [{ block_number: 2n ** 64n }, { number: 2 ** 64 }],
    [{ block_hash: '0x00AbC' }, { hash: feltOf(0xabc) }],
  ])('%o', (json, expected) => expect(blockId.decode(json)).toEqual(expected))

  test.each<[JsonValue]>([
    ['pending'],
    ['0x1'],
    [0],
    [[]],
    [{}],
    [{ block_number: -1 }],
    [{ block_number: -1n }],
    [{ block_number: 1.5 }],
    [{ block_number: '1' }],
    [{ block_number: null }],
    [{ block_hash: 1 }],
    [{ block_hash: 'latest' }],
    [{ block_hash: '0x1', block_number: 1 }],
    [{ block_number: 1, other: 1 }],
    [{ number: 1 }],
  ])('not %o', (json) => expect(blockId.decode(json)).toBeUndefined())
})

describe('a felt', () => {
  test.each([
    ['0x0', feltOf(0)],
    [`0x${'0'.repeat(63)}1`, feltOf(1)],
    ['0xAb', feltOf(0xab)],
    [`0x${P_MINUS_1}`, feltOf(FIELD_PRIME - 1n)],
  ])('%s', (json, expected) => expect(felt.decode(json)).toEqual(expected))

  test.each<[JsonValue]>([
    [''],
    ['0x'],
    ['1'],
    ['0X1'],
    ['0xg'],
    [`0x${P}`],
    [`0x${'0'.repeat(65)}`],
    [1],
    ['1'.repeat(64)],
  ])('not %j', (json) => {
    expect(felt.decode(json)).toBeUndefined()
    expect(feltList.decode(['0x1', json])).toBeUndefined()
  })

  test('lists are packed', () => {
    expect(feltList.decode(['0x1', '0x02'])).toEqual(packFelts([feltOf(1), feltOf(2)]))
    expect(feltList.decode([])).toEqual(new Uint8Array(0))
    expect(feltList.decode('0x1')).toBeUndefined()
  })
})

test('a storage key is below 2^251, whatever digit it begins with', () => {
  expect(storageKey.decode('0xf')).toEqual(feltOf(0xf))
  expect(storageKey.decode(`0x7${'f'.repeat(62)}`)).toEqual(feltOf(2n ** 251n - 1n))
  expect(storageKey.decode(`0x8${'0'.repeat(62)}`)).toBeUndefined()
})

test('an index is an integer', () => {
  expect([0, 7, 1e300, 2n ** 70n].map((json) => index.decode(json))).toEqual([0, 7, 1e300, 2 ** 70])
  expect([-1, 0.5, '1', true].map((json) => index.decode(json))).toEqual([undefined, undefined, undefined, undefined])
})

test('flags are known', () => {
  const param = flags('A', 'B')
  expect(param.decode([])).toEqual([])
  expect(param.decode(['B', 'A', 'B'])).toEqual(['B', 'A', 'B'])
  expect(param.decode(['A', 'C'])).toBeUndefined()
  expect(param.decode('A')).toBeUndefined()
})

describe('parameters', () => {
  const table = { first: index, second: felt, flag: optional(flags('X')) }
  const values = { first: 1, second: feltOf(2), flag: ['X'] }

  test('by position and by name are the same', () => {
    expect(decodeParams(table, [1, '0x2', ['X']])).toEqual(values)
    expect(decodeParams(table, { flag: ['X'], second: '0x2', first: 1 })).toEqual(values)
  })

  test('absent and null are one thing', () => {
    const without = { ...values, flag: undefined }
    expect(decodeParams(table, [1, '0x2'])).toEqual(without)
    expect(decodeParams(table, [1, '0x2', null])).toEqual(without)
    expect(decodeParams(table, { first: 1, second: '0x2', flag: null })).toEqual(without)
    expect(decodeParams({}, [])).toEqual({})
    expect(decodeParams({}, {})).toEqual({})
  })

  test.each<[JsonValue[] | { [name: string]: JsonValue }, string]>([
    [[], 'first is missing'],
    [[1, null], 'second is missing'],
    [[1, '0xq'], 'second is not a felt: 0x, at most 64 hex digits, below the prime'],
    [[1, '0x2', ['Y']], 'flag is not a list of flags out of X'],
    [[1, '0x2', ['X'], null], 'there is no parameter at position 3: the method takes 3'],
    [{ first: 1, second: '0x2', third: 1 }, 'there is no parameter "third"'],
    [{ first: 1, second: '0x2', constructor: 1 }, 'there is no parameter "constructor"'],
    [JSON.parse('{"first": 1, "second": "0x2", "__proto__": null}'), 'there is no parameter "__proto__"'],
    [{ ['x'.repeat(200)]: 1 }, `there is no parameter "${'x'.repeat(80)}"`],
    [{ toString: 1 }, 'there is no parameter "toString"'],
  ])('%j: %s', (given, text) => {
    expect(() => decodeParams(table, given)).toThrow(
      expect.objectContaining({
        code: 'INVALID_PARAMS',
        data: { code: 'INVALID_PARAMS', number: -32602, detail: text },
      }),
    )
  })
})
