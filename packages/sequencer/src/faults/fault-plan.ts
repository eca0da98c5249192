import { InputError } from '@deoxys/core'
import { ROUTES } from '../feeder-routes.ts'
import { type Fields, readFields } from './read-fields.ts'

/**
 * How a gateway misbehaves: what stands in the file of `--faults`, and in the body of `POST /admin/faults`.
 *
 *     {
 *       "seed": 7,
 *       "faults": [
 *         { "kind": "latency", "ms": [20, 200], "probability": 0.3 },
 *         { "kind": "status", "status": 429, "retryAfterS": 1, "count": 5 },
 *         { "kind": "field", "endpoint": "get_state_update", "blocks": [7, [10, 19]],
 *           "path": "block.transactions.*.nonce", "count": 3 }
 *       ]
 *     }
 *
 * A request meets every fault that matches it and that its luck does not spare, in the order of the list. Equal plans
 * strike equal sequences of requests in the same way.
 */
export interface FaultPlan {
  /** A safe integer; 0 unless given. */
  readonly seed?: number
  /** At most `FAULTS_MAX`. */
  readonly faults: readonly Fault[]
}

/** Which requests a fault may strike, and how often. */
export interface FaultMatch {
  /** `get_state_update` and the like, one or several; all of them unless given. */
  readonly endpoint?: string | readonly string[]
  /** Numbers, and first and last of ranges. Then only requests about one of these blocks; `latest` is the number it means. */
  readonly blocks?: readonly (number | readonly [first: number, last: number])[]
  /** Of the requests that match, so many are let through first; none unless given. */
  readonly after?: number
  /** Strikes at most so often; without end unless given. */
  readonly count?: number
  /** Of each request that matches, 0 to 1; 1 unless given. */
  readonly probability?: number
}

export type Fault = FaultMatch &
  (
    | {
        /** The answer takes its time: so many ms, or between so many, drawn evenly or, as `exponential`, rarely near the end. */
        readonly kind: 'latency'
        readonly ms: number | readonly [min: number, max: number]
        readonly distribution?: 'uniform' | 'exponential'
      }
    | {
        /** Refused with an HTTP status from 400 on; `retryAfterS` is sent as `Retry-After`. */
        readonly kind: 'status'
        readonly status: number
        readonly retryAfterS?: number
        /** As `StarknetErrorCode.BLOCK_NOT_FOUND`; the status unless given. */
        readonly code?: string
        /** In place of `{"code", "message"}`. */
        readonly body?: string
      }
    | {
        /** No answer; the connection is cut after `ms`, or when the client has had enough. */
        readonly kind: 'hang'
        readonly ms?: number
      }
    | {
        /** The connection is reset behind so many bytes of the body, half of them unless given. */
        readonly kind: 'reset'
        readonly bytes?: number
      }
    | {
        /** A whole answer over HTTP, its JSON cut behind so many bytes, half of them unless given. */
        readonly kind: 'truncate'
        readonly bytes?: number
      }
    | {
        /** Some other text in place of the answer: a proxy's page unless given. */
        readonly kind: 'garbage'
        readonly text?: string
      }
    | {
        /** `latest` stays what it was when this first struck. */
        readonly kind: 'stale'
      }
    | {
        /** `latest` is so many blocks lower than it is, 0 at least. */
        readonly kind: 'height-back'
        readonly by: number
      }
    | {
        /**
         * Another value at a place in the answer: names and indices with dots between, `*` for any. Without `value`, a
         * similar one that is wrong. An answer without such a place stays as it is. Not for classes.
         */
        readonly kind: 'field'
        readonly path: string
        readonly value?: unknown
      }
    | {
        /** A class or compiled class is said not to be declared. */
        readonly kind: 'missing-class'
      }
    | {
        /** A right signature, by a key that is not the network's. */
        readonly kind: 'foreign-signature'
      }
  )

export type FaultKind = Fault['kind']

/** Faults of a plan: each request is held against every one. */
export const FAULTS_MAX = 1000

/** The longest latency and hang, an hour. */
const MS_MAX = 3_600_000

/** What each kind has besides the match. */
const KINDS: Readonly<Record<FaultKind, (fields: Fields) => void>> = {
  latency(fields) {
    if (fields.isList('ms')) fields.range('ms', 0, MS_MAX)
    else fields.number('ms', 0, MS_MAX)
    fields.optionalOneOf('distribution', ['uniform', 'exponential'])
  },
  status(fields) {
    fields.integer('status', 400, 599)
    fields.optional('retryAfterS', () => fields.integer('retryAfterS', 0, MS_MAX / 1000))
    fields.optional('code', () => fields.text('code'))
    fields.optional('body', () => fields.text('body'))
  },
  hang: (fields) => fields.optional('ms', () => fields.number('ms', 0, MS_MAX)),
  reset: (fields) => fields.optional('bytes', () => fields.integer('bytes', 0, Number.MAX_SAFE_INTEGER)),
  truncate: (fields) => fields.optional('bytes', () => fields.integer('bytes', 0, Number.MAX_SAFE_INTEGER)),
  garbage: (fields) => fields.optional('text', () => fields.text('text')),
  stale() {},
  'height-back': (fields) => fields.integer('by', 1, Number.MAX_SAFE_INTEGER),
  field(fields) {
    fields.text('path')
    fields.optional('value', () => {})
  },
  'missing-class'() {},
  'foreign-signature'() {},
}

/** What JSON says, as a plan. @throws InputError BAD_FILE that names the place */
export function decodeFaultPlan(json: unknown): FaultPlan {
  const plan = readFields(json, 'the fault plan')
  plan.optional('seed', () => plan.integer('seed', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER))
  const faults = plan.list('faults')
  plan.end()
  if (faults.length > FAULTS_MAX) throw refusal('faults', `has ${faults.length} entries, more than ${FAULTS_MAX}`)
  faults.forEach((fault, i) => {
    checkFault(readFields(fault, `faults.${i}`))
  })
  return json as FaultPlan // Every member has just been looked at.
}

function checkFault(fields: Fields): void {
  const kind = fields.oneOf('kind', Object.keys(KINDS) as FaultKind[])
  KINDS[kind](fields)
  fields.optional('endpoint', () => {
    for (const name of fields.isList('endpoint') ? fields.list('endpoint') : [fields.text('endpoint')]) {
      if (typeof name !== 'string' || !ROUTES.has(name)) fields.fail('endpoint', `names ${name}, which is no endpoint`)
    }
  })
  fields.optional('blocks', () => {
    for (const block of fields.list('blocks'))
      if (!isBlocks(block)) fields.fail('blocks', 'is not numbers and [first, last]')
  })
  fields.optional('after', () => fields.integer('after', 0, Number.MAX_SAFE_INTEGER))
  fields.optional('count', () => fields.integer('count', 0, Number.MAX_SAFE_INTEGER))
  fields.optional('probability', () => fields.number('probability', 0, 1))
  fields.end()
}

function isBlocks(value: unknown): boolean {
  const isNumber = (number: unknown) => Number.isSafeInteger(number) && Number(number) >= 0
  return isNumber(value) || (Array.isArray(value) && value.length === 2 && value.every(isNumber))
}

function refusal(place: string, reason: string): InputError {
  return new InputError(`${place} ${reason}`, { code: 'BAD_FILE', place })
}
