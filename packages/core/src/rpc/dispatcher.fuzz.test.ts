import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonValue } from '../base/json.ts'
import { type Log, SILENT_LOG } from '../base/log.ts'
import { Rpc } from './dispatcher.ts'
import { printJson } from './json-text.ts'
import { createSampleBackend, SAMPLE_BLOCKS } from './testing/sample-node.ts'
import { NEEDS_SPEC, SPEC_DIR, Spec } from './testing/spec.ts'
import { V0_10 } from './versions.ts'

/** Requests of a run. */
const RUNS = 5_000

const internalErrors: object[] = []
const log: Log = { ...SILENT_LOG, error: (fields) => internalErrors.push(fields) }
const rpc = new Rpc({ routes: V0_10, backend: createSampleBackend({ log }) })
const spec = SPEC_DIR === null ? undefined : new Spec('v0_10')

const hashes = SAMPLE_BLOCKS.flatMap(({ transactions }) =>
  transactions.map(({ receiptJson }) => receiptJson.transaction_hash),
)

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.constantFrom('__proto__', 'constructor', `0x${'f'.repeat(64)}`, '0x', -0, 1e308, 2 ** 32, 2 ** 53),
)

const felt = fc.oneof(
  fc.constantFrom('0x0', '0x1', '0x2', '0xacc', '0xc0', '0x51e', '0x5107', '0x00ACC', ...hashes),
  fc.bigInt({ min: 0n, max: 2n ** 252n }).map((value) => `0x${value.toString(16)}`),
)

const blockId = fc.oneof(
  fc.constantFrom('latest', 'l1_accepted', 'pre_confirmed', 'pending'),
  fc.record({ block_number: fc.oneof(fc.integer({ min: -1, max: 5 }), anything) }),
  fc.record({ block_hash: fc.oneof(fc.constantFrom('0xb0001', '0xb0301'), felt) }),
)

const flags = fc.array(fc.constantFrom('INCLUDE_PROOF_FACTS', 'INCLUDE_LAST_UPDATE_BLOCK'), { maxLength: 2 })

const VALUES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  block_id: blockId,
  index: fc.integer({ min: -1, max: 9 }),
  response_flags: flags,
  contract_addresses: fc.array(felt, { maxLength: 3 }),
}

/** Mostly right, each parameter now and then not. */
const call = fc.constantFrom(...(Object.keys(V0_10) as (keyof typeof V0_10)[])).chain((method) => {
  const names = Object.keys(V0_10[method].params)
  const values = names.map(
    (name) => [name, fc.oneof({ weight: 12, arbitrary: VALUES[name] ?? felt }, anything)] as const,
  )
  const byName = fc.record(Object.fromEntries(values), { noNullPrototype: true })
  const byPosition = fc.tuple(...values.map(([, value]) => value))
  const params = fc.oneof({ weight: 5, arbitrary: byName }, { weight: 5, arbitrary: byPosition }, anything)
  return fc.record({ method: fc.constant(method), params })
})

const id = fc.oneof(fc.integer(), fc.string(), fc.constant(null), anything)

const request = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(call, fc.option(id, { nil: undefined }), fc.constantFrom('2.0', '2.0', '2.0', '1.0'))
      .map(([{ method, params }, given, jsonrpc]) => ({
        jsonrpc,
        method,
        params,
        ...(given !== undefined && { id: given }),
      })),
  },
  {
    weight: 1,
    arbitrary: fc.record({ jsonrpc: anything, id, method: fc.oneof(fc.string(), anything), params: anything }),
  },
  { weight: 1, arbitrary: anything },
)

const bodies = fc
  .oneof({ weight: 6, arbitrary: request }, { weight: 1, arbitrary: fc.array(request, { maxLength: 6 }) })
  .map((value) => printJson(value))

/** Cut, doubled, or with a byte changed. */
const damaged = fc
  .tuple(bodies, fc.nat(), fc.nat(255), fc.constantFrom('cut', 'byte', 'double'))
  .map(([text, at, byte, how]) => {
    const bytes = Buffer.from(text)
    if (how === 'cut') return bytes.subarray(0, at % (bytes.length + 1))
    if (how === 'double') return Buffer.concat([bytes, bytes])
    bytes[at % bytes.length] = byte
    return bytes
  })

interface Answer {
  readonly jsonrpc: unknown
  readonly id: JsonValue
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string }
}

function expectAnswer(answer: Answer): void {
  expect(answer.jsonrpc).toBe('2.0')
  expect(answer.id === null || ['string', 'number'].includes(typeof answer.id)).toBe(true)
  expect(Object.keys(answer).sort()).toEqual(['id', 'jsonrpc', 'result' in answer ? 'result' : 'error'].sort())
  if (answer.error !== undefined) {
    expect(Number.isInteger(answer.error.code) && typeof answer.error.message === 'string').toBe(true)
    expect(answer.error.code).not.toBe(-32603)
  }
}

test(`answers anything well${NEEDS_SPEC && ', results unchecked'}`, async () => {
  const seed = Date.now() % 2 ** 31
  let results = 0
  await fc
    .assert(
      fc.asyncProperty(fc.oneof({ weight: 4, arbitrary: bodies }, { weight: 1, arbitrary: damaged }), async (body) => {
        const text = await rpc.handle(body)
        if (text === undefined) return
        const answer: Answer | Answer[] = JSON.parse(text)
        if (Array.isArray(answer)) expect(answer.length).toBeGreaterThan(0)
        for (const one of [answer].flat()) expectAnswer(one)
        if (Array.isArray(answer) || !('result' in answer)) return
        results += 1
        const { method }: { method: string } = JSON.parse(body.toString())
        expect(spec?.checkResult(method, answer.result) ?? '').toBe('')
      }),
      { numRuns: RUNS, seed },
    )
    .catch((error: Error) => {
      throw new Error(`seed ${seed}: ${error.message}`)
    })
  expect(internalErrors, `seed ${seed}`).toEqual([])
  // Or the requests are too wild to say anything about results.
  expect(results, `seed ${seed}`).toBeGreaterThan(RUNS / 10)
})
