import type { Kernel } from '@deoxys/kernel'
import { CheckError, CodedError } from '../base/errors.ts'
import { equalFelts, type Felt, hexFromFelt } from '../base/felt.ts'
import { LEDGER_BITS } from '../chain/ledger.ts'
import type { Store } from '../store/store.ts'
import type { StoreView } from '../store/store-view.ts'
import type { Head } from '../store/tables.ts'
import type { ConsensusDataProvider } from './consensus-data-provider.ts'
import { type Digest, digestPayload, ledgerMaskOf, STATE_ENGINE_ID } from './digest.ts'
import { assertEqual, GENESIS_PARENT, headOf, type OpenBlock, onFinalize, onInitialize } from './hooks.ts'
import { StateTransition } from './state-transition.ts'

/** Commands that may wait for their turn: each is answered, so whoever sends more than this does not wait for answers. */
export const COMMANDS_MAX = 256

/**
 * State frames sealed in one trie pass, in bytes: some 60,000 storage writes. More would save hashes still, but a commit
 * with that many dirty pages makes the next ones dear.
 */
const RANGE_STATE_BYTES_MAX = 4 * 2 ** 20

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
 *     createDigest → onInitialize → root == header.root → onFinalize → commit      one block, or a range
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
      return this.#sealRange(this.#takeDigests(1))
    })
  }

  /**
   * Seals up to `countMax` of the blocks that wait in one trie pass and one commit, whose root is compared with the last
   * header's; a block whose hash does not prove its state difference ends the range. Where the root differs, the good
   * blocks before the guilty one are sealed, and the error names it.
   * @throws as `sealNewBlock`
   */
  sealNewBlocks(countMax: number): Promise<Head | undefined> {
    return this.#command(() => this.#sealRange(this.#takeDigests(countMax)))
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

  /**
   * What one trie pass may seal: only the last root is compared, so every difference before the last one must be proved
   * by its block's hash. Blocks whose hash does not cover it (before 0.13.2) therefore come one by one.
   */
  #takeDigests(countMax: number): Digest[] {
    const digests: Digest[] = []
    for (let bytes = 0; digests.length < countMax && bytes < RANGE_STATE_BYTES_MAX; ) {
      const digest = this.#provider.createDigest()
      if (digest === undefined) break
      digests.push(digest)
      if ((ledgerMaskOf(digest) & LEDGER_BITS.state_diff_commitment) === 0) break
      bytes += digestPayload(digest, 'pre-runtime', STATE_ENGINE_ID).length
    }
    return digests
  }

  #sealRange(digests: readonly Digest[]): Head | undefined {
    if (digests.length === 0) return undefined
    try {
      this.#sealTogether(digests)
    } catch (error) {
      if (digests.length === 1 || !(error instanceof CheckError)) throw error
      const half = digests.length >> 1
      this.#sealRange(digests.slice(0, half))
      this.#sealRange(digests.slice(half))
    }
    return this.#store.head()
  }

  #sealTogether(digests: readonly Digest[]): void {
    const blocks: OpenBlock[] = []
    this.#store.read((view) => {
      const batch = this.#store.beginBatch()
      const transition = new StateTransition(view, batch, this.#kernel)
      let parent = view.head() ?? GENESIS_PARENT
      for (const digest of digests) {
        const block = onInitialize(transition, parent, digest)
        blocks.push(block)
        parent = headOf(block)
      }
      const { number, stateRoot, version } = parent
      assertEqual('state_root', number, stateRoot, transition.computeRoot(version))
      transition.finish(number)
      const stored = new Set<string>()
      for (const block of blocks) {
        const rootCheck = block.header.number === number ? 'state_root' : 'range_root'
        onFinalize(view, batch, block, rootCheck, stored)
      }
      batch.commit()
    })
    for (const block of blocks) this.#onHead(headOf(block))
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
