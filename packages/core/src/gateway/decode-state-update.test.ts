import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FELT_BYTES, felt, hexFromFelts, NO_FELTS, packFelts } from '../base/felt.ts'
import { PAIR_BYTES } from '../chain/state-update.ts'
import { decodeStateDiff, decodeStateUpdate, STATE_DIFF_ENTRIES_MAX } from './decode-state-update.ts'
import { DecodeError, JsonReader, parseAnswer } from './json-reader.ts'
import { feltsIn, hexOfText } from './testing/felts-in.ts'
import { hasFixtures, listFixtures, NEEDS_FIXTURES } from './testing/fixtures.ts'
import { STATE_UPDATE } from './testing/samples.ts'

const decode = (json: object) => decodeStateUpdate(new JsonReader(json))
const decodeDiff = (json: object) => decodeStateDiff(new JsonReader(json))
const felts = (...texts: string[]) => packFelts(texts.map((text) => felt(text)))

const EMPTY = {
  deployedContracts: NO_FELTS,
  replacedClasses: NO_FELTS,
  declaredClasses: NO_FELTS,
  migratedClasses: NO_FELTS,
  deprecatedDeclaredClasses: NO_FELTS,
  nonces: NO_FELTS,
  storage: [],
}

test('everything, sorted', () => {
  expect(decode(STATE_UPDATE)).toEqual({
    blockHash: felt('0xb1'),
    newRoot: felt('0xb3'),
    oldRoot: felt('0xc1'),
    stateDiff: {
      storage: [
        { address: felt('0xc2'), entries: felts('0x0', '0x1') },
        { address: felt('0xc3'), entries: felts('0xc4', '0xff', '0xc5', '0x0') },
      ],
      nonces: felts('0xc6', '0x3', '0xc7', '0x2'),
      deployedContracts: felts('0xc8', '0x5', '0xc9', '0x4'),
      deprecatedDeclaredClasses: felts('0xca', '0xcb'),
      declaredClasses: felts('0xcc', '0x6'),
      replacedClasses: felts('0xcd', '0x7'),
      migratedClasses: felts('0xce', '0x8'),
    },
  })
})

test.each([{}, { storage_diffs: {}, nonces: {}, deployed_contracts: [] }, { storage_diffs: null, nonces: null }])(
  'what is not there is empty: %j',
  (diff) => {
    expect(decodeDiff(diff)).toEqual(EMPTY)
  },
)

test('an empty list of storage is dropped', () => {
  const diff = decodeDiff({ storage_diffs: { '0x1': [], '0x2': [{ key: '0x3', value: '0x4' }] } })
  expect(diff.storage).toEqual([{ address: felt('0x2'), entries: felts('0x3', '0x4') }])
})

test('the old name of the Cairo 0 classes', () => {
  expect(decodeDiff({ declared_contracts: ['0x2', '0x1'] }).deprecatedDeclaredClasses).toEqual(felts('0x1', '0x2'))
})

test('roots and hashes without 0x', () => {
  const bare = '00'.repeat(31)
  const update = { ...STATE_UPDATE, old_root: `${bare}10`, new_root: `${bare}ab` }
  expect(decode(update)).toMatchObject({ oldRoot: felt('0x10'), newRoot: felt('0xab') })
  const deployed_contracts = [{ address: '0x1', class_hash: `${bare}10` }]
  expect(decodeDiff({ deployed_contracts }).deployedContracts).toEqual(felts('0x1', '0x10'))
})

const KEY_MAX = `0x7${'f'.repeat(62)}`
const KEY_TOO_LARGE = `0x8${'0'.repeat(62)}`

test('the largest key of a trie', () => {
  const entry = { key: KEY_MAX, value: KEY_TOO_LARGE }
  const diff = decodeDiff({ storage_diffs: { [KEY_MAX]: [entry] }, nonces: { [KEY_MAX]: KEY_TOO_LARGE } })
  expect(diff.storage).toEqual([{ address: felt(KEY_MAX), entries: felts(KEY_MAX, KEY_TOO_LARGE) }])
  expect(diff.nonces).toEqual(felts(KEY_MAX, KEY_TOO_LARGE))
})

const ENTRY = { key: '0x1', value: '0x2' }

