import type { Clock } from '../base/clock.ts'
import { CheckError, CodedError } from '../base/errors.ts'
import { equalFelts, type Felt } from '../base/felt.ts'
import { errorFields, type Log } from '../base/log.ts'
import { UnsupportedVersionError } from '../chain/era.ts'
import type { BlockSource } from '../gateway/block-source.ts'
import { brokenHalf } from '../gateway/decode-answer.ts'
import { GatewayError } from '../gateway/gateway-error.ts'
import { DecodeError } from '../gateway/json-reader.ts'
import type { Letter } from '../seal/letter.ts'
import { Bus } from './bus.ts'
import type { ClassFetcher } from './class-fetcher.ts'
import { fetchRawBlock, type RawBlock, refetchHalf } from './raw-block.ts'
import { findFork } from './reorg.ts'
import type { VerifiedBlock } from './verify.ts'

/** Heights fetched at once: a round trip of 200 ms then costs 12 ms a block. */
export const FETCH_WINDOW = 16

/** What waits for sealing: a range and the next one, and a bound on memory. */
const BUS_BOUNDS = { itemsMax: 128, bytesMax: 256 * 2 ** 20 }

/** Blocks sealed in one trie pass far from the tip. Larger commits make the database grow, and the ones after them slow. */
export const RANGE_BLOCKS_MAX = 64

/** So near the target every block is sealed by itself: there, blocks are proved and taken back one by one. */
export const TIP_DISTANCE = 100

/** Answers of each source that may be refused for one height before the source is said to be exhausted. */
export const REFUSALS_PER_SOURCE_MAX = 4

/** Before a refused height is asked for again; doubled each time. */
const REFUSED_WAIT_MS = 500
const REFUSED_WAIT_MS_MAX = 10_000

/** Between looks at the head of the sources, once it is reached. */
const HEAD_POLL_MS = 2000

/** How long the other sources have to name their head, once one has. */
const HEAD_GRACE_MS = 1000

/** Every source gave a wrong answer, or none, too often. */
export class SourcesExhaustedError extends CodedError<{
  readonly code: 'SOURCES_EXHAUSTED'
  readonly block: number
  readonly attempts: number
  readonly check?: string
  readonly path?: string
}> {}

export interface SyncHead {
  readonly number: number
  readonly hash: Felt
}

/** What sync needs of the rest of the node. */
export interface SyncOptions {
  readonly sources: readonly BlockSource[]
  readonly verify: (raw: RawBlock) => Promise<VerifiedBlock>
  /** The same, strictly: what takes stored blocks back must hold. */
  readonly verifyFork: (raw: RawBlock) => Promise<VerifiedBlock>
  readonly classes: ClassFetcher
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
  readonly clock: Clock
  readonly log: Log
  /** The target is reached; called each time. */
  readonly onSynced?: () => void
  /** Blocks above `ancestor` were taken back, since the sequencer signed others; the ones up to `oldHead`. */
  readonly onReorg?: (ancestor: number, oldHead: SyncHead) => void
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
 * A height that is refused is asked for again, of the next source; what was verified before it is sealed meanwhile.
 */
export class Sync {
  readonly #options: SyncOptions
  #bus: Bus<Letter> | undefined
  #target: number | undefined
  #latest: SyncHead | undefined
  #inFlight = 0
  readonly #refusals: Refusals

  constructor(options: SyncOptions) {
    if (options.sources.length === 0) throw new Error('sync needs a source')
    this.#options = options
    this.#refusals = new Refusals(options.sources.length)
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
      latest: this.#latest,
      queued: this.#bus?.count ?? 0,
      queuedBytes: this.#bus?.bytes ?? 0,
      inFlight: this.#inFlight,
    }
  }

