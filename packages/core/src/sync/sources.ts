import type { Clock } from '../base/clock.ts'
import type { Felt } from '../base/felt.ts'
import type { BlockSource } from '../gateway/block-source.ts'

/** A source that gave a wrong block is asked last for so long, and one that named a block nobody has is not believed. */
export const DISTRUST_MS = 300_000

/** A failure counts half as much after each such time, in milliseconds. */
export const FAILURE_HALF_LIFE_MS = 30_000

/** A smaller share of the heights is none: one slow height holds up all behind it. */
export const SHARE_MIN = 1 / 50

/** A source without a share is asked for a height so often all the same: how else would it show that it is well again? */
export const PROBE_MS = 30_000

/** Weight of the newest answer in the latency of a source. */
const LATENCY_WEIGHT = 0.2

/** Answers faster than this are equally fast, in milliseconds. */
const LATENCY_MS_MIN = 10

/** Sends neighbouring heights to different sources, in even shares (the golden ratio's fraction). */
const SPREAD = (Math.sqrt(5) - 1) / 2

export interface SyncHead {
  readonly number: number
  readonly hash: Felt
}

/** What came of asking a source for a block: an answer after so long, none, or one that proved wrong. */
export type Outcome = { readonly answeredMs: number } | 'failed' | 'wrong'

/** How a source has fared. */
interface Health {
  readonly source: BlockSource
  /** Smoothed; undefined before its first answer. */
  latencyMs: number | undefined
  /** Failures of late, as of `failuresAt`. */
  failures: number
  failuresAt: number
  askedAt: number
  wrongUntil: number
  disbelievedUntil: number
  /** What it named as its newest block when it answered last. */
  head: SyncHead | undefined
}

/**
 * The sources of a node, and which to ask. The faster and the more reliable one is, the more heights it is asked for; one
 * that gave a wrong block comes last for a while, and nobody is written off.
 */
export class Sources {
  readonly all: readonly BlockSource[]
  readonly #health: readonly Health[]
  readonly #clock: Clock

  constructor(all: readonly BlockSource[], clock: Clock) {
    if (all.length === 0) throw new Error('sync needs a source')
    this.all = all
    this.#clock = clock
    this.#health = all.map((source) => ({
      source,
      latencyMs: undefined,
      failures: 0,
      failuresAt: clock.now(),
      askedAt: clock.now(),
      wrongUntil: Number.NEGATIVE_INFINITY,
      disbelievedUntil: Number.NEGATIVE_INFINITY,
      head: undefined,
    }))
  }

  /** Whom to ask for a height that `tried` were asked for already: of those asked least, one that is well. */
  pick(number: number, tried: readonly BlockSource[]): BlockSource {
    const timesTried = ({ source }: Health) => tried.filter((one) => one === source).length
    const least = leastBy(this.#health, timesTried)
    const candidates = leastBy(least, (health) => this.#rank(health, number))
    const weights = this.#weights(candidates)
    const now = this.#clock.now()
    const probed = candidates.find(({ askedAt }, i) => weights[i] === 0 && now - askedAt >= PROBE_MS)
    const picked = probed ?? candidates.at(draw(weights, (number * SPREAD) % 1))!
    picked.askedAt = now
    return picked.source
  }

  report(source: BlockSource, outcome: Outcome): void {
    const health = this.#of(source)
    const now = this.#clock.now()
    if (outcome === 'wrong') health.wrongUntil = now + DISTRUST_MS
    if (typeof outcome === 'string') {
      health.failures = this.#failures(health) + 1
      health.failuresAt = now
    } else {
      const { latencyMs = outcome.answeredMs } = health
      health.latencyMs = latencyMs + LATENCY_WEIGHT * (outcome.answeredMs - latencyMs)
    }
  }

  /** The typical time of an answer of the fastest source, in milliseconds; 0 before there was one. */
  get latencyMs(): number {
    const known = this.#health.flatMap(({ latencyMs }) => latencyMs ?? [])
    return known.length === 0 ? 0 : Math.min(...known)
  }

  /** The source said that this is its newest block. */
  named(source: BlockSource, head: SyncHead): void {
    this.#of(source).head = head
  }

  /** Whether the source may say where the chain ends. */
  isBelieved(source: BlockSource): boolean {
    return this.#clock.now() >= this.#of(source).disbelievedUntil
  }

  /**
   * No source has block `number`: those that named it, or one above, are not believed for a while.
   * @returns their names; none where no other source says that the chain ends before it, and then all are believed
   */
  disbelieve(number: number): string[] {
    const believed = this.#health.filter(({ source, head }) => head !== undefined && this.isBelieved(source))
    const liars = believed.filter(({ head }) => head!.number >= number)
    if (liars.length === 0 || liars.length === believed.length) return []
    for (const liar of liars) liar.disbelievedUntil = this.#clock.now() + DISTRUST_MS
    return liars.map(({ source }) => source.name)
  }

  #of(source: BlockSource): Health {
    return this.#health.find((health) => health.source === source)!
  }

  /** Lower is asked sooner. */
  #rank({ wrongUntil, head }: Health, number: number): number {
    if (this.#clock.now() < wrongUntil) return 2
    return head !== undefined && head.number < number ? 1 : 0
  }

  /** By the square of the time an answer takes: a height that one slow source holds up holds up the ones behind it. */
  #weights(candidates: readonly Health[]): number[] {
    const { latencyMs: best } = this
    const weights = candidates.map((health) => {
      const latencyMs = Math.max(LATENCY_MS_MIN, health.latencyMs ?? best)
      return (latencyMs * (1 + this.#failures(health))) ** -2
    })
    const least = SHARE_MIN * weights.reduce((sum, weight) => sum + weight, 0)
    return weights.map((weight) => (weight < least ? 0 : weight))
  }

  #failures({ failures, failuresAt }: Health): number {
    return failures * 2 ** ((failuresAt - this.#clock.now()) / FAILURE_HALF_LIFE_MS)
  }
}

/** The index that `at`, 0 ≤ at < 1, falls on when each has its share by weight; -1 at the very end. */
function draw(weights: readonly number[], at: number): number {
  let rest = at * weights.reduce((sum, weight) => sum + weight, 0)
  return weights.findIndex((weight) => {
    rest -= weight
    return rest < 0
  })
}

/** Those for which `value` is least. */
function leastBy<T>(items: readonly T[], value: (item: T) => number): T[] {
  const values = items.map(value)
  const least = Math.min(...values)
  return items.filter((_, i) => values[i] === least)
}
