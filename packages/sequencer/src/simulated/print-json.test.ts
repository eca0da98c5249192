import { expect, test } from 'vitest'
import { printJson } from './print-json.ts'

test('blanks, order, integers and absent members are those of the gateway', () => {
  const value = { b: 1, a: [2n ** 70n, 'x"y\n', null, true], none: undefined, empty: [{}, []] }
  expect(printJson(value)).toBe('{"b": 1, "a": [1180591620717411303424, "x\\"y\\n", null, true], "empty": [{}, []]}')
})
