import type { Clock } from '../base/clock.ts'
import { errorFields, type Log } from '../base/log.ts'
import type { PreConfirmedBlock } from '../chain/pre-confirmed.ts'
import { mergeStateDiffs } from '../chain/state-update.ts'
import type { BlockSource } from '../gateway/block-source.ts'
import {
  decodePreConfirmed,
  PRE_CONFIRMED_TRANSACTIONS_MAX,
  type PreConfirmedNews,
} from '../gateway/decode-pre-confirmed.ts'
import { GatewayError } from '../gateway/gateway-error.ts'
import { DecodeError } from '../gateway/json-reader.ts'
import { isRefusal, refusedWaitMs } from './refusal.ts'

/** All answers that one block under construction is put together from, in bytes: a fraction of what one body may have. */
export const PRE_CONFIRMED_BYTES_MAX = 64 * 2 ** 20

/** A block under construction, and what the next poll has to say of it. */
interface View {
  readonly block: PreConfirmedBlock
  readonly identifier: string | undefined
  readonly source: BlockSource
  readonly bytes: number
}

/**
 * The block under construction, as one source tells it, poll by poll. Nothing of it is needed to seal blocks: whatever
 * goes wrong here is logged, and the next poll asks another source for all of it.
 */
export class PreConfirmed {
  readonly #sources: readonly BlockSource[]
  readonly #clock: Clock
  readonly #log: Log
  /** The newest. */
  #view: View | undefined
  /** The one before it, which is closed: wanted until it is sealed. */
  #closing: View | undefined
  /** Of `#sources`. */
  #at = 0
  /** Sources that do not say which block is their latest. */
  readonly #unnumbered = new Set<BlockSource>()
  /** The block after the head, at the last poll. */
  #next = -1
  /** Polls in a row without an answer. */
  #absences = 0
  #notBefore = Number.NEGATIVE_INFINITY
  #isPolling = false

  constructor(sources: readonly BlockSource[], clock: Clock, log: Log) {
    this.#sources = sources.filter(({ fetchPreConfirmedBlock }) => fetchPreConfirmedBlock !== undefined)
    this.#clock = clock
    this.#log = log
  }

  /** Block `number` while it is under construction, or closed and not fetched yet. */
  get(number: number): PreConfirmedBlock | undefined {
    return [this.#closing, this.#view].find((view) => view?.block.number === number)?.block
  }

  /** What is known belongs to a chain that is gone. */
  clear(): void {
    this.#view = undefined
    this.#closing = undefined
  }

  /**
   * Asks once, unless the poll before is still under way, or there was nothing of late. Never rejects.
   * @param next the block after the head @returns whether it shows that `next`, seen before, is closed
   */
  async poll(next: number, signal: AbortSignal): Promise<boolean> {
    if (next !== this.#next) this.#rest(0) // A block was sealed, so there is a new one to look for.
    this.#next = next
    const source = this.#sources[this.#at % this.#sources.length]
    if (source === undefined || this.#isPolling || this.#clock.now() < this.#notBefore) return false
    this.#isPolling = true
    const seen = this.#view?.block.number
    try {
      await this.#pollSource(source, next, signal)
      this.#rest(0)
      return seen === next && this.#view!.block.number > next
    } catch (error) {
      if (signal.aborted) return false
      this.#giveUp(source, error)
      return seen === next && error instanceof GatewayError && error.code === 'BLOCK_NOT_FOUND'
    } finally {
      this.#isPolling = false
    }
  }

  /** The next poll asks the next source, after a rest. What is known stays. */
  #giveUp(source: BlockSource, error: unknown): void {
    const fields = { ...errorFields(error), source: source.name }
    if (isRefusal(error)) this.#log.debug(fields, 'no pre-confirmed block')
    else this.#log.warn(fields, 'the pre-confirmed block is beyond this node')
    const isAbsent = error instanceof GatewayError
    if (!isAbsent && this.#view !== undefined) this.#view = { ...this.#view, identifier: undefined } // All of it, then.
    this.#at += 1
    this.#rest(this.#absences + 1)
  }

  #rest(absences: number): void {
    this.#absences = absences
    this.#notBefore = this.#clock.now() + (absences === 0 ? 0 : refusedWaitMs(absences - 1))
  }

  async #pollSource(source: BlockSource, next: number, signal: AbortSignal): Promise<void> {
    const isUnnumbered = this.#unnumbered.has(source)
    const known =
      this.#view?.source === source && (!isUnnumbered || this.#view.block.number === next) ? this.#view : undefined
    const query = {
      block: isUnnumbered ? next : ('latest' as const),
      identifier: known?.identifier,
      knownCount: known?.identifier === undefined ? 0 : known.block.receipts.length,
    }
    const bytes = await source.fetchPreConfirmedBlock!(query, signal)
    const news = decodePreConfirmed(bytes)
    if (news !== undefined && news.number === undefined && query.block === 'latest') {
      this.#unnumbered.add(source)
      return
    }
    const view = viewOf(news, known, { source, next, bytes: bytes.length })
    if (view === known) return
    if (this.#view !== undefined && this.#view.block.number < view.block.number) this.#closing = this.#view
    this.#view = view
  }
}

/** What is known now. @throws DecodeError for news that do not go on what was known */
function viewOf(
  news: PreConfirmedNews | undefined,
  known: View | undefined,
  { source, next, bytes }: { readonly source: BlockSource; readonly next: number; readonly bytes: number },
): View {
  if (news === undefined) return known ?? fail('has not changed, but nothing was known')
  const { identifier, header, transactions, receipts, stateDiff } = news
  const number = news.number ?? next
  if (header !== undefined) {
    const isOlder =
      known !== undefined && isSameRound(known, news, number) && receipts.length < known.block.receipts.length
    return isOlder ? known : { block: { number, header, transactions, receipts, stateDiff }, identifier, source, bytes }
  }
  if (known === undefined || known.block.number !== number || known.identifier !== identifier) {
    return fail('goes on from another block than the known one')
  }
  const { block } = known
  const whole = {
    block: {
      number,
      header: block.header,
      // In the place of the candidates, which it tells anew.
      transactions: [...block.transactions.slice(0, block.receipts.length), ...transactions],
      receipts: [...block.receipts, ...receipts],
      stateDiff: mergeStateDiffs([block.stateDiff, stateDiff]),
    },
    identifier,
    source,
    bytes: known.bytes + bytes,
  }
  const isTooLarge =
    whole.bytes > PRE_CONFIRMED_BYTES_MAX || whole.block.transactions.length > PRE_CONFIRMED_TRANSACTIONS_MAX
  return isTooLarge ? fail('has grown too large') : whole
}

function isSameRound({ block, identifier }: View, news: PreConfirmedNews, number: number): boolean {
  const { timestamp } = block.header
  return block.number === number && identifier === news.identifier && timestamp === news.header?.timestamp
}

function fail(reason: string): never {
  throw new DecodeError('', reason)
}
