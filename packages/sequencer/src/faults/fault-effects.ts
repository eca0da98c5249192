import { hexFromFelt, parseFelt } from '@deoxys/core'
import { FeederError, undeclaredClass } from '../feeder-error.ts'
import type { RawJson } from '../raw-json.ts'
import { NetworkKey } from '../simulated/network-key.ts'
import type { Random } from '../simulated/random.ts'
import type { Fault, FaultKind } from './fault-plan.ts'
import type { FaultRequest, Strike } from './faults.ts'

/** What a proxy says for a gateway that is not there. */
const PROXY_PAGE = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>'

/** The mean of an exponential latency, as a part of its range. */
const EXPONENTIAL_MEAN = 1 / 5

type FaultOf<K extends FaultKind> = Extract<Fault, { readonly kind: K }>

/** Milliseconds. */
export function latencyOf({ ms, distribution = 'uniform' }: FaultOf<'latency'>, random: Random): number {
  if (typeof ms === 'number') return ms
  const [min, max] = ms
  const even = Number(random.bits(32)) / 2 ** 32
  const part = distribution === 'uniform' ? even : Math.min(1, -Math.log(1 - even) * EXPONENTIAL_MEAN)
  return min + (max - min) * part
}

/** The refusal that strikes in the place of an answer, if one does. */
export function refusalOf(strikes: readonly Strike[], { query }: FaultRequest): FeederError | undefined {
  for (const { fault } of strikes) {
    if (fault.kind === 'status') return statusRefusal(fault)
    if (fault.kind === 'missing-class') return undeclaredClass(query.get('classHash') ?? '')
  }
  return undefined
}

function statusRefusal({ status, code = String(status), body, retryAfterS }: FaultOf<'status'>): FeederError {
  const headers: Record<string, string> = retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }
  return new FeederError(status, code, `${status}: as the fault plan has it`, {
    headers,
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  })
}

/** The body as the strikes leave it. */
export function changeBody(body: RawJson, strikes: readonly Strike[]): RawJson {
  return strikes.reduce((changed, { fault, random }) => {
    switch (fault.kind) {
      case 'field':
        return changeField(changed, fault, random)
      case 'foreign-signature':
        return signOtherwise(changed)
      case 'truncate':
        return changed.subarray(0, fault.bytes ?? changed.length >> 1)
      case 'garbage':
        return Buffer.from(fault.text ?? PROXY_PAGE)
      default:
        return changed
    }
  }, body)
}

/** The last object or list on the way to a place, and the name there. */
interface Place {
  readonly parent: Record<string, unknown>
  readonly name: string
}

/** Leaves a body alone that is not JSON, or has no such place. */
function changeField(body: RawJson, fault: FaultOf<'field'>, random: Random): RawJson {
  const root = parse(body)
  const place = findPlace(root, fault.path.split('.'), random)
  if (place === undefined) return body
  const { parent, name } = place
  parent[name] = 'value' in fault ? fault.value : wrongValue(parent[name])
  return Buffer.from(JSON.stringify(root))
}

function findPlace(root: unknown, path: readonly string[], random: Random): Place | undefined {
  let place: Place | undefined
  let at = root
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined
    const parent = at as Record<string, unknown>
    const names = Object.keys(parent)
    if (step === '*' && names.length === 0) return undefined
    const name = step === '*' ? random.pick(names) : step
    if (!(name in parent)) return undefined
    place = { parent, name }
    at = parent[name]
  }
  return place
}

/** Of the same kind, and not the same: of objects and lists, an empty one or one with more in it. */
function wrongValue(value: unknown): unknown {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'boolean') return !value
  if (typeof value === 'string') {
    if (/^0x[0-9a-f]+$/i.test(value)) return value.slice(0, -1) + (value.endsWith('1') ? '2' : '1')
    return `${value}?`
  }
  if (Array.isArray(value)) return value.length > 0 ? value.slice(1) : ['0x1']
  return value === null ? '0x1' : {}
}

/** `{block_hash, signature}`, or the signature beside a block. */
interface Signed {
  readonly block_hash?: string
  readonly block?: { readonly block_hash?: string }
  signature?: readonly string[]
}

const foreignKey = new NetworkKey('foreign')

function signOtherwise(body: RawJson): RawJson {
  const answer = parse(body) as Signed | undefined
  const hash = parseFelt(answer?.block_hash ?? answer?.block?.block_hash ?? '')
  if (answer?.signature === undefined || hash === undefined) return body
  answer.signature = foreignKey.sign(hash).map((value) => hexFromFelt(value))
  return Buffer.from(JSON.stringify(answer))
}

function parse(body: RawJson): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString())
  } catch {
    return undefined
  }
}
