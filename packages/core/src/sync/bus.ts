import { CodedError } from '../base/errors.ts'

/** The producer sent after `close()`: a bug in the caller. */
export class BusClosedError extends CodedError<{ readonly code: 'BUS_CLOSED' }> {}

export interface BusBounds {
  readonly itemsMax: number
  /** A single item above it still passes, alone. */
  readonly bytesMax: number
}

interface Queued<Item> {
  readonly item: Item
  readonly bytes: number
}

/**
 * A bounded queue from one producer to one consumer: in order, nothing lost, nothing doubled.
 *
 *     gateway → fetch → verify → [ bus ] → seal → store
 *
 * `send` waits while the bus is full, by items or by bytes, so a slow disk slows the network instead of filling memory.
 *
 * Two ways to end:
 * - `close()`: the producer is done; the consumer still gets every queued item.
 * - `fail(error)`: either side gave up; what is queued is dropped, and both sides throw `error`, also the one that
 *   waits, and also after `close`. The first failure counts. Cancelling is `fail(signal.reason)`; there is no third way.
 */
export class Bus<Item> {
  readonly #bounds: BusBounds
  readonly #bytesOf: (item: Item) => number
  #queue: Queued<Item>[] = []
  #bytes = 0
  #end: { readonly error?: unknown } | undefined
  #isSenderWaiting = false
  #wakeSender: (() => void) | undefined
  #wakeReceiver: (() => void) | undefined
  #wakeDrained: (() => void) | undefined

  constructor(bounds: BusBounds, bytesOf: (item: Item) => number) {
    if (!(bounds.itemsMax >= 1 && bounds.bytesMax >= 1)) throw new RangeError('a bus holds at least one item')
    this.#bounds = bounds
    this.#bytesOf = bytesOf
  }

  /** Items queued now. Near the bound, seal is the slow side; near 0, fetch is. */
  get count(): number {
    return this.#queue.length
  }

  /** Bytes queued now. */
  get bytes(): number {
    return this.#bytes
  }

  /** Resolves once `item` is queued. @throws BusClosedError after `close`, or the error of `fail`. */
  async send(item: Item): Promise<void> {
    const bytes = this.#bytesOf(item)
    while (!this.#end && this.#isFullFor(bytes)) {
      this.#isSenderWaiting = true
      this.#wakeReceiver?.()
      await new Promise<void>((wake) => {
        this.#wakeSender = wake
      })
    }
    this.#isSenderWaiting = false
    if (this.#end) {
      throw 'error' in this.#end ? this.#end.error : new BusClosedError('send after close', { code: 'BUS_CLOSED' })
    }
    this.#queue.push({ item, bytes })
    this.#bytes += bytes
    this.#wakeReceiver?.()
  }

  /**
   * Resolves once `take` has an item (true), or will never have one again (false).
   * @param count waits for so many items, unless the bus is full or closed before @throws the error of `fail`
   */
  async ready(count = 1): Promise<boolean> {
    while (this.#queue.length < count && !this.#isSenderWaiting && !this.#end) {
      await new Promise<void>((wake) => {
        this.#wakeReceiver = wake
      })
    }
    if (this.#end && 'error' in this.#end) throw this.#end.error
    return this.#queue.length > 0
  }

  /** Resolves once the bus is closed and empty. @throws the error of `fail` */
  async drained(): Promise<void> {
    while (!this.#end || (this.#queue.length > 0 && !('error' in this.#end))) {
      await new Promise<void>((wake) => {
        this.#wakeDrained = wake
      })
    }
    if ('error' in this.#end) throw this.#end.error
  }

  /** The next item, if one is queued. */
  take(): Item | undefined {
    const next = this.#queue.shift()
    if (next === undefined) return undefined
    this.#bytes -= next.bytes
    this.#wakeSender?.()
    this.#wakeDrained?.()
    return next.item
  }

  close(): void {
    this.#finish({})
  }

  fail(error: unknown): void {
    this.#finish({ error })
  }

  #isFullFor(bytes: number): boolean {
    const { itemsMax, bytesMax } = this.#bounds
    return this.#queue.length >= itemsMax || (this.#queue.length > 0 && this.#bytes + bytes > bytesMax)
  }

  #finish(end: { readonly error?: unknown }): void {
    if (this.#end && ('error' in this.#end || !('error' in end))) return
    this.#end = end
    if ('error' in end) {
      this.#queue = []
      this.#bytes = 0
    }
    this.#wakeSender?.()
    this.#wakeReceiver?.()
    this.#wakeDrained?.()
  }
}
