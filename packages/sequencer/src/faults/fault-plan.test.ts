import { InputError } from '@deoxys/core'
import { expect, test } from 'vitest'
import { decodeFaultPlan, FAULTS_MAX } from './fault-plan.ts'

test('a plan with every kind is what it was', () => {
  const plan = {
    seed: -3,
    faults: [
      { kind: 'latency', ms: 5 },
      { kind: 'latency', ms: [1, 5], distribution: 'exponential', probability: 0.5 },
      { kind: 'status', status: 429, retryAfterS: 2, code: 'X', body: '', count: 3 },
      { kind: 'hang' },
      { kind: 'hang', ms: 10 },
      { kind: 'reset', bytes: 0 },
      { kind: 'truncate' },
      { kind: 'garbage', text: '<html>' },
      { kind: 'stale', after: 2 },
      { kind: 'height-back', by: 3 },
      { kind: 'field', path: 'block.transactions.*.nonce', value: null, endpoint: 'get_state_update' },
      { kind: 'missing-class', endpoint: ['get_class_by_hash', 'get_compiled_class_by_class_hash'] },
      { kind: 'foreign-signature', blocks: [1, [5, 9]] },
    ],
  }
  expect(decodeFaultPlan(plan)).toEqual(plan)
  expect(decodeFaultPlan({ faults: [] })).toEqual({ faults: [] })
})

test.each<[unknown, RegExp]>([
  [[], /the fault plan is not a JSON object/],
  [{}, /faults is not a list/],
  [{ faults: [], sead: 1 }, /sead is not known here/],
  [{ faults: [], seed: 0.5 }, /seed is not a whole number/],
  [{ faults: [7] }, /faults.0 is not a JSON object/],
  [{ faults: [{ kind: 'hang' }, { kind: 'hung' }] }, /faults.1: kind is none of latency, /],
  [{ faults: [{ kind: 'hang', path: 'x' }] }, /path is not known here/],
  [{ faults: [{ kind: 'latency' }] }, /ms is not a number/],
  [{ faults: [{ kind: 'latency', ms: [5, 1] }] }, /ms is not two numbers/],
  [{ faults: [{ kind: 'latency', ms: [1, 2], distribution: 'normal' }] }, /distribution is none of/],
  [{ faults: [{ kind: 'status', status: 200 }] }, /status is not a number from 400 to 599/],
  [{ faults: [{ kind: 'height-back', by: 0 }] }, /by is not a number from 1/],
  [{ faults: [{ kind: 'field' }] }, /path is not a text/],
  [{ faults: [{ kind: 'hang', endpoint: 'get_blocks' }] }, /names get_blocks, which is no endpoint/],
  [{ faults: [{ kind: 'hang', blocks: [[1, 2, 3]] }] }, /blocks is not numbers/],
  [{ faults: [{ kind: 'hang', probability: 2 }] }, /probability is not a number from 0 to 1/],
  [{ faults: [{ kind: 'hang', count: -1 }] }, /count is not a number from 0/],
  [{ faults: Array(FAULTS_MAX + 1).fill({ kind: 'hang' }) }, /more than 1000/],
])('%j is refused', (json, reason) => {
  expect(() => decodeFaultPlan(json)).toThrow(InputError)
  expect(() => decodeFaultPlan(json)).toThrow(reason)
})
