import { type Clock, systemClock } from '@deoxys/core'
import type { FeederAnswers } from '../feeder-answers.ts'
import { Random } from '../simulated/random.ts'
import { tamper } from '../tamper.ts'
import type { Fault, FaultPlan } from './fault-plan.ts'

/** Bits of a draw against a probability: what a double holds exactly. */
const LUCK_BITS = 53

export interface FaultsOptions {
  /** None unless given. */
  readonly plan?: FaultPlan
  /** What latency is measured with. */
  readonly clock?: Clock
}

/** A request as faults see it. */
export interface FaultRequest {
  /** `get_block` and the like. */
  readonly endpoint: string
  readonly query: URLSearchParams
}

/** A fault that strikes a request, and its own random numbers. */
export interface Strike<F extends Fault = Fault> {
  readonly fault: F
  readonly random: Random
}

/** A fault of the plan in force, and how it went so far. */
interface Armed {
  readonly fault: Fault
  readonly random: Random
  matched: number
  struck: number
  /** Of `stale`: what `latest` was. */
  frozen: number | undefined
}

/** The faults of a gateway, which can be changed while it runs. Give it to a `FeederServer`. */
export class Faults {
  readonly clock: Clock
  #armed: readonly Armed[] = []

  constructor({ plan, clock = systemClock }: FaultsOptions = {}) {
    this.clock = clock
    if (plan !== undefined) this.use(plan)
  }

  /** From now on this plan is in force, from its beginning. `{faults: []}` ends all misbehaviour. */
  use({ seed = 0, faults }: FaultPlan): void {
    this.#armed = faults.map((fault, i) => {
      return { fault, random: new Random(`${seed}/fault/${i}`), matched: 0, struck: 0, frozen: undefined }
    })
  }

  /** How often each fault of the plan has struck. */
  get counts(): readonly number[] {
    return this.#armed.map(({ struck }) => struck)
  }

  /** What strikes this request, and the answers as it sees them: with a `latest` that may be wrong. */
  async strike(
    request: FaultRequest,
    answers: FeederAnswers,
  ): Promise<{ readonly strikes: readonly Strike[]; readonly answers: FeederAnswers }> {
    if (this.#armed.length === 0) return { strikes: [], answers }
    const block = await blockOf(request, answers)
    const strikes: Strike[] = []
    let latest = answers.latest()
    for (const armed of this.#armed) {
      const { fault } = armed
      if (!matches(fault, request, block)) continue
      armed.matched += 1
      if (!isDue(armed)) continue
      armed.struck += 1
      if (fault.kind === 'stale') latest = armed.frozen ??= latest
      else if (fault.kind === 'height-back') latest = latest === undefined ? undefined : Math.max(0, latest - fault.by)
      else strikes.push(armed)
    }
    return { strikes, answers: latest === answers.latest() ? answers : tamper(answers, { latest: () => latest }) }
  }
}

/** Consumes one random number for each request that matches, whatever comes of it. */
function isDue({ fault, random, matched, struck }: Armed): boolean {
  const { after = 0, count = Number.POSITIVE_INFINITY, probability = 1 } = fault
  const luck = probability < 1 ? Number(random.bits(LUCK_BITS)) / 2 ** LUCK_BITS : 0
  return matched > after && struck < count && luck < probability
}

function matches(fault: Fault, { endpoint, query }: FaultRequest, block: number | undefined): boolean {
  const { endpoint: wanted, blocks } = fault
  if (wanted !== undefined && !(typeof wanted === 'string' ? wanted === endpoint : wanted.includes(endpoint)))
    return false
  if (blocks !== undefined && !blocks.some((entry) => isIn(block, entry))) return false
  switch (fault.kind) {
    case 'stale':
    case 'height-back':
      return isAboutLatest(endpoint, query)
    case 'missing-class':
      return CLASS_ENDPOINTS.includes(endpoint)
    case 'foreign-signature':
      return endpoint === 'get_signature' || query.get('includeSignature') === 'true'
    default:
      return true
  }
}

const CLASS_ENDPOINTS = ['get_class_by_hash', 'get_compiled_class_by_class_hash']
const BLOCK_ENDPOINTS = ['get_block', 'get_state_update', 'get_signature', 'get_block_traces']

function isIn(block: number | undefined, entry: number | readonly [first: number, last: number]): boolean {
  if (block === undefined) return false
  return typeof entry === 'number' ? block === entry : entry[0] <= block && block <= entry[1]
}

function isAboutLatest(endpoint: string, query: URLSearchParams): boolean {
  if (!BLOCK_ENDPOINTS.includes(endpoint) || query.get('blockHash') !== null) return false
  return ['latest', 'null'].includes(query.get('blockNumber') ?? 'latest')
}

/** The number of the block that is asked for, where there is one. */
async function blockOf({ endpoint, query }: FaultRequest, answers: FeederAnswers): Promise<number | undefined> {
  if (isAboutLatest(endpoint, query)) return answers.latest()
  const [number, hash] = [query.get('blockNumber'), query.get('blockHash')]
  if (hash !== null) return answers.blockNumber(hash)
  return number !== null && /^[0-9]+$/.test(number) && !CLASS_ENDPOINTS.includes(endpoint) ? Number(number) : undefined
}
