import type { Clock } from '../base/clock.ts'

/**
 * Attempts after the first: with the delays below they span 8 seconds at most, a hiccup of a load balancer. Whoever asked
 * may ask again, and another source in between.
 */
export const RETRIES_MAX = 4

/** Before the first retry at most; doubled for each one after it. */
export const BACKOFF_MS = 500

/** The longest back-off. */
export const BACKOFF_MS_MAX = 10_000

/** The longest `Retry-After` that is obeyed: what asks for more is asked again after this. */
export const RETRY_AFTER_MS_MAX = 300_000

/** Requests held back by a pause go on spread over as long again, or over this, or they would run into the next one together. */
export const RESUME_SPREAD_MS = 1000

/** Exponential with full jitter. `retry` counts from 0, `random` gives 0 ≤ x < 1. */
export function backoffMs(retry: number, random: () => number): number {
  return random() * Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** retry)
}

/** What a `Retry-After` header asks for, seconds or a date, capped; undefined for anything else. */
export function parseRetryAfter(header: unknown, now: number): number | undefined {
  if (typeof header !== 'string') return undefined
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), RETRY_AFTER_MS_MAX)
}

/** A time before which no request of a client may start. */
export class Pause {
  readonly #clock: Clock
  readonly #random: () => number
  #until = 0

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock
    this.#random = random
  }

  /** Nothing starts for `ms` from now, or for longer where that was asked before. */
  extend(ms: number): void {
    this.#until = Math.max(this.#until, this.#clock.now() + ms)
  }

  /** Resolves when there is no pause (any more). @throws signal.reason */
  async wait(signal: AbortSignal): Promise<void> {
    while (true) {
      const restMs = this.#until - this.#clock.now()
      if (restMs <= 0) return
      await this.#clock.sleep(restMs + this.#random() * Math.min(restMs, RESUME_SPREAD_MS), signal)
    }
  }
}
