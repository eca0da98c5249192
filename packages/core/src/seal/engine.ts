import type { Kernel } from '@deoxys/kernel'
import { CodedError } from '../base/errors.ts'
import { equalFelts, type Felt, hexFromFelt } from '../base/felt.ts'
import type { Store } from '../store/store.ts'
import type { StoreView } from '../store/store-view.ts'
import type { Head } from '../store/tables.ts'
import type { ConsensusDataProvider } from './consensus-data-provider.ts'
import { assertEqual, GENESIS_PARENT, type OpenBlock, onFinalize, onInitialize } from './hooks.ts'
import { StateTransition } from './state-transition.ts'

/** Commands that may wait for their turn: each is answered, so whoever sends more than this does not wait for answers. */
export const COMMANDS_MAX = 256

/** Blocks taken back in one commit: its dirty pages stay well under what one LMDB commit carries cheaply. */
const REWIND_BLOCKS_MAX = 100

export class SealError extends CodedError<
  | { readonly code: 'COMMANDS_FULL'; readonly waiting: number }
  | { readonly code: 'ENGINE_CLOSED' }
  | { readonly code: 'UNKNOWN_BLOCK'; readonly block: string }
  | { readonly code: 'WRONG_PARENT'; readonly expected: string; readonly head: string }
> {}

export interface SealEngineOptions {
  readonly store: Store
  readonly kernel: Kernel
  readonly provider: ConsensusDataProvider
  /** Called after the commit; it cannot refuse. */
  readonly onHead?: (head: Head | undefined) => void
}

/**
 * The one writer. It does nothing by itself: commands come one at a time, in order, each answered when it is done.
 *
 *     createDigest → onInitialize → root == header.root → onFinalize → commit
 *
 * Nothing suspends between `createDigest` and the end of the commit: a reader sees the old head or the new one, and a
 * block that fails leaves nothing.
 */
export class SealEngine {
  readonly #store: Store
  readonly #kernel: Kernel
  readonly #provider: ConsensusDataProvider
  readonly #onHead: (head: Head | undefined) => void
  #tail: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #isClosed = false

  constructor({ store, kernel, provider, onHead = () => {} }: SealEngineOptions) {
    this.#store = store
    this.#kernel = kernel
    this.#provider = provider
    this.#onHead = onHead
  }

  /**
   * Seals the block whose letter waits on the bus. Resolves with the new head, or undefined when no letter waits.
   * @param parent refuses with WRONG_PARENT unless the head has this hash
   * @throws CheckError; then the letter is gone and the head is as before @throws SealError, StoreError
   */
  sealNewBlock(parent?: Felt): Promise<Head | undefined> {
    return this.#command(() => {
      const head = this.#store.head() ?? GENESIS_PARENT
      if (parent !== undefined && !equalFelts(parent, head.hash)) {
        const data = { code: 'WRONG_PARENT', expected: hexFromFelt(parent), head: hexFromFelt(head.hash) } as const
        throw new SealError(`the head is not ${data.expected}`, data)
      }
      return this.#seal(head)
    })
  }

  /** Resolves once the block is sure to survive a power cut. @throws SealError UNKNOWN_BLOCK */
  finalizeBlock(hash: Felt): Promise<void> {
    return this.#command(() => {
      if (this.#store.read((view) => view.blockNumberOf(hash)) !== undefined) return this.#store.flush()
      throw new SealError('no such block is stored', { code: 'UNKNOWN_BLOCK', block: hexFromFelt(hash) })
    })
  }

  /** Takes blocks back until `number` is the head, −1 for none; every root on the way back is checked. @throws CheckError */
  rewindTo(number: number): Promise<Head | undefined> {
    return this.#command(() => {
      for (let head = this.#store.head(); head !== undefined && head.number > number; head = this.#store.head()) {
        this.#rewind(head, Math.max(number, head.number - REWIND_BLOCKS_MAX))
      }
      return this.#store.head()
    })
  }

  /** Keeps the text of a verified compiled class. */
  putCompiledClass(classHash: Felt, text: Uint8Array): Promise<void> {
    return this.#command(() => this.#store.write((batch) => batch.putCasm(classHash, text)))
  }

  /** Refuses further commands; resolves when those that came are done. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#tail
  }

  #seal(parent: Head): Head | undefined {
    const digest = this.#provider.createDigest()
    if (digest === undefined) return undefined
    this.#store.read((view) => {
      const batch = this.#store.beginBatch()
      const transition = new StateTransition(view, batch, this.#kernel)
      const block: OpenBlock = onInitialize(transition, parent, digest)
      const { number, stateRoot, version } = block.header
      assertEqual('state_root', number, stateRoot, transition.computeRoot(version))
      transition.finish(number)
      onFinalize(view, batch, block)
      batch.commit()
    })
    const head = this.#store.head()
    this.#onHead(head)
    return head
  }

  #rewind(head: Head, to: number): void {
    this.#store.read((view) => this.#rewindOn(view, head, to))
    this.#onHead(this.#store.head())
  }

  #rewindOn(view: StoreView, head: Head, to: number): void {
    const batch = this.#store.beginBatch()
    const transition = new StateTransition(view, batch, this.#kernel)
    for (let number = head.number; number > to; number--) {
      const update = view.stateUpdateAt(number)
      if (update === undefined) throw new Error(`block ${number} is not stored`)
      transition.revert(number, update.stateDiff)
      batch.removeBlock(number)
    }
    const header = view.headerAt(to)
    const { hash, stateRoot, version } = header ?? GENESIS_PARENT
    assertEqual('state_root', to, stateRoot, transition.computeRoot(version))
    transition.finish(to)
    batch.setHead(header === undefined ? undefined : { number: to, hash, stateRoot, version })
    batch.commit()
  }

  #command<T>(run: () => T | Promise<T>): Promise<T> {
    if (this.#isClosed) {
      return Promise.reject(new SealError('the engine is closed', { code: 'ENGINE_CLOSED' }))
    }
    if (this.#waiting >= COMMANDS_MAX) {
      const data = { code: 'COMMANDS_FULL', waiting: this.#waiting } as const
      return Promise.reject(new SealError(`${this.#waiting} commands wait`, data, { hint: 'Send fewer at a time.' }))
    }
    this.#waiting += 1
    const done = this.#tail.then(run).finally(() => {
      this.#waiting -= 1
    })
    this.#tail = done.catch(() => {})
    return done
  }
}
