import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FIELD_PRIME, felt } from '../base/felt.ts'
import { brokenHalf, decodeBlockAnswer } from './decode-answer.ts'
import { DecodeError } from './json-reader.ts'
import { hasFixtures, listFixtures, NEEDS_FIXTURES, readFixture } from './testing/fixtures.ts'
import { BLOCK, jsonBytes, OLD_SIGNATURE, SIGNATURE, STATE_UPDATE } from './testing/samples.ts'

const decode = (json: unknown) => decodeBlockAnswer(jsonBytes(json))

const ANSWER = { block: BLOCK, state_update: STATE_UPDATE, signature: SIGNATURE.signature }

function errorOf(json: unknown): DecodeError {
  try {
    decode(json)
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError)
    return error as DecodeError
  }
  throw new Error('it was decoded')
}

describe('the forms', () => {
  const { block, stateUpdate, signature } = decode(ANSWER)

  test('all three', () => {
    expect(block?.header.number).toBe(1234)
    expect(stateUpdate?.oldRoot).toEqual(felt('0xc1'))
    expect(signature).toEqual({
      r: felt('0xf1'),
      s: felt('0xf2'),
      blockHash: undefined,
      stateDiffCommitment: undefined,
    })
  })

  test('some of them, or one alone', () => {
    const none = { block: undefined, stateUpdate: undefined, signature: undefined }
    expect(decode({ block: BLOCK, state_update: STATE_UPDATE })).toEqual({ block, stateUpdate, signature: undefined })
    expect(decode({ block: BLOCK, state_update: null })).toEqual({ ...none, block })
    expect(decode({ state_update: STATE_UPDATE })).toEqual({ ...none, stateUpdate })
    expect(decode(BLOCK)).toEqual({ ...none, block })
    expect(decode(STATE_UPDATE)).toEqual({ ...none, stateUpdate })
  })

  test('a signature as get_signature answers', () => {
    expect(decode({ ...ANSWER, signature: SIGNATURE }).signature?.blockHash).toEqual(felt('0xb1'))
    expect(decode({ ...ANSWER, signature: OLD_SIGNATURE }).signature?.stateDiffCommitment).toEqual(felt('0xf3'))
  })

  test.each([{}, [], null, 7, 'x', SIGNATURE, { code: 'StarknetErrorCode.BLOCK_NOT_FOUND' }])('none in %j', (json) => {
    expect(brokenHalf(errorOf(json))).toBeUndefined()
  })
})

describe('the broken half', () => {
  test.each([
    ['block', { ...ANSWER, block: 7 }],
    ['block', { ...ANSWER, block: { ...BLOCK, timestamp: '' } }],
    ['block', { ...BLOCK, transactions: 7 }],
    ['state_update', { ...ANSWER, state_update: [] }],
    ['state_update', { ...ANSWER, state_update: { ...STATE_UPDATE, old_root: 'x' } }],
    ['state_update', { ...STATE_UPDATE, state_diff: 7 }],
    ['signature', { ...ANSWER, signature: ['0x1'] }],
    ['signature', { ...ANSWER, signature: ['0x1', 2] }],
    ['signature', { ...ANSWER, signature: { signature: ['0x1', '0x2'] } }],
  ])('is the %s', (half, json) => {
    expect(brokenHalf(errorOf(json))).toBe(half)
  })

  test('is none of other errors', () => {
    expect(brokenHalf(new Error('block'))).toBeUndefined()
    expect(brokenHalf(new DecodeError('blocks[1]', 'x'))).toBeUndefined()
    expect(brokenHalf(undefined)).toBeUndefined()
  })
})

type Path = readonly (string | number)[]

/** Every place in `value` but the value itself. */
function pathsIn(value: unknown, above: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => {
    const path = [...above, Array.isArray(value) ? Number(name) : name]
    return [path, ...pathsIn(member, path)]
  })
}

function spell(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .slice(1)
}

/** A copy of the answer with something else at `path`, or nothing. */
function withAt(path: Path, value: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(ANSWER)) // Not structuredClone: it keeps what the samples share.
  let at = copy as Record<string | number, unknown>
  for (const step of path.slice(0, -1)) at = at[step] as typeof at
  const last = path.at(-1)!
  if (value === undefined) delete at[last]
  else at[last] = value
  return copy
}

const valueAt = (path: Path): unknown =>
  path.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], ANSWER)

/** Fields that are never looked at. */
const UNKNOWN = /\.(entry_point_type|transaction_index)$/

/** Fields an answer of some day lacks. */
const OPTIONAL = [
  /^(block|state_update|signature)$/,
  /^block\.(starknet_version|sequencer_address|l1_da_mode|state_diff_length|\w+_gas_price|\w+_commitment)$/,
  /\.(version|proof_facts|L1_DATA_GAS|execution_status|revert_error|execution_resources)$/,
  /\.(data_availability|total_gas_consumed|l2_gas|\w+_builtin)$/,
  /^block\.transactions\[11\]\.nonce$/,
  /^state_update\.state_diff\.\w+$/,
  /\.(storage_diffs|nonces)\.0x\w+$/,
]

