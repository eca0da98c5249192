import { describe, expect, test } from 'vitest'
import type { FeederAnswers } from './feeder-answers.ts'
import { FeederError } from './feeder-error.ts'
import { atBlocks, editJson, refuseWith, replaceWith, setJson, type Tamper, tamper, truncate } from './tamper.ts'

const bytes = (text: string) => Buffer.from(text)
const text = async (answer: Promise<Uint8Array | undefined>) => {
  const found = await answer
  return found && Buffer.from(found).toString()
}

/** Each answer names its method and arguments. */
const named = async (...parts: unknown[]) => bytes(JSON.stringify(parts))
const truth: FeederAnswers = {
  latest: () => 7,
  blockNumber: async (hash) => Number(hash),
  blockHash: async (number) => `0x${number}`,
  block: (at) => named('block', at),
  stateUpdate: (at, options) => named('stateUpdate', at, options),
  signature: (at) => named('signature', at),
  blockTraces: (at) => named('blockTraces', at),
  preConfirmedBlock: ({ block }) => named('preConfirmedBlock', block),
  transaction: (hash) => named('transaction', hash),
  classByHash: (hash) => named('classByHash', hash),
  compiledClassByHash: (hash) => named('compiledClassByHash', hash),
  publicKey: () => named('publicKey'),
  contractAddresses: async () => undefined,
}

const options = { includeBlock: true, includeSignature: false }

/** Every answer of `answers`, in one order. */
const everything = async (answers: FeederAnswers) => [
  answers.latest(),
  await answers.blockNumber('0x5'),
  await answers.blockHash(5),
  await text(answers.block('pending')),
  await text(answers.stateUpdate(5, options)),
  await text(answers.signature(5)),
  await text(answers.blockTraces(5)),
  await text(answers.preConfirmedBlock({ block: 5, blockIdentifier: undefined, knownTransactionCount: 1 })),
  await text(answers.transaction('0x1')),
  await text(answers.classByHash('0x2')),
  await text(answers.compiledClassByHash('0x3')),
  await text(answers.publicKey()),
  await text(answers.contractAddresses()),
]

describe('tamper', () => {
  test('without hooks, and while off, gives the truth', async () => {
    const expected = await everything(truth)
    expect(await everything(tamper(truth, {}))).toEqual(expected)
    const lie = replaceWith('false')
    const answers = tamper(truth, {
      latest: () => 1,
      blockHash: () => '0x0',
      block: lie,
      stateUpdate: lie,
      publicKey: lie,
    })
    answers.on = false
    expect(await everything(answers)).toEqual(expected)
    answers.on = true
    expect((await everything(answers)).slice(0, 4)).toEqual([1, 5, '0x0', 'false'])
  })

  test('each hook sees the true answer and what was asked', async () => {
    const seen: unknown[] = []
    const watch: Tamper = (answer, request) => {
      seen.push([answer && JSON.parse(String(answer))[0], request])
      return answer
    }
    const names = ['block', 'stateUpdate', 'signature', 'blockTraces', 'preConfirmedBlock', 'transaction'] as const
    const more = ['classByHash', 'compiledClassByHash', 'publicKey', 'contractAddresses'] as const
    await everything(tamper(truth, Object.fromEntries([...names, ...more].map((name) => [name, watch]))))
    expect(seen).toEqual([
      ['block', { endpoint: 'block', at: 'pending' }],
      ['stateUpdate', { endpoint: 'stateUpdate', at: 5, includeBlock: true }],
      ['signature', { endpoint: 'signature', at: 5 }],
      ['blockTraces', { endpoint: 'blockTraces', at: 5 }],
      ['preConfirmedBlock', { endpoint: 'preConfirmedBlock', at: 5 }],
      ['transaction', { endpoint: 'transaction', hash: '0x1' }],
      ['classByHash', { endpoint: 'classByHash', hash: '0x2' }],
      ['compiledClassByHash', { endpoint: 'compiledClassByHash', hash: '0x3' }],
      ['publicKey', { endpoint: 'publicKey' }],
      [undefined, { endpoint: 'contractAddresses' }],
    ])
  })

  test('hooks can be changed while it is in use', async () => {
    const answers = tamper(truth, { block: replaceWith('1') })
    expect(await text(answers.block(0))).toBe('1')
    answers.hooks = { block: replaceWith('2') }
    expect(await text(answers.block(0))).toBe('2')
    expect(await text(answers.signature(0))).toBe('["signature",0]')
  })

  test('atBlocks leaves the other blocks alone', async () => {
    const answers = tamper(truth, { block: atBlocks([3, 'pending'], replaceWith('{}')) })
    expect(await text(answers.block(3))).toBe('{}')
    expect(await text(answers.block('pending'))).toBe('{}')
    expect(await text(answers.block(4))).toBe('["block",4]')
  })

  test('editJson', async () => {
    const edit = editJson<unknown[]>((answer, { endpoint }) => [...answer, endpoint])
    expect(await text(tamper(truth, { block: edit }).block(1))).toBe('["block",1,"block"]')
    expect(await tamper(truth, { contractAddresses: edit }).contractAddresses()).toBeUndefined()
    const forgetful = tamper(truth, { block: editJson(() => undefined) })
    await expect(forgetful.block(1)).rejects.toThrow('returned nothing')
  })

  test('setJson', async () => {
    const answers: FeederAnswers = { ...truth, block: async () => bytes('{"a": [{"b": 1}, {"b": 2, "c": 3}]}') }
    const block = (path: readonly [...(string | number)[], string | number], value: unknown) =>
      text(tamper(answers, { block: setJson(path, value) }).block(1))
    expect(await block(['a', 1, 'b'], '0x5')).toBe('{"a":[{"b":1},{"b":"0x5","c":3}]}')
    expect(await block(['a', 1, 'b'], undefined)).toBe('{"a":[{"b":1},{"c":3}]}')
    expect(await block(['d'], null)).toBe('{"a":[{"b":1},{"b":2,"c":3}],"d":null}')
    await expect(block(['a', 2, 'b'], 1)).rejects.toThrow('nothing to set at a.2.b')
  })

  test('truncate and nothing at all', async () => {
    expect(await text(tamper(truth, { block: truncate(4) }).block(1))).toBe('["bl')
    expect(await text(tamper(truth, { block: truncate(-1) }).block(1))).toBe('["block",1')
    expect(await tamper(truth, { block: () => undefined }).block(1)).toBeUndefined()
  })

  test('refuseWith', async () => {
    const answers = tamper(truth, { block: refuseWith(503, { code: 'X' }), signature: refuseWith(429) })
    await expect(answers.block(1)).rejects.toBeInstanceOf(FeederError)
    await expect(answers.block(1)).rejects.toMatchObject({ data: { status: 503, code: 'X' } })
    await expect(answers.signature(1)).rejects.toMatchObject({ data: { status: 429, code: '429' } })
  })
})
