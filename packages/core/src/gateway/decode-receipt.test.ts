import { describe, expect, test } from 'vitest'
import { felt, packFelts } from '../base/felt.ts'
import { decodeReceipt } from './decode-receipt.ts'
import { DecodeError, JsonReader, parseAnswer } from './json-reader.ts'
import { feltsIn, feltTextsIn } from './testing/felts-in.ts'
import { hasFixtures, listFixtures, NEEDS_FIXTURES } from './testing/fixtures.ts'
import { RECEIPT } from './testing/samples.ts'

const decode = (json: object) => decodeReceipt(new JsonReader(json))
const felts = (...texts: string[]) => packFelts(texts.map((text) => felt(text)))

test('everything', () => {
  expect(decode(RECEIPT)).toEqual({
    actualFee: felt('0x71'),
    events: [
      { fromAddress: felt('0x72'), keys: felts('0x73', '0x74'), data: felts('0x75') },
      { fromAddress: felt('0x76'), keys: felts(), data: felts() },
    ],
    messages: [
      {
        fromAddress: felt('0x77'),
        toAddress: felt('0xc662c410c0ecf747543f5ba90660f6abebd9c8c4'),
        payload: felts('0x78'),
      },
    ],
    revertError: 'Übel: "x"',
    resources: {
      steps: 2 ** 53 - 1,
      memoryHoles: 2,
      builtins: [
        { name: 'range_check_builtin', count: 3 },
        { name: 'pedersen_builtin', count: 0 },
      ],
      dataAvailability: { l1Gas: 4, l1DataGas: 5, l2Gas: 6 },
      totalGas: { l1Gas: 7, l1DataGas: 8, l2Gas: 2 ** 32 },
    },
  })
})

test('as little as there ever was', () => {
  const old = { transaction_hash: '0x1', actual_fee: '0x0', events: [], l2_to_l1_messages: [] }
  const expected = { actualFee: felt('0x0'), events: [], messages: [], revertError: undefined, resources: undefined }
  expect(decode(old)).toEqual(expected)
  expect(decode({ ...old, execution_status: null, revert_error: null, execution_resources: null })).toEqual(expected)
})

test('gas vectors of before 0.13.4 and of before 0.13.2', () => {
  const { data_availability: _, ...resources } = RECEIPT.execution_resources
  const old = { ...resources, total_gas_consumed: { l1_gas: 1, l1_data_gas: 2 } }
  expect(decode({ ...RECEIPT, execution_resources: old }).resources).toMatchObject({
    dataAvailability: undefined,
    totalGas: { l1Gas: 1, l1DataGas: 2, l2Gas: undefined },
  })
})

test('the status says whether it was reverted, not the reason', () => {
  expect(decode({ ...RECEIPT, revert_error: undefined }).revertError).toBe('')
  expect(decode({ ...RECEIPT, execution_status: 'SUCCEEDED' }).revertError).toBeUndefined()
  expect(() => decode({ ...RECEIPT, execution_status: 'REJECTED' })).toThrow(DecodeError)
})

test('a builtin with a name of a million letters does not fill the log', () => {
  const resources = { ...RECEIPT.execution_resources, builtin_instance_counter: { ['x'.repeat(1e6)]: -1 } }
  const decodeLong = () => decode({ ...RECEIPT, execution_resources: resources })
  expect(decodeLong).toThrow(DecodeError)
  expect(decodeLong).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{0,300}$/) }))
})

describe.skipIf(!hasFixtures)(`recorded receipts${NEEDS_FIXTURES}`, () => {
  const files = listFixtures('captures').filter(({ name }) => name.includes('receipt_'))

  test.each(files)('$name', ({ read }) => {
    const reader = parseAnswer(read())
    const receipt = decodeReceipt(reader)
    const except = ['transaction_hash', 'execution_status', 'revert_error', 'l1_to_l2_consumed_message']
    expect(feltsIn(receipt)).toEqual(feltTextsIn(reader.value, except))
    expect(receipt.revertError !== undefined).toBe(reader.value['execution_status'] === 'REVERTED')
  })
})
