import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JSON_DEPTH_MAX, parseExactJson } from './exact-json.ts'
import { isJsonObject, type JsonValue } from './json.ts'

const LONG = '3618502788666131213697322783095070105623107215331596699973092056135872020480'

describe('parseExactJson', () => {
  test.each<[string, JsonValue]>([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740991', -9007199254740991],
    ['-9007199254740992', -9007199254740992n],
    ['123456789012345', 123456789012345],
    [LONG, BigInt(LONG)],
    [` [ -${LONG}\n,{"a" : ${LONG}} ] `, [-BigInt(LONG), { a: BigInt(LONG) }]],
  ])('integers are exact: %s', (text, value) => {
    expect(parseExactJson(text)).toStrictEqual(value)
  })

  test.each(['0.12345678901234567890', `${LONG}.5`, `${LONG}e2`, `${LONG}E2`, '1e-1234567890123456', '-0.5E+20'])(
    'fractions and exponents are as always: %s',
    (text) => {
      expect(parseExactJson(`[${text}]`)).toStrictEqual(JSON.parse(`[${text}]`))
    },
  )

  test.each([`"${LONG}"`, `"\\"${LONG}"`, `"\\\\\\",${LONG}"`, `{"${LONG}":"[{\\"]"}`])(
    'texts are left alone: %s',
    (text) => {
      expect(parseExactJson(`[${text},"\\\\",${LONG}]`)).toStrictEqual([JSON.parse(text), '\\', BigInt(LONG)])
    },
  )

  test('texts that bear the mark by themselves survive, as values and as keys', () => {
    const marked = { '\u0001': ['\u0001', `\u0001${LONG}`, '\u0001\u0001', 'a\u0001'], [`\u0001${LONG}`]: '\u0001' }
    const text = JSON.stringify(marked)
    expect(parseExactJson(text)).toStrictEqual(marked)
    expect(parseExactJson(`[${text.replace('":', '"\n :')},${LONG}]`)).toStrictEqual([marked, BigInt(LONG)])
  })

  test('a key named __proto__ is a key', () => {
    const value = parseExactJson(`{"__proto__":{"a":${LONG}}}`)
    expect(isJsonObject(value) && Object.entries(value)).toStrictEqual([['__proto__', { a: BigInt(LONG) }]])
  })

  test.each([
    '',
    '[1,]',
    `[${LONG}`,
    `"${LONG}`,
    `{${LONG}:1}`,
    `{${LONG} :1}`,
    `0${LONG}`,
    `--${LONG}`,
    `+${LONG}`,
    `${LONG}-1`,
    `${LONG}n`,
    `tru${LONG}`,
    `[${LONG} ${LONG}]`,
    `["a"${LONG}]`,
    '["\u0001"]',
  ])('what is not JSON stays so: %j', (text) => {
    expect(() => parseExactJson(text)).toThrow(SyntaxError)
  })

  test('depth and digits are bounded', () => {
    const nested = (depth: number) => `${'[{"a":'.repeat(depth / 2)}"]"${'}]'.repeat(depth / 2)}`
    expect(parseExactJson(nested(JSON_DEPTH_MAX))).toBeDefined()
    expect(() => parseExactJson(nested(JSON_DEPTH_MAX + 2))).toThrow(/nest deeper than 256/)
    expect(parseExactJson(`[${'[],'.repeat(1000)}0]`)).toHaveLength(1001)
    expect(parseExactJson('9'.repeat(4300))).toBe(10n ** 4300n - 1n)
    expect(() => parseExactJson('9'.repeat(4301))).toThrow(/longer than 4300/)
  })

  test('reads whatever was written', () => {
    fc.assert(
      fc.property(json, fc.constantFrom('', ' ', '\n\t'), (value, space) => {
        expect(parseExactJson(print(value, space))).toStrictEqual(value)
      }),
      { numRuns: 2000 },
    )
  })
})

const integer = fc
  .oneof(fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }), fc.bigInt({ min: 2n ** 53n - 9n, max: 2n ** 53n + 9n }))
  .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value))

const fraction = fc.double({ noDefaultInfinity: true, noNaN: true }).filter((value) => !Number.isInteger(value))

const text = fc.string({ unit: fc.constantFrom('\u0001', '"', '\\', '1234567890123456', ':', '[', '{', 'é', '😀') })

// The native parser may take a key with an escape for an earlier one with a backslash (V8 13.6).
const plainKey = text.map((value) => value.replaceAll('\\', '/'))

const { json } = fc.letrec<{ json: JsonValue }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    integer,
    fraction,
    text,
    fc.constantFrom(null, true, false),
    fc.array(tie('json'), { maxLength: 5 }),
    fc.dictionary(plainKey, tie('json'), { maxKeys: 5, noNullPrototype: true }),
  ),
}))

/** With `space` around every token. */
function print(value: JsonValue, space: string): string {
  if (isJsonObject(value)) {
    const members = Object.entries(value).map(
      ([key, member]) => `${space}${JSON.stringify(key)}${space}:${print(member, space)}`,
    )
    return `${space}{${members.join(',')}${space}}${space}`
  }
  if (typeof value === 'object' && value !== null) {
    return `${space}[${value.map((item) => print(item, space)).join(',')}${space}]${space}`
  }
  return `${space}${typeof value === 'bigint' ? value : JSON.stringify(value)}${space}`
}
