import type { Clock } from '@deoxys/core'

/** Turns of the event loop in which nothing may happen before time goes on: steps of work that follow one another. */
const QUIET_TURNS = 50

/** Time that stands still while anybody works, then jumps to the end of the shortest sleep. */
export class EventClock implements Clock {
  readonly #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>()
  #now = 0
  #working = 0
  #isRunning = false

  now(): number {
    return this.#now
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = () => resolve()
    const sleeper = { until: this.#now + ms, wake }
    this.#sleepers.add(sleeper)
    signal.addEventListener('abort', wake)
    if (!this.#isRunning) void this.#run()
    await promise
    signal.removeEventListener('abort', wake)
    this.#sleepers.delete(sleeper)
    signal.throwIfAborted()
  }

  /** `work`, which takes no time. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#working += 1
    try {
      return await work()
    } finally {
      this.#working -= 1
    }
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    for (let quiet = 0; this.#sleepers.size > 0; ) {
      await new Promise(setImmediate)
      quiet = this.#working > 0 ? 0 : quiet + 1
      if (quiet < QUIET_TURNS) continue
      quiet = 0
      this.#now = Math.min(...[...this.#sleepers].map(({ until }) => until))
      for (const { until, wake } of this.#sleepers) if (until === this.#now) wake()
    }
    this.#isRunning = false
  }
}
