import { describe, expect, test } from 'vitest'
import { felt, hexFromFelts } from '../base/felt.ts'
import { DecodeError, JsonReader, parseAnswer, parseJson } from './json-reader.ts'

const reader = (json: object) => new JsonReader(json)

test('a path leads from the whole to the field', () => {
  const list = reader({ a: { b: [{ c: 7 }] } })
    .object('a')
    .objects('b')
  expect(list[0]!.path).toBe('a.b[0]')
  expect(() => list[0]!.text('c')).toThrow('a.b[0].c is not a string')
  expect(() => reader({}).text('c')).toThrow('c is missing')
  expect(() => new JsonReader(7)).toThrow('the answer is not an object')
  expect(() => reader({}).fail('x', 'y'.repeat(1000))).toThrow(/^y{80} x$/)
})

test('null is absent', () => {
  expect(reader({ a: null }).has('a')).toBe(false)
  expect(reader({ a: 0 }).has('a')).toBe(true)
  expect(() => reader({ a: null }).integer('a')).toThrow('a is missing')
  expect(reader({ a: null }).optional('a', () => 1, 2)).toBe(2)
})

test.each([0, 7, 2 ** 53 - 1])('integer %d', (a) => {
  expect(reader({ a }).integer('a')).toBe(a)
})

test.each([-1, 1.5, 2 ** 53, 1e300, '7', true, []])('no integer: %j', (a) => {
  expect(() => reader({ a }).integer('a')).toThrow(DecodeError)
})

test.each([
  ['0xff', 8, 255n],
  ['0xFF', 8, 255n],
  ['255', 8, 255n],
  [255, 8, 255n],
  ['0x0', 0, 0n],
  [`0x${'f'.repeat(32)}`, 128, 2n ** 128n - 1n],
] as const)('unsigned %j of %d bits', (a, bits, expected) => {
  expect(reader({ a }).unsigned('a', bits)).toBe(expected)
})

test.each([256, '256', '0x100', '0x', '', '-1', -1, 1.5, 2 ** 53, ' 1', '1e1', '1'.repeat(1000), true, {}])(
  'no unsigned integer of 8 bits: %j',
  (a) => {
    expect(() => reader({ a }).unsigned('a', 8)).toThrow(DecodeError)
  },
)

test('felts', () => {
  const { felts, one } = { felts: ['0x1', '0x0F', '16', '0'.repeat(62).concat('11')], one: '0x12' }
  expect(hexFromFelts(reader({ felts }).felts('felts'))).toEqual(['0x1', '0xf', '0x10', '0x11'])
  expect(reader({ one }).felt('one')).toEqual(felt('0x12'))
  const out = new Uint8Array(40)
  reader({ one }).feltInto('one', out, 8)
  expect(out.indexOf(0x12)).toBe(39)
  expect(() => reader({ felts: ['0x1', 2] }).felts('felts')).toThrow('felts[1] is not a felt')
  expect(() => reader({ one: 2 }).felt('one')).toThrow('one is not a felt')
})

test('one of a few', () => {
  expect(reader({ a: 'x' }).oneOf('a', ['x', 'y'])).toBe('x')
  expect(() => reader({ a: 'z' }).oneOf('a', ['x', 'y'])).toThrow('a is none of x, y')
})

describe('text', () => {
  test.each([
    ['', 'is empty'],
    ['{"a":', 'is not JSON, or is cut off'],
    ['nope', 'is not JSON, or is cut off'],
    ['\n <html>', 'is HTML, not JSON'],
  ])('%j %s', (text, reason) => {
    expect(() => parseJson(Buffer.from(text))).toThrow(`the answer ${reason}`)
  })

  test('that is not UTF-8', () => {
    expect(() => parseJson(Buffer.of(0x22, 0xff, 0x22))).toThrow('the answer is not UTF-8')
  })

  test('an answer is an object', () => {
    expect(parseAnswer(Buffer.from('{"a":1}')).integer('a')).toBe(1)
    for (const text of ['[]', 'null', '"x"', '1']) expect(() => parseAnswer(Buffer.from(text))).toThrow(DecodeError)
  })
})
