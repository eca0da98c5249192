import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseExactJson } from '../base/exact-json.ts'
import { printJson, splitMembers } from './json-text.ts'

test('bigint prints as an integer, anywhere', () => {
  expect(printJson({ a: [2n ** 64n, -1n], b: 'x', c: 1.5 })).toBe('{"a":[18446744073709551616,-1],"b":"x","c":1.5}')
  expect(printJson(5n)).toBe('5')
})

test('members keep their exact text', () => {
  const text = ' { "a" : [1, {"b": "}],\\""}] ,"\\u0062": 1E+2,"c":"x,\\\\" , "a:{":{}, "a" :12345678901234567890\n} '
  expect([...splitMembers(text)]).toEqual([
    ['a', '12345678901234567890'],
    ['b', '1E+2'],
    ['c', '"x,\\\\"'],
    ['a:{', '{}'],
  ])
  expect(splitMembers('{}').size).toBe(0)
  expect(() => splitMembers('{"a')).toThrow(SyntaxError)
})

test('together they are the object', () => {
  const objects = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true })
  const spaces = fc.constantFrom(undefined, 1, '\t')
  fc.assert(
    fc.property(objects, spaces, (value, space) => {
      const text = JSON.stringify(value, null, space)
      const members = [...splitMembers(text)].map(([name, json]) => [name, parseExactJson(json)])
      expect(Object.fromEntries(members)).toEqual(parseExactJson(text))
    }),
  )
})
