import type { SharedTables } from '@deoxys/kernel'
import { CheckError, InputError } from '../base/errors.ts'
import type { Felt } from '../base/felt.ts'
import { type PackedError, Thread, threadModule } from '../base/thread.ts'
import { StoreError } from '../store/store-error.ts'
import type { ChainIdentity, Head } from '../store/tables.ts'
import type { LetterQueue } from './consensus-data-provider.ts'
import { SealError } from './engine.ts'
import type { Letter } from './letter.ts'
import type { SealWorkerOptions } from './seal-worker.ts'

/** The commands of sealing, wherever the engine runs: see `SealEngine`. */
export interface Sealer {
  sealNewBlock(parent?: Felt): Promise<Head | undefined>
  sealNewBlocks(countMax: number): Promise<Head | undefined>
  finalizeBlock(hash: Felt): Promise<void>
  rewindTo(number: number): Promise<Head | undefined>
  putCompiledClass(classHash: Felt, text: Uint8Array): Promise<void>
  close(): Promise<void>
}

export interface SealThreadOptions {
  readonly dir: string
  readonly chain: ChainIdentity
  /** The letters on the bus. */
  readonly letters: LetterQueue
  /** Of the caller's kernel. */
  readonly tables: SharedTables | undefined
  readonly onHead: (head: Head) => void
}

/** The engine in a thread of its own, which also owns the writing end of the store. */
export class SealThread implements Sealer {
  readonly #thread: Thread
  readonly #letters: LetterQueue

  private constructor(thread: Thread, letters: LetterQueue) {
    this.#thread = thread
    this.#letters = letters
  }

  /** Opens the store for writing there. @throws InputError, StoreError as `Store.open` */
  static async start({ dir, chain, letters, tables, onHead }: SealThreadOptions): Promise<SealThread> {
    const module = threadModule(import.meta, 'seal-worker')
    const onEvent = (event: unknown) => onHead(event as Head)
    const thread = new Thread({ name: 'seal', module, unpack: unpackError, onEvent })
    try {
      const { name, chainIds } = chain
      await thread.call('open', { dir, chain: { name, chainIds }, tables } satisfies SealWorkerOptions)
    } catch (error) {
      await thread.close()
      throw error
    }
    return new SealThread(thread, letters)
  }

  sealNewBlock(parent?: Felt): Promise<Head | undefined> {
    return this.#thread.call('sealNewBlock', { letters: this.#take(1), parent })
  }

  sealNewBlocks(countMax: number): Promise<Head | undefined> {
    return this.#thread.call('sealNewBlocks', { letters: this.#take(countMax) })
  }

  finalizeBlock(hash: Felt): Promise<void> {
    return this.#thread.call('finalizeBlock', hash)
  }

  rewindTo(number: number): Promise<Head | undefined> {
    return this.#thread.call('rewindTo', number)
  }

  putCompiledClass(classHash: Felt, text: Uint8Array): Promise<void> {
    return this.#thread.call('putCompiledClass', { classHash, text })
  }

  async close(): Promise<void> {
    await this.#thread.call('close', undefined)
    await this.#thread.close()
  }

  #take(countMax: number): Letter[] {
    const letters: Letter[] = []
    while (letters.length < countMax) {
      const letter = this.#letters.take()
      if (letter === undefined) break
      letters.push(letter)
    }
    return letters
  }
}

/** What sealing refuses or fails with, whole again. */
function unpackError({ name, message, data, hint }: PackedError): Error | undefined {
  const options = hint === undefined ? {} : { hint }
  switch (name) {
    case 'CheckError':
      return new CheckError(message, data as CheckError['data'], options)
    case 'SealError':
      return new SealError(message, data as SealError['data'], options)
    case 'StoreError':
      return new StoreError(message, data as StoreError['data'], options)
    case 'InputError':
      return new InputError(message, data as InputError['data'], options)
    default:
      return undefined
  }
}
