import type { Clock } from '../base/clock.ts'
import { CheckError } from '../base/errors.ts'
import { errorFields, type Log } from '../base/log.ts'
import type { BlockSource } from '../gateway/block-source.ts'
import { brokenHalf } from '../gateway/decode-answer.ts'
import { GatewayError } from '../gateway/gateway-error.ts'
import type { Letter } from '../seal/letter.ts'
import type { Bus } from './bus.ts'
import type { ClassFetcher, ClassSource } from './class-fetcher.ts'
import { FetchWindow, type Height } from './fetch-window.ts'
import { bytesOf, fetchRawBlock, type RawBlock, refetchHalf } from './raw-block.ts'
import { exhausted, isParentMismatch, isRefusal, REFUSALS_PER_SOURCE_MAX, refusedWaitMs } from './refusal.ts'
import type { Sources } from './sources.ts'
import type { VerifiedBlock } from './verify.ts'

/**
 * How long a source has, where there is another to ask: so many times what the fastest takes, and at least so many
 * milliseconds. Doubled for each source that was too slow for the same height, since it may be the height that is large.
 */
const PATIENCE_FACTOR = 4
const PATIENCE_MS_MIN = 1000

/** Blocks whose giver is known: as many as wait for sealing, and the range that is being sealed. */
const GIVERS_MAX = 256

export interface ProducerOptions {
  readonly verify: (raw: RawBlock) => Promise<VerifiedBlock>
  readonly classes: ClassFetcher
  readonly clock: Clock
  readonly log: Log
}

/** The producing half of sync: heights in, letters out, a window of them in flight. */
export class LetterProducer {
  readonly #options: ProducerOptions
  readonly #sources: Sources
  readonly #window = new FetchWindow()
  /** Who gave the blocks that are sent and maybe not sealed. */
  readonly #givers = new Map<number, BlockSource>()

  constructor(options: ProducerOptions, sources: Sources) {
    this.#options = options
    this.#sources = sources
  }

  /** Heights being fetched and verified. */
  get inFlight(): number {
    return this.#window.inFlight
  }

  /** Heights `from` to `to` onto the bus, in order. @throws SourcesExhaustedError, and what is no refusal */
  async run(bus: Bus<Letter>, from: number, to: number, signal: AbortSignal): Promise<void> {
    const flight: { readonly height: Height; readonly letter: Promise<Letter> }[] = []
    this.#givers.clear()
    try {
      for (let next = from, number = from; number <= to; number++) {
        for (; next <= to && this.#window.hasRoom; next++) {
          const height = this.#window.open(next)
          const letter = this.#produce(height, signal)
          letter.catch(() => {}) // It is awaited in its turn.
          flight.push({ height, letter })
        }
        const { height, letter } = flight.shift()!
        const isLate = height.waitsFor === 'network' && flight.length + 1 >= this.#window.size
        const produced = await letter
        if (isLate && bus.count === 0) this.#window.starve()
        this.#window.close(height)
        this.#givers.delete(number - GIVERS_MAX)
        await bus.send(produced)
      }
    } finally {
      this.#window.clear()
      bus.close()
    }
  }

  /** Sealing refused the block, which only its giver can have got wrong. */
  blame(block: number): void {
    const giver = this.#givers.get(block)
    if (giver !== undefined) this.#sources.report(giver, 'wrong')
  }

