import { describe, expect, test } from 'vitest'
import { felt, hexFromFelt } from '../base/felt.ts'
import { decodeBlockId, decodeContractAddresses, decodeErrorBody, decodePublicKey } from './decode-small-answers.ts'
import { DecodeError } from './json-reader.ts'
import { hasFixtures, NEEDS_FIXTURES, readFixture } from './testing/fixtures.ts'
import { BLOCK, jsonBytes } from './testing/samples.ts'

test('which block', () => {
  const id = { number: 1234, hash: felt('0xb1') }
  expect(decodeBlockId(jsonBytes({ block_hash: '0xb1', block_number: 1234 }))).toEqual(id)
  expect(decodeBlockId(jsonBytes(BLOCK))).toEqual(id)
  expect(() => decodeBlockId(jsonBytes({ block_hash: '0xb1' }))).toThrow('block_number is missing')
  expect(() => decodeBlockId(jsonBytes({ block_hash: '0xb1', block_number: 2 ** 32 }))).toThrow(DecodeError)
})

test('a public key', () => {
  expect(decodePublicKey(jsonBytes('0x12'))).toEqual(felt('0x12'))
  for (const other of ['key', 12, ['0x12'], {}, null])
    expect(() => decodePublicKey(jsonBytes(other))).toThrow(DecodeError)
})

test('contract addresses', () => {
  const Starknet = '0xc662c410C0ECf747543f5bA90660f6ABeBD9C8c4'
  expect(decodeContractAddresses(jsonBytes({ Starknet }))).toEqual({
    l1CoreContract: Starknet,
    strkToken: undefined,
    ethToken: undefined,
  })
  for (const other of ['0x1', `${Starknet}00`, Starknet.slice(2), 7]) {
    expect(() => decodeContractAddresses(jsonBytes({ Starknet: other }))).toThrow(/^Starknet /)
  }
})

test('error bodies, and what is none', () => {
  const body = { code: 'StarkErrorCode.MALFORMED_REQUEST', message: 'no' }
  expect(decodeErrorBody(jsonBytes(body))).toEqual(body)
  expect(decodeErrorBody(jsonBytes({ code: 'StarknetErrorCode.NEW' }))).toEqual({
    code: 'StarknetErrorCode.NEW',
    message: '',
  })
  const others = [{}, [], 'x', { code: 7 }, { code: 'X', message: 'x' }, { ...body, message: 7 }]
  for (const other of others) expect(decodeErrorBody(jsonBytes(other))).toBeUndefined()
  expect(decodeErrorBody(Buffer.from('<html>'))).toBeUndefined()
  expect(decodeErrorBody(Buffer.of())).toBeUndefined()
})

describe.skipIf(!hasFixtures)(`recorded small answers${NEEDS_FIXTURES}`, () => {
  test('the public key of integration', () => {
    const key = decodePublicKey(readFixture('integration/public_key.json'))
    expect(hexFromFelt(key)).toBe('0x52934be54ce926b1e715f15dc2542849a97ecfdf829cd0b7384c64eeeb2264e')
  })

  test.each(['mainnet', 'sepolia'])('the contract addresses of %s', (network) => {
    const addresses = decodeContractAddresses(readFixture(`${network}/contract_addresses.json`))
    expect(hexFromFelt(addresses.strkToken!)).toMatch(/^0x4718f5/)
    expect(hexFromFelt(addresses.ethToken!)).toMatch(/^0x49d365/)
  })

  test.each(['block_not_found', 'invalid_contract_class', 'undeclared_class'])('the error %s', (name) => {
    const error = decodeErrorBody(readFixture(`errors/${name}.json`))
    expect(error?.code).toBe(`StarknetErrorCode.${name.toUpperCase()}`)
    expect(error?.message.length).toBeGreaterThan(10)
  })
})
