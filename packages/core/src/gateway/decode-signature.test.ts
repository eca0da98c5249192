import { describe, expect, test } from 'vitest'
import { felt, hexFromFelt } from '../base/felt.ts'
import { decodeBareSignature, decodeSignature } from './decode-signature.ts'
import { DecodeError, JsonReader, parseAnswer } from './json-reader.ts'
import { hasFixtures, listFixtures, NEEDS_FIXTURES } from './testing/fixtures.ts'
import { OLD_SIGNATURE, SIGNATURE } from './testing/samples.ts'

const decode = (json: object) => decodeSignature(new JsonReader(json))
const pair = { r: felt('0xf1'), s: felt('0xf2') }

test('the new form, the old form, the bare form', () => {
  expect(decode(SIGNATURE)).toEqual({ ...pair, blockHash: felt('0xb1'), stateDiffCommitment: undefined })
  expect(decode(OLD_SIGNATURE)).toEqual({ ...pair, blockHash: felt('0xb1'), stateDiffCommitment: felt('0xf3') })
  const bare = decodeBareSignature(new JsonReader({ signature: ['0xf1', '0xf2'] }), 'signature')
  expect(bare).toEqual({ ...pair, blockHash: undefined, stateDiffCommitment: undefined })
})

test.each<[string, object]>([
  ['signature', { ...SIGNATURE, signature: ['0x1'] }],
  ['signature', { ...SIGNATURE, signature: ['0x1', '0x2', '0x3'] }],
  ['signature[1]', { ...SIGNATURE, signature: ['0x1', 2] }],
  ['block_hash', { signature: ['0x1', '0x2'] }],
  ['signature_input.state_diff_commitment', { ...OLD_SIGNATURE, signature_input: { block_hash: '0x1' } }],
])('refuses a signature for its %s', (path, json) => {
  expect(() => decode(json)).toThrow(DecodeError)
  expect(() => decode(json)).toThrow(expect.objectContaining({ data: expect.objectContaining({ path }) }))
})

describe.skipIf(!hasFixtures)(`recorded signatures${NEEDS_FIXTURES}`, () => {
  const files = listFixtures('signature')

  test('are all there', () => {
    expect(files.length).toBe(61)
  })

  test.each(files)('$name', ({ read }) => {
    const { r, s, blockHash, stateDiffCommitment } = decodeSignature(parseAnswer(read()))
    const json = JSON.parse(read().toString())
    expect([r, s].map((value) => hexFromFelt(value))).toEqual(json.signature)
    expect(hexFromFelt(blockHash!)).toBe(json.block_hash ?? json.signature_input.block_hash)
    expect(stateDiffCommitment && hexFromFelt(stateDiffCommitment)).toBe(json.signature_input?.state_diff_commitment)
  })
})