  /** One height: fetch, verify, classes; a refused answer is asked for again, the broken half of it where that is known. */
  async #produce(height: Height, signal: AbortSignal): Promise<Letter> {
    const { verify, classes, clock, log } = this.#options
    const { number } = height
    const sourceCount = this.#sources.all.length
    const tried: BlockSource[] = []
    let raw: RawBlock | undefined
    let refusal: unknown
    for (;;) {
      const source = this.#sources.pick(number, tried)
      tried.push(source)
      try {
        raw = await this.#fetch(source, height, { raw, refusal, attempt: tried.length - 1 }, signal)
        height.waitsFor = 'verifier'
        const verified = await verify(raw)
        height.waitsFor = 'network'
        for (const warning of verified.warnings) log.warn(errorFields(warning), 'stored under --verify warn')
        const hurried = this.#hurryClasses(source, tried.length - 1)
        const bodies = await classes.fetchMissing(hurried, number, verified.update.stateDiff, signal)
        height.waitsFor = 'seal'
        this.#givers.set(number, source)
        return letterOf(verified, bodies)
      } catch (error) {
        height.waitsFor = 'network'
        signal.throwIfAborted()
        if (!isRefusal(error)) throw error
        log.warn({ ...errorFields(error), source: source.name, attempt: tried.length - 1 }, `block ${number} refused`)
        this.#sources.report(source, error instanceof CheckError && !isParentMismatch(error) ? 'wrong' : 'failed')
        if (tried.length >= REFUSALS_PER_SOURCE_MAX * sourceCount) throw exhausted(number, tried.length, error)
        refusal = error
      }
      // The others are asked at once; who was asked before is given time.
      if (tried.length >= sourceCount) await clock.sleep(refusedWaitMs(tried.length - sourceCount), signal)
    }
  }

  /** All of it; or what was fetched before with its broken half anew. */
  async #fetch(source: BlockSource, height: Height, before: Attempt, signal: AbortSignal): Promise<RawBlock> {
    const { clock } = this.#options
    const half = before.raw && brokenHalf(before.refusal)
    const hurry = <T>(fetch: (hurried: AbortSignal) => Promise<T>) => this.#hurry(source, before.attempt, signal, fetch)
    if (half !== undefined) return hurry((hurried) => refetchHalf(source, before.raw!, half, hurried))
    const startedAt = clock.now()
    const { setbacks = 0 } = source
    try {
      const raw = await hurry((hurried) => fetchRawBlock(source, height.number, hurried))
      this.#sources.report(source, { answeredMs: clock.now() - startedAt })
      this.#window.answered(height, bytesOf(raw))
      return raw
    } finally {
      if ((source.setbacks ?? 0) > setbacks) this.#window.halve()
    }
  }

  #hurryClasses(source: BlockSource, attempt: number): ClassSource {
    return {
      fetchClass: (hash, signal) => this.#hurry(source, attempt, signal, (hurried) => source.fetchClass(hash, hurried)),
      fetchCompiledClass: (hash, signal) =>
        this.#hurry(source, attempt, signal, (hurried) => source.fetchCompiledClass(hash, hurried)),
    }
  }

  /** `fetch`, given up when the source is too slow and there is another one. @throws GatewayError TIMEOUT */
  async #hurry<T>(
    source: BlockSource,
    attempt: number,
    signal: AbortSignal,
    fetch: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (this.#sources.all.length === 1) return fetch(signal)
    const ms = Math.max(PATIENCE_MS_MIN, PATIENCE_FACTOR * this.#sources.latencyMs) * 2 ** attempt
    const patience = new AbortController()
    const done = new AbortController()
    this.#options.clock.sleep(ms, AbortSignal.any([signal, done.signal])).then(
      () => {
        this.#sources.report(source, { answeredMs: ms }) // Or later.
        patience.abort(tooSlow(source, ms))
      },
      () => {},
    )
    try {
      return await fetch(AbortSignal.any([signal, patience.signal]))
    } finally {
      done.abort()
    }
  }
}

/** What the attempt before has left. */
interface Attempt {
  readonly raw: RawBlock | undefined
  readonly refusal: unknown
  /** From 0. */
  readonly attempt: number
}

function tooSlow(source: BlockSource, ms: number): GatewayError {
  const data = { code: 'TIMEOUT', urlPath: '', retryable: true } as const
  return new GatewayError(`${source.name} did not answer within ${Math.round(ms)} ms; another source is asked`, data)
}

function letterOf(verified: VerifiedBlock, classes: Letter['classes']): Letter {
  const { header, block, state, checks } = verified
  return { number: header.number, hash: header.hash, parentHash: header.parentHash, block, state, classes, checks }
}
