import type { Clock } from '../base/clock.ts'
import type { BlockSource } from '../gateway/block-source.ts'
import type { PreConfirmed } from './pre-confirmed.ts'
import { isRefusal } from './refusal.ts'
import type { Sources, SyncHead } from './sources.ts'

/** Between looks at the head once it is reached: the later the next block is, the longer, in milliseconds. */
export const HEAD_POLL_MS_MIN = 500
export const HEAD_POLL_MS_MAX = 2000

/** The wait as a share of the time since the last new head: blocks every 30 seconds are seen within one. */
const HEAD_POLL_SHARE = 1 / 30

/** How long the other sources have to name their head, once one has. */
const HEAD_GRACE_MS = 1000

export interface HeadFollowerOptions {
  readonly sources: Sources
  /** Polled with the head; without it, only the head is. */
  readonly preConfirmed: PreConfirmed | undefined
  readonly clock: Clock
}

/** Watches where the chain ends. */
export class HeadFollower {
  readonly #options: HeadFollowerOptions
  #latest: SyncHead | undefined
  #changedAt: number
  readonly #asking = new Map<BlockSource, Promise<SyncHead>>()
  /** Ends the rest that is under way. */
  #closed = new AbortController()

  constructor(options: HeadFollowerOptions) {
    this.#options = options
    this.#changedAt = options.clock.now()
  }

  /** The newest block that any believed source named when they were asked last. */
  get latest(): SyncHead | undefined {
    return this.#latest
  }

  /**
   * Asks all. The highest counts: a source that stands still must not hold the node back, and one that is slow need not be
   * heard once there is something to do.
   * @param known the stored head, -1 before the first @throws what all fail with
   */
  async fetchLatest(known: number, signal: AbortSignal): Promise<SyncHead> {
    const { sources, clock } = this.#options
    const heads: { readonly head: SyncHead; readonly isBelieved: boolean }[] = []
    const isEnough = new AbortController()
    const asked = sources.all.map(async (source) => {
      const head = await this.#ask(source, signal)
      const isBelieved = sources.isBelieved(source)
      heads.push({ head, isBelieved })
      if (isBelieved && head.number > known) isEnough.abort()
    })
    await Promise.any(asked).catch(({ errors }: AggregateError) => {
      throw errors.find((error) => !isRefusal(error)) ?? errors.at(-1)
    })
    const grace = clock.sleep(HEAD_GRACE_MS, AbortSignal.any([signal, isEnough.signal]))
    await Promise.race([Promise.allSettled(asked), grace.catch(() => signal.throwIfAborted())])
    isEnough.abort()
    const believed = heads.filter(({ isBelieved }) => isBelieved)
    const latest = (believed.length === 0 ? heads : believed)
      .map(({ head }) => head)
      .reduce((newest, head) => (head.number > newest.number ? head : newest))
    if (latest.number !== this.#latest?.number) this.#changedAt = clock.now()
    this.#latest = latest
    return latest
  }

  /** One question to a source at a time, however long it takes. */
  #ask(source: BlockSource, signal: AbortSignal): Promise<SyncHead> {
    const asking = this.#asking.get(source)
    if (asking !== undefined) return asking
    const answer = source.fetchLatestHeader(signal).then((head) => {
      this.#options.sources.named(source, head)
      return head
    })
    const done = () => void this.#asking.delete(source)
    this.#asking.set(source, answer)
    answer.then(done, done)
    return answer
  }

  /**
   * Rests until the next look at the head, which is at once where the pre-confirmed block shows that one was closed.
   * @param next the block after the stored head
   */
  async wait(next: number, signal: AbortSignal): Promise<void> {
    const { clock, preConfirmed } = this.#options
    const closed = new AbortController()
    this.#closed = closed
    // Beside the rest, however long it takes; a late answer ends a later rest.
    void preConfirmed?.poll(next, signal).then((isClosed) => isClosed && this.#closed.abort())
    const ms = (clock.now() - this.#changedAt) * HEAD_POLL_SHARE
    const restMs = Math.min(HEAD_POLL_MS_MAX, Math.max(HEAD_POLL_MS_MIN, ms))
    await clock.sleep(restMs, AbortSignal.any([signal, closed.signal])).catch(() => signal.throwIfAborted())
  }
}
