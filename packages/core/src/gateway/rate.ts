import type { Clock } from '../base/clock.ts'

/** Requests that may start at once where the rate is bounded: a block, its signature, a class or two. */
export const BURST = 4

/** The slowest a client goes, in requests a second. */
export const RATE_MIN = 1

/** Beyond so many requests a second the bound is gone: nobody has complained for minutes. */
export const RATE_MAX = 200

/** What a second of good answers adds, in requests a second. */
export const RATE_STEP = 1

/** Refusals within this long are one complaint: they were under way when the first came. In milliseconds. */
const COMPLAINT_MS = 1000

/** How far back the rate is looked at that was too high, in milliseconds. */
const OBSERVED_MS = 5000

/**
 * How many requests a second a gateway bears: no bound before its first 429, then a token bucket whose rate is halved by
 * a 429 and grows by `RATE_STEP` each second that it is made full use of.
 */
export class Rate {
  readonly #clock: Clock
  /** Undefined: without a bound. */
  #perSecond: number | undefined
  /** Below 0 are requests that wait for their turn. */
  #tokens = BURST
  #filledAt = 0
  #complainedAt = Number.NEGATIVE_INFINITY
  /** Requests of late, those longer ago counted less. */
  #observed = 0
  #observedAt = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Requests a second, undefined where there is no bound. */
  get perSecond(): number | undefined {
    return this.#perSecond
  }

  /** Resolves when it is the turn of one more request: first come, first served. @throws signal.reason */
  async take(signal: AbortSignal): Promise<void> {
    this.#observe(1)
    if (this.#perSecond === undefined) return
    this.#fill(this.#perSecond)
    this.#tokens -= 1
    if (this.#tokens >= 0) return
    try {
      await this.#clock.sleep((-this.#tokens / this.#perSecond) * 1000, signal)
    } catch (error) {
      this.#tokens += 1
      throw error
    }
  }

  /** The gateway said 429. */
  complain(): void {
    const now = this.#clock.now()
    if (now - this.#complainedAt < COMPLAINT_MS) return
    this.#complainedAt = now
    const tooHigh = this.#perSecond ?? this.#observe(0)
    this.#perSecond = Math.max(RATE_MIN, tooHigh / 2)
    this.#filledAt = now
    this.#tokens = Math.min(this.#tokens, 1) // Whoever was refused may ask again as soon as it may at all.
  }

  /** The gateway answered. */
  praise(): void {
    if (this.#perSecond === undefined) return
    this.#fill(this.#perSecond)
    const next = this.#perSecond + RATE_STEP / this.#perSecond
    this.#perSecond = next > RATE_MAX ? undefined : next
    if (this.#perSecond === undefined) this.#tokens = BURST
  }

  #fill(perSecond: number): void {
    const now = this.#clock.now()
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#filledAt) / 1000) * perSecond)
    this.#filledAt = now
  }

  /** Counts some requests, and says how many a second there were of late. */
  #observe(count: number): number {
    const now = this.#clock.now()
    this.#observed = this.#observed * Math.exp((this.#observedAt - now) / OBSERVED_MS) + count
    this.#observedAt = now
    return this.#observed / (OBSERVED_MS / 1000)
  }
}