test.each<[string, object]>([
  [`storage_diffs.${KEY_TOO_LARGE}`, { storage_diffs: { [KEY_TOO_LARGE]: [ENTRY] } }],
  ['storage_diffs.0x1[1].key', { storage_diffs: { '0x1': [ENTRY, { ...ENTRY, key: KEY_TOO_LARGE }] } }],
  ['storage_diffs.0x1[0].value', { storage_diffs: { '0x1': [{ key: '0x1' }] } }],
  ['storage_diffs.0x1', { storage_diffs: { '0x1': {} } }],
  ['storage_diffs.0x1', { storage_diffs: { '0x1': null } }],
  ['storage_diffs.x', { storage_diffs: { x: [ENTRY] } }],
  ['storage_diffs.', { storage_diffs: { '': [ENTRY] } }],
  ['storage_diffs.__proto__', { storage_diffs: JSON.parse('{"__proto__": []}') }],
  ['storage_diffs', { storage_diffs: { '0x1': [ENTRY], '0x01': [ENTRY] } }],
  ['storage_diffs', { storage_diffs: [] }],
  [`nonces.${KEY_TOO_LARGE}`, { nonces: { [KEY_TOO_LARGE]: '0x1' } }],
  ['nonces.0x1', { nonces: { '0x1': 1 } }],
  ['deployed_contracts[0].address', { deployed_contracts: [{ address: KEY_TOO_LARGE, class_hash: '0x1' }] }],
  ['replaced_classes[0].address', { replaced_classes: [{ address: KEY_TOO_LARGE, class_hash: '0x1' }] }],
  ['declared_classes[0].class_hash', { declared_classes: [{ class_hash: KEY_TOO_LARGE, compiled_class_hash: '0x1' }] }],
  ['old_declared_contracts[1]', { old_declared_contracts: ['0x1', 2] }],
])('refuses a state diff for its %s', (path, diff) => {
  expect(() => decodeDiff(diff)).toThrow(DecodeError)
  expect(() => decodeDiff(diff)).toThrow(expect.objectContaining({ data: expect.objectContaining({ path }) }))
})

test('entries are bounded over all lists', () => {
  const max = STATE_DIFF_ENTRIES_MAX
  const old_declared_contracts = Array.from({ length: max - 5 }, () => '0x1')
  const diff = { old_declared_contracts, nonces: { '0x1': '0x2' }, storage_diffs: { '0x1': [ENTRY], '0x2': [ENTRY] } }
  expect(decodeDiff(diff).storage.length).toBe(2)
  const more = { ...STATE_UPDATE, state_diff: { ...diff, deployed_contracts: [{ address: '0x1', class_hash: '0x1' }] } }
  const data = { code: 'MALFORMED_ANSWER', path: 'state_diff', reason: `has more than ${max} entries` }
  expect(() => decode(more)).toThrow(expect.objectContaining({ data }))
})

test('any order gives the same, and the last of equal keys counts', () => {
  const entry = fc.record({ key: fc.integer({ min: 0, max: 20 }), value: fc.nat() })
  const hex = (value: number) => `0x${value.toString(16)}`
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const list = entries.map(({ key, value }) => ({ key: hex(key), value: hex(value) }))
      const expected = [...new Map(list.map(({ key, value }) => [Number(key), value]))].sort(([a], [b]) => a - b)
      const { storage } = decodeDiff({ storage_diffs: { '0x1': list } })
      expect(hexFromFelts(storage[0]?.entries ?? NO_FELTS)).toEqual(
        expected.flatMap(([key, value]) => [hex(key), value]),
      )
    }),
  )
})

describe.skipIf(!hasFixtures)(`recorded state updates${NEEDS_FIXTURES}`, () => {
  const files = [
    ...listFixtures('state_update').map(({ name, read }) => ({ name, reader: () => parseAnswer(read()) })),
    ...listFixtures('state_update_with_block').map(({ name, read }) => ({
      name,
      reader: () => parseAnswer(read()).object('state_update'),
    })),
  ]

  test('are all there', () => {
    expect(files.length).toBe(67)
  })

  test.each(files)('$name', ({ reader }) => {
    const json = JSON.parse(JSON.stringify(reader().value))
    const update = decodeStateUpdate(reader())
    expect(hexFromFelts(update.oldRoot)).toEqual([hexOfText(json.old_root)])
    expect(hexFromFelts(update.newRoot)).toEqual([hexOfText(json.new_root)])
    expect(feltsIn(update.stateDiff)).toEqual(textsInDiff(json.state_diff))
    for (const { entries } of update.stateDiff.storage) expectSorted(entries, PAIR_BYTES)
    expectSorted(packFelts(update.stateDiff.storage.map(({ address }) => address)), FELT_BYTES)
    const { deprecatedDeclaredClasses, storage: _, ...pairs } = update.stateDiff
    expectSorted(deprecatedDeclaredClasses, FELT_BYTES)
    for (const list of Object.values(pairs)) expectSorted(list, PAIR_BYTES)
  })
})

/** Every felt the JSON of a state diff holds, names of members too. */
function textsInDiff(json: unknown): string[] {
  const texts: string[] = []
  JSON.stringify(json, (name, value) => {
    if (Array.isArray(value) && value.length === 0) return undefined // An address with an empty list is dropped.
    if (/^0x/.test(name)) texts.push(hexOfText(name))
    if (typeof value === 'string') texts.push(hexOfText(value))
    return value
  })
  return texts.sort()
}

function expectSorted(bytes: Uint8Array, stride: number): void {
  const keys: string[] = []
  for (let at = 0; at < bytes.length; at += stride) keys.push(Buffer.from(bytes.subarray(at, at + 32)).toString('hex'))
  expect(keys).toEqual([...new Set(keys)].sort())
}
