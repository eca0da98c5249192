import { equalFelts, type Felt } from '../base/felt.ts'
import type { Block } from '../chain/frame.ts'
import type { StateUpdate } from '../chain/state-update.ts'

export interface BlockName {
  readonly number: number
  readonly hash: Felt
}

/**
 * Where a reader of the chain is: the block it has seen last, and others before it, ever farther apart, by which the
 * place is found again after a reorg. It is plain data and may be kept; at most `CURSOR_NAMES_MAX` names.
 */
export type BlockCursor = readonly BlockName[]

/** What a reader of the chain sees, in this order, each once. */
export type ChainEntry =
  | {
      readonly type: 'block'
      readonly number: number
      readonly hash: Felt
      readonly block: Block
      readonly stateUpdate: StateUpdate
      /** Goes on behind this block. */
      readonly cursor: BlockCursor
    }
  | {
      readonly type: 'reorg'
      /** Blocks above it, up to the last one seen, count no more; the ones that follow begin behind it. -1: all of them. */
      readonly ancestor: number
      /** The last block seen, which is gone. */
      readonly lastSeen: BlockName
      /** Goes on behind the ancestor. */
      readonly cursor: BlockCursor
    }

export interface BlocksOptions {
  /** A height, by default 0, or the cursor of an entry. */
  readonly from?: number | BlockCursor
  /** Ends the stream, without an error. */
  readonly signal?: AbortSignal
}

/** So many of the newest blocks are in a cursor one by one: reorgs as deep as that are told exactly. */
const NAMES_IN_FULL = 32

/** And then half of those before, and so on: 2^(160 / 16) · 16 blocks back. */
const NAMES_PER_OCTAVE = 16
export const CURSOR_NAMES_MAX = NAMES_IN_FULL + 10 * NAMES_PER_OCTAVE

/** The chain as it is at one commit. */
export interface StreamView {
  blockHashAt(number: number): Felt | undefined
  blockFrame(number: number): { block(): Block } | undefined
  stateUpdateAt(number: number): StateUpdate | undefined
}

/** What a stream needs of the node. */
export interface StreamSource {
  /** Calls `listener` whenever blocks were stored or taken back; the function that is returned ends that. */
  onNews(listener: () => void): () => void
  read<T>(read: (view: StreamView) => T): T
  /** Settles when nothing more will be stored. */
  readonly done: Promise<void>
  /** Aborted when the store may not be read any more. */
  readonly closed: AbortSignal
}

/**
 * The blocks that are stored, then each as it is sealed. It reads from the store as fast as it is asked and queues
 * nothing. Ends when the node has reached its target under `exitWhenSynced`, is closed, or `signal` is aborted.
 *
 * A reorg deeper than `NAMES_IN_FULL` may be told with an ancestor farther back than the true one: the blocks between are
 * taken back and come again.
 * @throws what took the node down
 */
export async function* streamBlocks(source: StreamSource, options: BlocksOptions): AsyncGenerator<ChainEntry, void> {
  const { from = 0, signal } = options
  const reader = new Reader(from)
  const stop = signal === undefined ? source.closed : AbortSignal.any([source.closed, signal])
  let end: { readonly error?: unknown } | undefined
  let wake = () => {}
  const onNews = () => wake()
  source.done.then(
    () => {
      end = {}
      wake()
    },
    (error) => {
      end = { error }
      wake()
    },
  )
  const endNews = source.onNews(onNews)
  stop.addEventListener('abort', onNews)
  try {
    while (!stop.aborted) {
      const hasEnded = end
      const news = new Promise<void>((resolve) => {
        wake = resolve
      })
      const entry = source.read((view) => reader.next(view))
      if (entry !== undefined) yield entry
      else if (hasEnded === undefined) await news
      else if ('error' in hasEnded) throw hasEnded.error
      else return
    }
  } finally {
    endNews()
    stop.removeEventListener('abort', onNews)
  }
}

class Reader {
  /** The height before the first one wanted. */
  readonly #base: number
  /** The newest first. */
  #names: BlockCursor

  constructor(from: number | BlockCursor) {
    this.#names = typeof from === 'number' ? [] : from
    this.#base = typeof from === 'number' ? from - 1 : -1
  }

  next(view: StreamView): ChainEntry | undefined {
    const isThere = ({ number, hash }: BlockName) => {
      const stored = view.blockHashAt(number)
      return stored !== undefined && equalFelts(stored, hash)
    }
    const [last] = this.#names
    if (last !== undefined && !isThere(last)) {
      const common = this.#names.findIndex(isThere)
      this.#names = common < 0 ? [] : this.#names.slice(common)
      const ancestor = this.#names[0]?.number ?? this.#base
      return { type: 'reorg', ancestor, lastSeen: last, cursor: this.#names }
    }
    const number = (last?.number ?? this.#base) + 1
    const hash = view.blockHashAt(number)
    const block = view.blockFrame(number)?.block()
    const stateUpdate = view.stateUpdateAt(number)
    if (hash === undefined || block === undefined || stateUpdate === undefined) return undefined
    this.#names = thinOut([{ number, hash }, ...this.#names])
    return { type: 'block', number, hash, block, stateUpdate, cursor: this.#names }
  }
}

/** The newest in full, of the ones before them those whose number is a multiple of ever higher powers of two. */
function thinOut(names: BlockCursor): BlockCursor {
  const newest = names[0]!.number
  return names
    .filter(({ number }) => {
      const age = newest - number
      if (age < NAMES_IN_FULL) return true
      return number % 2 ** (Math.floor(Math.log2(age / NAMES_IN_FULL)) + 1) === 0
    })
    .slice(0, CURSOR_NAMES_MAX)
}