describe('a malformed answer', () => {
  const known = pathsIn(ANSWER).filter((path) => !UNKNOWN.test(spell(path)))

  const wrong = [true, 'text', -1, 1.5, {}, []] as const

  /** Whether the two are of types that no decoder takes one for the other. */
  const isOtherType = (a: unknown, b: unknown) => kindOf(a) !== kindOf(b)
  const kindOf = (value: unknown) => (Array.isArray(value) ? 'list' : typeof value)

  test('with a field of another type is refused by its path', () => {
    for (const path of known) {
      for (const value of wrong.filter((other) => isOtherType(other, valueAt(path)))) {
        if (spell(path) === 'signature' && kindOf(value) === 'object') continue // The other form of a signature.
        expect([value, errorOf(withAt(path, value)).data.path]).toEqual([value, spell(path)])
      }
    }
    expect(known.length).toBeGreaterThan(400)
  })

  test.each([undefined, null])('with a required field that is %s is refused by its path', (absent) => {
    const required = known.filter(
      (path) => typeof path.at(-1) === 'string' && !OPTIONAL.some((pattern) => pattern.test(spell(path))),
    )
    for (const path of required) expect(errorOf(withAt(path, absent)).data.path).toBe(spell(path))
    expect(required.length).toBeGreaterThan(150)
  })

  test('with a felt that is none is refused by its path', () => {
    const isFelt = (path: Path) => {
      const value = valueAt(path)
      return typeof value === 'string' && /^0x/.test(value) && !/version$|tip$|max_(amount|price)/.test(spell(path))
    }
    const prime = `0x${FIELD_PRIME.toString(16)}`
    for (const path of known.filter(isFelt)) {
      for (const value of ['', '0x', '0xg', '-1', '1f', '0x 1', prime, `0x${'f'.repeat(64)}`, `0x${'0'.repeat(65)}`]) {
        expect([value, errorOf(withAt(path, value)).data.path]).toEqual([value, spell(path)])
      }
    }
  })

  test('never gives another error, whatever is put where', () => {
    fc.assert(
      fc.property(fc.constantFrom(...pathsIn(ANSWER)), fc.jsonValue({ maxDepth: 3 }), (path, value) => {
        try {
          decode(withAt(path, value))
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('cut off anywhere, or with a byte changed, is a DecodeError or an answer', () => {
    const bytes = jsonBytes(ANSWER)
    const position = fc.nat(bytes.length - 1)
    fc.assert(
      fc.property(position, position, fc.nat(255), (end, at, byte) => {
        expect(() => decodeBlockAnswer(bytes.subarray(0, end))).toThrow(DecodeError)
        const changed = Uint8Array.from(bytes)
        changed[at] = byte
        try {
          decodeBlockAnswer(changed)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
      { numRuns: 500 },
    )
  })
})

test('unknown fields anywhere mean nothing', () => {
  const inObjects = pathsIn(ANSWER).filter((path) => {
    const value = valueAt(path)
    const isMap = /(storage_diffs|nonces|builtin_instance_counter)$/.test(spell(path))
    return typeof value === 'object' && !Array.isArray(value) && !isMap
  })
  const expected = decode(ANSWER)
  for (const path of inObjects) {
    expect(decode(withAt([...path, 'something_new'], { of: ['tomorrow'] }))).toEqual(expected)
  }
  expect(decode({ ...ANSWER, something_new: 7 })).toEqual(expected)
})

describe.skipIf(!hasFixtures)(`recorded answers${NEEDS_FIXTURES}`, () => {
  test.each(listFixtures('state_update_with_block'))('$name', ({ read }) => {
    const { block, stateUpdate } = decodeBlockAnswer(read())
    expect(stateUpdate!.blockHash).toEqual(block!.header.hash)
    expect(stateUpdate!.newRoot).toEqual(block!.header.stateRoot)
  })

  test('bare ones', () => {
    expect(decodeBlockAnswer(readFixture('mainnet/block/192.json')).block?.transactions.length).toBe(67)
    expect(decodeBlockAnswer(readFixture('mainnet/state_update/3.json')).stateUpdate?.stateDiff.storage.length).toBe(11)
  })

  test('with a signature', () => {
    const name = 'synthetic/block_state_update_and_signature_0.14.3_truncated.json'
    const { block, stateUpdate, signature } = decodeBlockAnswer(readFixture(name))
    expect(block!.header.version).toBe('0.14.3')
    expect(stateUpdate!.blockHash).toEqual(block!.header.hash)
    expect(signature!.r).toEqual(felt('0x76056b896b2f425ee30fcc64dcdf941332952d686c677467fc3ca2b189a26a3'))
  })
})
