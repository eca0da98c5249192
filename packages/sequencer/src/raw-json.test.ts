import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { joinMembers, sliceMember } from './raw-json.ts'

const bytes = (text: string) => Buffer.from(text)
const plainKey = fc.string({ unit: fc.constantFrom('a', 'b', '_', '{', ',', ':'), maxLength: 3 })
const object = fc.dictionary(plainKey, fc.jsonValue(), { maxKeys: 5, noNullPrototype: true })
const indent = fc.constantFrom(0, 1, '\t', '\n ')

describe('sliceMember', () => {
  test('finds each member, however it is written', () => {
    fc.assert(
      fc.property(object, indent, (value, space) => {
        const json = bytes(JSON.stringify(value, null, space))
        for (const [key, member] of Object.entries(value)) {
          expect(JSON.parse(String(sliceMember(json, key)))).toEqual(JSON.parse(JSON.stringify(member)))
        }
        expect(sliceMember(json, 'absent')).toBeUndefined()
      }),
    )
  })

  test('gives the text as it stands', () => {
    const json = bytes('\n{ "a" : {"b": 1},"b":  [1.50, 9007199254740993 , "\\u0041]\\\\"] , "c":-0.0\t, "d" :"x" }')
    expect(String(sliceMember(json, 'b'))).toBe('[1.50, 9007199254740993 , "\\u0041]\\\\"]')
    expect(String(sliceMember(json, 'c'))).toBe('-0.0')
    expect(String(sliceMember(json, 'd'))).toBe('"x"')
  })

  test('looks at the top level alone', () => {
    expect(sliceMember(bytes('{"a": {"x": 1}, "b": "\\"x\\": 2"}'), 'x')).toBeUndefined()
  })

  test('a text cut off anywhere gives the whole member or nothing', () => {
    const json = bytes('{"a": [1, {"b": "]}"}], "c": "d\\"", "e": 12}')
    for (let length = 0; length < json.length; length++) {
      for (const name of ['a', 'c', 'e']) {
        const found = sliceMember(json.subarray(0, length), name)
        const isWhole = found === undefined || String(found) === String(sliceMember(json, name))
        expect(isWhole, `${name} in ${length} bytes`).toBe(true)
      }
    }
  })

  test.each([
    '',
    '[]',
    '"a"',
    'null',
    '{',
    '{"a"',
    '{"a":',
    '{"a":}',
    '{"a":,}',
    '{a: 1}',
    '{"a"; 1}',
    '{"b": []; "a": 1}',
    '{"b" 1, "a": 1}',
    '<html>',
  ])('is undefined in %s', (text) => expect(sliceMember(bytes(text), 'a')).toBeUndefined())

  test('ends on any bytes', () => {
    const noise = fc.array(fc.constantFrom(...'{}[]",:\\a 1').map((char) => char.charCodeAt(0)))
    fc.assert(fc.property(noise, (input) => void sliceMember(Uint8Array.from(input), 'a')))
  })
})

describe('joinMembers', () => {
  test('is undone by sliceMember, byte for byte', () => {
    const members = fc.uniqueArray(fc.tuple(plainKey, fc.jsonValue(), indent), {
      selector: ([key]) => key,
      maxLength: 4,
    })
    fc.assert(
      fc.property(members, (given) => {
        const texts = given.map(([key, value, space]) => [key, bytes(JSON.stringify(value, null, space))] as const)
        const joined = joinMembers(texts)
        expect(Object.keys(JSON.parse(String(joined))).sort()).toEqual(given.map(([key]) => key).sort())
        for (const [key, text] of texts) expect(sliceMember(joined, key)).toEqual(text)
      }),
    )
  })

  test('is written as the gateway writes', () => {
    const members = [
      ['block', bytes('{"a":1}\n')],
      ['state_update', bytes('{}')],
    ] as const
    expect(String(joinMembers(members))).toBe('{"block": {"a":1}\n, "state_update": {}}')
  })
})
