import { CheckError } from '../base/errors.ts'
import { equalFelts, type Felt } from '../base/felt.ts'
import { errorFields } from '../base/log.ts'
import type { PreConfirmedBlock } from '../chain/pre-confirmed.ts'
import type { BlockSource } from '../gateway/block-source.ts'
import type { Letter } from '../seal/letter.ts'
import { Bus } from './bus.ts'
import { HeadFollower } from './head-follower.ts'
import { LetterProducer, type ProducerOptions } from './letter-producer.ts'
import { PreConfirmed } from './pre-confirmed.ts'
import type { RawBlock } from './raw-block.ts'
import { exhausted, isParentMismatch, isRefusal, Refusals, refusedWaitMs, SourcesExhaustedError } from './refusal.ts'
import { findFork } from './reorg.ts'
import { Sources, type SyncHead } from './sources.ts'
import type { VerifiedBlock } from './verify.ts'

/** What waits for sealing: a range and the next one, and a bound on memory. */
const BUS_BOUNDS = { itemsMax: 128, bytesMax: 256 * 2 ** 20 }

/** Blocks sealed in one trie pass far from the tip. Larger commits make the database grow, and the ones after them slow. */
export const RANGE_BLOCKS_MAX = 64

/** So near the target every block is sealed by itself: there, blocks are proved and taken back one by one. */
export const TIP_DISTANCE = 100

/** Between looks at nothing, once `until` is reached. */
const IDLE_MS = 120_000

/** What sync needs of the rest of the node. */
export interface SyncOptions extends ProducerOptions {
  readonly sources: readonly BlockSource[]
  /** The same, strictly: what takes stored blocks back must hold. */
  readonly verifyFork: (raw: RawBlock) => Promise<VerifiedBlock>
  readonly head: () => SyncHead | undefined
  /** The hash of a stored block. */
  readonly hashAt: (number: number) => Felt | undefined
  /** Takes blocks back until `number` is the head. */
  readonly rewindTo: (number: number) => Promise<unknown>
  /** Commands sealing of up to so many letters, and resolves when they are stored; in manual mode someone else does. */
  readonly seal: 'manual' | ((countMax: number) => Promise<unknown>)
  /** Blocks of a range share one trie pass, unless every root is wanted. */
  readonly roots: 'range' | 'every-block'
  /** Inclusive. */
  readonly until: number | undefined
  /** Ends once the target is reached, and fails once the sources are exhausted, instead of going on for ever. */
  readonly exitWhenSynced: boolean
  /** Follows the block under construction, once the head is reached. */
  readonly preConfirmed: boolean
  /** The target is reached; called each time. */
  readonly onSynced?: () => void
  readonly onReorg?: (reorg: Reorg) => void
}

/** Blocks above `ancestor` were taken back, since the sequencer signed others. */
export interface Reorg {
  /** Number of the newest block that stays. */
  readonly ancestor: number
  /** The first and the last block that were taken back. */
  readonly removed: { readonly first: SyncHead; readonly last: SyncHead }
  /** What takes their place: the first block, which proved the reorg, and the newest one that a source named. */
  readonly added: { readonly first: SyncHead; readonly latest: SyncHead }
}

export interface SyncProgress {
  /** The height aimed at, undefined before any source answered. */
  readonly target: number | undefined
  /** The newest block that any source named when they were asked last. */
  readonly latest: SyncHead | undefined
  /** Letters on the bus, and their bytes. */
  readonly queued: number
  readonly queuedBytes: number
  /** Heights being fetched and verified. */
  readonly inFlight: number
}

/**
 * Producer and consumer, which meet only at the bus:
 *
 *     heights → fetch → verify → classes → [ bus ] → command: sealNewBlock
 *
 * How far to go `HeadFollower` tells, what to seal `LetterProducer` makes, and `Sources` knows whom to ask.
 */
export class Sync {
  readonly #options: SyncOptions
  readonly #sources: Sources
  readonly #preConfirmed: PreConfirmed
  readonly #follower: HeadFollower
  readonly #producer: LetterProducer
  readonly #refusals: Refusals
  #bus: Bus<Letter> | undefined
  #target: number | undefined

  constructor(options: SyncOptions) {
    const { sources, clock, log } = options
    this.#options = options
    this.#sources = new Sources(sources, clock)
    this.#preConfirmed = new PreConfirmed(options.preConfirmed ? sources : [], clock, log)
    this.#follower = new HeadFollower({ sources: this.#sources, preConfirmed: this.#preConfirmed, clock })
    this.#producer = new LetterProducer(options, this.#sources)
    this.#refusals = new Refusals(sources.length)
  }

  /** The receiving end of the bus, for sealing. */
  take(): Letter | undefined {
    return this.#bus?.take()
  }

  /** The letters on the bus do not go on the head (any more): fetch anew from there. */
  discard(error: unknown): void {
    this.#bus?.fail(error)
  }

  progress(): SyncProgress {
    return {
      target: this.#target,
      latest: this.#follower.latest,
      queued: this.#bus?.count ?? 0,
      queuedBytes: this.#bus?.bytes ?? 0,
      inFlight: this.#producer.inFlight,
    }
  }

  /** The block after the head, as far as a source has told of it; only at the head of the chain. */
  preConfirmed(): PreConfirmedBlock | undefined {
    return this.#preConfirmed.get(this.#next)
  }