  /**
   * Runs until `signal` is aborted, or, with `exitWhenSynced`, until the target is reached.
   * @throws SourcesExhaustedError with `exitWhenSynced` @throws what storing fails with
   */
  async run(signal: AbortSignal): Promise<void> {
    const { until, exitWhenSynced, clock, log, onSynced } = this.#options
    const refusals = this.#refusals
    while (!signal.aborted) {
      const from = (this.#options.head()?.number ?? -1) + 1
      try {
        const target = await this.#findTarget(from, signal)
        this.#target = target
        if (from > target) {
          if (this.#isLatestForeign() && (await this.#followReorg(signal))) continue
          onSynced?.()
          if (exitWhenSynced) return
          // Past `until` there is nothing to look for.
          await clock.sleep(until !== undefined && from > until ? 60 * HEAD_POLL_MS : HEAD_POLL_MS, signal)
          continue
        }
        await this.#syncTo(from, target, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (!isRefusal(error)) throw error
        if (isParentMismatch(error) && (await this.#followReorg(signal))) continue
        const block = (this.#options.head()?.number ?? -1) + 1
        log.warn(errorFields(error), `sync stopped before block ${block}`)
        const attempts = refusals.count(block)
        if (exitWhenSynced && (error instanceof SourcesExhaustedError || refusals.areExhausted(block))) {
          throw exhausted(block, attempts, error)
        }
        await clock.sleep(waitMs(attempts - 1), signal)
      }
    }
    signal.throwIfAborted()
  }

  async #findTarget(from: number, signal: AbortSignal): Promise<number> {
    const { until } = this.#options
    if (until !== undefined && from > until) return until
    const latest = await this.#fetchNewestHeader(signal)
    this.#latest = latest
    return Math.min(latest.number, until ?? latest.number)
  }

  /** The highest that any source names: one that stands still must not hold the node back. */
  async #fetchNewestHeader(signal: AbortSignal): Promise<SyncHead> {
    const { sources, clock } = this.#options
    const heads: SyncHead[] = []
    const asked = sources.map(async (source) => heads.push(await source.fetchLatestHeader(signal)))
    await Promise.any(asked).catch(({ errors }: AggregateError) => {
      throw errors.find((error) => !isRefusal(error)) ?? errors.at(-1)
    })
    const isEnough = new AbortController()
    const grace = clock.sleep(HEAD_GRACE_MS, AbortSignal.any([signal, isEnough.signal]))
    await Promise.race([Promise.allSettled(asked), grace]).finally(() => isEnough.abort())
    return heads.reduce((newest, head) => (head.number > newest.number ? head : newest))
  }

  /** Whether the newest block of the source is stored with another hash. */
  #isLatestForeign(): boolean {
    const latest = this.#latest
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
        const ancestor = await findFork(source, { head, hashAt }, verifyFork, signal)
        if (ancestor === undefined) continue
        log.warn({ source: source.name }, `reorg: blocks ${ancestor + 1} to ${head.number} make way for others`)
        await rewindTo(ancestor)
        onReorg?.(ancestor, head)
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
      const producing = this.#produce(bus, from, to, AbortSignal.any([signal, both.signal]))
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

  /** Heights `from` to `to` onto the bus, in order, `FETCH_WINDOW` of them in flight. */
  async #produce(bus: Bus<Letter>, from: number, to: number, signal: AbortSignal): Promise<void> {
    const window: Promise<Letter>[] = []
    try {
      for (let next = from, number = from; number <= to; number++) {
        for (; next <= to && next < number + FETCH_WINDOW; next++) {
          const letter = this.#produceLetter(next, signal)
          letter.catch(() => {}) // It is awaited in its turn.
          window.push(letter)
        }
        this.#inFlight = window.length
        await bus.send(await window.shift()!)
      }
    } finally {
      this.#inFlight = 0
      bus.close()
    }
  }

  /** One height: fetch, verify, classes; a refused answer is asked for again, the broken half of it where that is known. */
  async #produceLetter(number: number, signal: AbortSignal): Promise<Letter> {
    const { sources, verify, classes, clock, log } = this.#options
    const attemptsMax = REFUSALS_PER_SOURCE_MAX * sources.length
    // What sealing refused, no check here can tell: another source begins then.
    const first = number + this.#refusals.of(number)
    let raw: RawBlock | undefined
    for (let attempt = 0; ; attempt++) {
      const source = sources[(first + attempt) % sources.length]!
      try {
        raw ??= await fetchRawBlock(source, number, signal)
        const verified = await verify(raw)
        for (const warning of verified.warnings) log.warn(errorFields(warning), 'stored under --verify warn')
        const bodies = await classes.fetchMissing(source, number, verified.update.stateDiff, signal)
        return letterOf(verified, bodies)
      } catch (error) {
        signal.throwIfAborted()
        if (!isRefusal(error)) throw error
        log.warn({ ...errorFields(error), source: source.name, attempt }, `block ${number} refused`)
        if (attempt + 1 >= attemptsMax) throw exhausted(number, attempt + 1, error)
        await clock.sleep(waitMs(attempt), signal)
        raw = await this.#refetch(sources[(first + attempt + 1) % sources.length]!, raw, error, signal)
      }
    }
  }

  /** `raw` with its broken half anew, where only that is broken and it can be had; else undefined: all of it again. */
  async #refetch(
    source: BlockSource,
    raw: RawBlock | undefined,
    error: unknown,
    signal: AbortSignal,
  ): Promise<RawBlock | undefined> {
    const half = brokenHalf(error)
    if (raw === undefined || half === undefined) return undefined
    return refetchHalf(source, raw, half, signal).catch(() => undefined)
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

function letterOf(verified: VerifiedBlock, classes: Letter['classes']): Letter {
  const { header, block, state, checks } = verified
  return { number: header.number, hash: header.hash, parentHash: header.parentHash, block, state, classes, checks }
}

/** What a letter takes in the bus, in bytes. */
function letterBytes(letter: Letter): number {
  let bytes = letter.block.length + letter.state.length
  for (const { text, compiled } of letter.classes) bytes += text.length + (compiled?.length ?? 0)
  return bytes
}

/** Whether another answer may be right. Everything else is the end: a bug, a full disk. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof UnsupportedVersionError ||
    error instanceof CheckError ||
    error instanceof DecodeError ||
    error instanceof GatewayError ||
    error instanceof SourcesExhaustedError
  )
}

function isParentMismatch(error: unknown): boolean {
  return error instanceof CheckError && error.data.check === 'parent_hash'
}

function exhausted(block: number, attempts: number, cause: unknown): SourcesExhaustedError {
  if (cause instanceof SourcesExhaustedError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  const check = cause instanceof CheckError ? { check: cause.data.check } : {}
  const path = cause instanceof DecodeError ? { path: cause.data.path } : {}
  return new SourcesExhaustedError(
    `no source has a block ${block} that holds: ${message}`,
    { code: 'SOURCES_EXHAUSTED', block, attempts, ...check, ...path },
    { cause, ...(cause instanceof CodedError && cause.hint !== undefined ? { hint: cause.hint } : {}) },
  )
}

function waitMs(attempt: number): number {
  return Math.min(REFUSED_WAIT_MS_MAX, REFUSED_WAIT_MS * 2 ** Math.min(attempt, 10))
}

/** How often in a row the node could not get past one height. */
class Refusals {
  readonly #max: number
  #block = -1
  #count = 0

  constructor(sourceCount: number) {
    this.#max = REFUSALS_PER_SOURCE_MAX * sourceCount
  }

  count(block: number): number {
    this.#count = block === this.#block ? this.#count + 1 : 1
    this.#block = block
    return this.#count
  }

  of(block: number): number {
    return block === this.#block ? this.#count : 0
  }

  areExhausted(block: number): boolean {
    return block === this.#block && this.#count >= this.#max
  }
}
