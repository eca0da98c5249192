import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseExactJson } from '../base/exact-json.ts'
import type { JsonObject, JsonValue } from '../base/json.ts'
import { canonicalClassText } from './canonical-json.ts'

const program = (members: JsonObject, abi: JsonValue = null) => canonicalClassText(abi, members)

/** The text of a program of a compiler that knows `compiler_version`, with `inner` between its other members. */
const since10 = (inner: string) =>
  `{"abi": null, "program": {"compiler_version": "0.10.0", "debug_info": null${inner}}}`

describe('values', () => {
  const abi = (value: JsonValue) =>
    canonicalClassText(value, {}).slice('{"abi": '.length, -', "program": {"debug_info": null}}'.length)

  test.each<[string, JsonValue, string]>([
    ['separators', [1, { b: [2, 3], a: {} }, []], '[1, {"a": {}, "b": [2, 3]}, []]'],
    ['literals', [null, true, false, 0, -7], '[null, true, false, 0, -7]'],
    ['integers in full', [2n ** 256n, -(10n ** 21n)], `[${2n ** 256n}, -1000000000000000000000]`],
    ['short escapes', '"\\/\b\f\n\r\t', String.raw`"\"\\/\b\f\n\r\t"`],
    ['control characters', '\u0000\u001f ~\u007f', String.raw`"\u0000\u001f ~\u007f"`],
    ['Latin and beyond', 'é\u0080ſ\u2028\uffff', String.raw`"\u00e9\u0080\u017f\u2028\uffff"`],
    ['surrogate pairs', '😀', String.raw`"\ud83d\ude00"`],
    ['half a pair', '\ud83d', String.raw`"\ud83d"`],
    ['keys escaped', { 'é"': 1 }, String.raw`{"\u00e9\"": 1}`],
  ])('%s', (_, value, text) => {
    expect(abi(value)).toBe(text)
  })

  test('keys go by code point: not by code unit, and integers have no rank', () => {
    const keys = { '\uffff': 1, '😀a': 8, '😀': 2, '10': 3, '9': 4, b: 5, B: 6, '': 7, '😀\uffff': 9, '\ue000': 10 }
    const text =
      '{"": 7, "10": 3, "9": 4, "B": 6, "b": 5, "\\ue000": 10, "\\uffff": 1, ' +
      '"\\ud83d\\ude00": 2, "\\ud83d\\ude00a": 8, "\\ud83d\\ude00\\uffff": 9}'
    expect(abi(keys)).toBe(text)
    expect(abi(Object.fromEntries(Object.entries(keys).reverse()))).toBe(text)
  })

  test('is ASCII JSON that says the same, whatever the order of keys', () => {
    const key = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\\', '/'))
    const members = fc.dictionary(key, fc.jsonValue({ maxDepth: 2, noUnicodeString: false }), { noNullPrototype: true })
    fc.assert(
      fc.property(members.filter(hasNoFraction), (value) => {
        const text = abi(value as JsonObject)
        expect(text).toMatch(/^[ -~]*$/)
        expect(parseExactJson(text)).toEqual(value)
        const reversed = Object.fromEntries(Object.entries(value).reverse())
        expect(abi(reversed as JsonObject)).toBe(text)
      }),
    )
  })
})

describe('program', () => {
  test('debug_info is null, there or not', () => {
    expect(program({ compiler_version: '0.10.0', debug_info: { file: 1 } })).toBe(since10(''))
    expect(program({ compiler_version: '0.10.0' })).toBe(since10(''))
  })

  test('compiler_version is left out where null', () => {
    expect(program({ compiler_version: null })).toBe('{"abi": null, "program": {"debug_info": null}}')
  })

  test('hints go by number, integers inside them are exact', () => {
    const hints = { '100': [], '9': ['a'], '10': [{ code: 'x', n: 2n ** 128n }], '4294967296': [], '4294967295': [] }
    expect(program({ compiler_version: '0.10.0', hints })).toBe(
      since10(
        `, "hints": {"9": ["a"], "10": [{"code": "x", "n": ${2n ** 128n}}], "100": [], "4294967295": [], "4294967296": []}`,
      ),
    )
  })

  test('attributes lose what says nothing', () => {
    const attributes = [
      { name: 'a', accessible_scopes: [], flow_tracking_data: null },
      { name: 'b', accessible_scopes: ['x'], flow_tracking_data: { ap: 1 } },
      { name: 'c' },
    ]
    const version = '"compiler_version": "0.10.0", "debug_info": null'
    expect(program({ compiler_version: '0.10.0', attributes })).toBe(
      '{"abi": null, "program": {"attributes": [{"name": "a"}, ' +
        '{"accessible_scopes": ["x"], "flow_tracking_data": {"ap": 1}, "name": "b"}, {"name": "c"}], ' +
        `${version}}}`,
    )
    for (const nothing of [[], null])
      expect(program({ compiler_version: '0.10.0', attributes: nothing })).toBe(since10(''))
  })

  test('named tuples have a space before the colon, without a compiler_version alone', () => {
    const types = {
      cairo_type: '(x: felt, y : (z: T*))',
      value: ['(a: b)', { value: 'cast(p: q)' }],
      other: '(a: b)',
      nested: [{ cairo_type: ':  : ' }],
    }
    const members = { identifiers: types, reference_manager: types, main_scope: { value: 'a: b' } }
    const spaced =
      '{"cairo_type": "(x : felt, y : (z : T*))", "nested": [{"cairo_type": " :  : "}], "other": "(a: b)", ' +
      '"value": ["(a: b)", {"value": "cast(p : q)"}]}'
    expect(program(members, [{ value: 'a: b' }])).toBe(
      '{"abi": [{"value": "a: b"}], "program": {"debug_info": null, ' +
        `"identifiers": ${spaced}, "main_scope": {"value": "a: b"}, "reference_manager": ${spaced}}}`,
    )
    const asIs =
      '{"cairo_type": "(x: felt, y : (z: T*))", "nested": [{"cairo_type": ":  : "}], "other": "(a: b)", ' +
      '"value": ["(a: b)", {"value": "cast(p: q)"}]}'
    expect(program({ compiler_version: '0.10.0', identifiers: types })).toBe(since10(`, "identifiers": ${asIs}`))
  })
})

/** Python and JavaScript print them differently; they do not occur. */
function hasNoFraction(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0)
  return typeof value !== 'object' || value === null || Object.values(value).every(hasNoFraction)
}
