import { describe, expect, test } from 'vitest'
import { isJsonObject } from '../base/json.ts'
import { errorObject, RPC_ERRORS, RpcError } from './errors.ts'
import { NEEDS_SPEC, readSpec, SPEC_DIR, SPEC_FILES } from './testing/spec.ts'

describe.skipIf(SPEC_DIR === null)(`the table of errors is that of the specification${NEEDS_SPEC}`, () => {
  test('number for number, text for text', () => {
    const ours = Object.fromEntries(Object.entries(RPC_ERRORS).filter(([, { number }]) => number > 0))
    expect(ours).toEqual(readErrors())
    expect(Object.keys(ours).length).toBeGreaterThan(30)
  })
})

/** Of all files. */
function readErrors(): object {
  const errors = SPEC_FILES.flatMap((file) => {
    const { components } = readSpec('v0_10', file)
    return isJsonObject(components) && isJsonObject(components['errors']) ? Object.entries(components['errors']) : []
  })
  // What is no object with a code refers to another file.
  const own = errors.flatMap(([name, error]) =>
    isJsonObject(error) && 'code' in error ? [[name, { number: error['code'], message: error['message'] }]] : [],
  )
  return Object.fromEntries(own)
}

test('numbers are used once', () => {
  const numbers = Object.values(RPC_ERRORS).map(({ number }) => number)
  expect(new Set(numbers).size).toBe(numbers.length)
})

test('an error says what is wrong to people and to programs', () => {
  const error = new RpcError('INVALID_PARAMS', 'key is missing')
  expect(error.message).toBe('Invalid params: key is missing')
  expect(error.code).toBe('INVALID_PARAMS')
  expect(errorObject(error)).toEqual({ code: -32602, message: 'Invalid params', data: 'key is missing' })
  expect(errorObject(new RpcError('BLOCK_NOT_FOUND'))).toStrictEqual({ code: 24, message: 'Block not found' })
})