  /**
   * Runs until `signal` is aborted, or, with `exitWhenSynced`, until the target is reached.
   * @throws SourcesExhaustedError with `exitWhenSynced` @throws what storing fails with
   */
  async run(signal: AbortSignal): Promise<void> {
    const { until, exitWhenSynced, clock, onSynced } = this.#options
    while (!signal.aborted) {
      const from = this.#next
      try {
        const target = await this.#findTarget(from, signal)
        this.#target = target
        if (from > target) {
          if (this.#isLatestForeign() && (await this.#followReorg(signal))) continue
          onSynced?.()
          if (exitWhenSynced) return
          if (until !== undefined && from > until) await clock.sleep(IDLE_MS, signal)
          else await this.#follower.wait(from, signal)
          continue
        }
        await this.#syncTo(from, target, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (!isRefusal(error)) throw error
        await this.#recover(error, signal)
      }
    }
    signal.throwIfAborted()
  }

  /** The height that is sealed next. */
  get #next(): number {
    return (this.#options.head()?.number ?? -1) + 1
  }

  async #findTarget(from: number, signal: AbortSignal): Promise<number> {
    const { until } = this.#options
    if (until !== undefined && from > until) return until
    const latest = await this.#follower.fetchLatest(from - 1, signal)
    return Math.min(latest.number, until ?? latest.number)
  }

  /** Makes a way past the block after the head, or waits. @throws SourcesExhaustedError where nothing is left to try */
  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { exitWhenSynced, clock, log } = this.#options
    if (isParentMismatch(error) && (await this.#followReorg(signal))) return
    const block = this.#next
    // What sealing refuses, no check before it can tell.
    if (error instanceof CheckError && error.data.block !== undefined) this.#producer.blame(error.data.block)
    log.warn(errorFields(error), `sync stopped before block ${block}`)
    const attempts = this.#refusals.count(block)
    if (error instanceof SourcesExhaustedError || this.#refusals.areExhausted(block)) {
      const disbelieved = this.#sources.disbelieve(block)
      if (disbelieved.length > 0) {
        log.warn({ sources: disbelieved }, `no source has block ${block}, which these name: the chain ends before it`)
        return
      }
      if (exitWhenSynced) throw exhausted(block, attempts, error)
    }
    await clock.sleep(refusedWaitMs(attempts - 1), signal)
  }

  /** Whether the newest block of the source is stored with another hash. */
  #isLatestForeign(): boolean {
    const { latest } = this.#follower
    const stored = latest && this.#options.hashAt(latest.number)
    return latest !== undefined && stored !== undefined && !equalFelts(latest.hash, stored)
  }

  /** Goes back to where a source proves that the chain went another way; false when none does. */
  async #followReorg(signal: AbortSignal): Promise<boolean> {
    const { sources, hashAt, verifyFork, rewindTo, log, onReorg } = this.#options
    const head = this.#options.head()
    if (head === undefined) return false
    for (const source of sources) {
      try {
        const fork = await findFork(source, { head, hashAt }, verifyFork, signal)
        if (fork === undefined) continue
        const { ancestor, first, latest } = fork
        const removed = { first: { number: first.number, hash: hashAt(first.number)! }, last: head }
        log.warn({ source: source.name }, `reorg: blocks ${first.number} to ${head.number} make way for others`)
        await rewindTo(ancestor)
        this.#preConfirmed.clear()
        onReorg?.({ ancestor, removed, added: { first, latest } })
        return true
      } catch (error) {
        signal.throwIfAborted()
        if (!isRefusal(error)) throw error
        log.warn({ ...errorFields(error), source: source.name }, 'a fork of the chain is not proved')
      }
    }
    return false
  }

  /** Both services, side by side; resolves when block `to` is stored. */
  async #syncTo(from: number, to: number, signal: AbortSignal): Promise<void> {
    const bus = new Bus<Letter>(BUS_BOUNDS, letterBytes)
    const both = new AbortController()
    const cancel = () => bus.fail(signal.reason)
    signal.addEventListener('abort', cancel, { once: true })
    this.#bus = bus
    try {
      const producing = this.#producer.run(bus, from, to, AbortSignal.any([signal, both.signal]))
      producing.catch(() => {}) // It is looked at below, when the consumer is done.
      const consuming = this.#consume(bus, to)
      // A consumer that failed stops the producer; a producer that failed lets the consumer finish what is queued.
      await consuming.catch((error) => {
        both.abort(error)
        bus.fail(error)
      })
      const results = await Promise.allSettled([consuming, producing])
      for (const result of results) if (result.status === 'rejected') throw result.reason
    } finally {
      both.abort() // What is still in flight is of no more use.
      signal.removeEventListener('abort', cancel)
      this.#bus = undefined
    }
  }

  async #consume(bus: Bus<Letter>, to: number): Promise<void> {
    const { seal } = this.#options
    if (seal === 'manual') return bus.drained()
    for (let count = this.#rangeOf(to); await bus.ready(count); count = this.#rangeOf(to)) await seal(count)
  }

  /** How many blocks to seal next, on the way to block `to`. */
  #rangeOf(to: number): number {
    const { head, roots } = this.#options
    const far = to - TIP_DISTANCE - (head()?.number ?? -1)
    return roots === 'every-block' ? 1 : Math.max(1, Math.min(RANGE_BLOCKS_MAX, far))
  }
}

/** What a letter takes in the bus, in bytes. */
function letterBytes(letter: Letter): number {
  let bytes = letter.block.length + letter.state.length
  for (const { text, compiled } of letter.classes) bytes += text.length + (compiled?.length ?? 0)
  return bytes
}
