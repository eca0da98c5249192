import type { Kernel, SharedTables } from '@deoxys/kernel'
import { CheckError } from '../base/errors.ts'
import type { Felt } from '../base/felt.ts'
import { type PackedError, Thread, ThreadError, threadModule } from '../base/thread.ts'
import type { ContractClass } from '../chain/class.ts'
import { classHash, compiledClassHash } from '../chain/class-hash.ts'
import { UnsupportedVersionError } from '../chain/era.ts'
import { BlockFrame, decodeStateFrame } from '../chain/frame.ts'
import { all, runHashing } from '../chain/hashing.ts'
import type { Network } from '../chain/network.ts'
import { decodeClass, decodeCompiledClass } from '../gateway/decode-class.ts'
import { DecodeError, decodeText } from '../gateway/json-reader.ts'
import type { RawBlock } from './raw-block.ts'
import { type VerifiedBlock, type VerifyPolicy, verifyBlock } from './verify.ts'

/** All that is computed of answers, without a word to the network or the database: here, or in other threads. */
export interface Verifier {
  /** @throws as the function `verifyBlock` */
  verifyBlock(raw: RawBlock, policy: VerifyPolicy): Promise<VerifiedBlock>
  /** @throws DecodeError */
  hashClass(text: Uint8Array): Promise<HashedClass>
  /** By Poseidon and by Blake2s (protocol 6.3). @throws DecodeError */
  hashCompiledClass(text: Uint8Array): Promise<readonly [poseidon: Felt, blake: Felt]>
  close(): Promise<void>
}

export interface HashedClass {
  readonly kind: ContractClass['kind']
  readonly hash: Felt
}

/** In the caller's thread. */
export class LocalVerifier implements Verifier {
  readonly #kernel: Kernel
  readonly #network: Network

  constructor(kernel: Kernel, network: Network) {
    this.#kernel = kernel
    this.#network = network
  }

  async verifyBlock(raw: RawBlock, policy: VerifyPolicy): Promise<VerifiedBlock> {
    return verifyBlock(this.#kernel, this.#network, policy, raw)
  }

  async hashClass(text: Uint8Array): Promise<HashedClass> {
    const cls = decodeClass(decodeText(text))
    return { kind: cls.kind, hash: runHashing(this.#kernel, classHash(cls)) }
  }

  async hashCompiledClass(text: Uint8Array): Promise<readonly [poseidon: Felt, blake: Felt]> {
    const casm = decodeCompiledClass(decodeText(text))
    const [poseidon, blake] = runHashing(this.#kernel, all([compiledClassHash(casm, 1), compiledClassHash(casm, 2)]))
    return [poseidon!, blake!]
  }

  async close(): Promise<void> {}
}

/** What the thread of `verify-worker.ts` begins with. */
export interface VerifyWorkerOptions {
  readonly network: Network
  /** Of the owner's kernel, where they are shared. */
  readonly tables: SharedTables | undefined
}

/** What the thread of `verify-worker.ts` answers for a block: the frames, and what they do not say. */
export interface WorkerVerdict {
  readonly block: Uint8Array
  readonly state: Uint8Array
  readonly checks: number
  readonly warnings: readonly { readonly message: string; readonly data: CheckError['data'] }[]
}

/** Threads that one call may bring down before it is what is wrong. */
export const THREADS_PER_CALL_MAX = 2

/** Threads that are replaced in the life of a verifier; a machine on which more of them end is not well. */
export const REPLACEMENTS_MAX = 16

/**
 * In threads of their own, each with a kernel; a call goes to the one with the least to do. A thread that ends by itself
 * is replaced, and what it was working on asked of another one.
 */
export class VerifierThreads implements Verifier {
  readonly #threads: Thread[]
  readonly #open: () => Promise<Thread>
  readonly #replacing = new Map<Thread, Promise<void>>()
  #replacements = 0
  #isClosed = false

  private constructor(threads: Thread[], open: () => Promise<Thread>) {
    this.#threads = threads
    this.#open = open
  }

  /**
   * @param count 1 or more
   * @param tables of the caller's kernel
   * @param startThread of `verify-worker.ts`, by that name
   */
  static async start(
    network: Network,
    count: number,
    tables: SharedTables | undefined,
    startThread: (name: string) => Thread = startVerifyThread,
  ): Promise<VerifierThreads> {
    let started = 0
    const open = async () => {
      const thread = startThread(`verify ${started++}`)
      await thread.call('open', { network, tables } satisfies VerifyWorkerOptions)
      return thread
    }
    return new VerifierThreads(await Promise.all(Array.from({ length: count }, open)), open)
  }

  async verifyBlock(raw: RawBlock, policy: VerifyPolicy): Promise<VerifiedBlock> {
    const { block, state, checks, warnings } = await this.#call<WorkerVerdict>('verifyBlock', { raw, policy })
    return {
      header: new BlockFrame(block).header(),
      update: decodeStateFrame(state),
      block,
      state,
      checks,
      warnings: warnings.map(({ message, data }) => new CheckError(message, data)),
    }
  }

  hashClass(text: Uint8Array): Promise<HashedClass> {
    return this.#call('hashClass', text)
  }

  hashCompiledClass(text: Uint8Array): Promise<readonly [poseidon: Felt, blake: Felt]> {
    return this.#call('hashCompiledClass', text)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#replacing.values())
    await Promise.all(this.#threads.map((thread) => thread.close()))
  }

  async #call<Result>(name: string, argument: unknown): Promise<Result> {
    for (let ended = 1; ; ended++) {
      if (!this.#threads.some(({ isAlive }) => isAlive)) await Promise.all(this.#replacing.values())
      const idlest = this.#idlest()
      try {
        return await idlest.call(name, argument)
      } catch (error) {
        if (!(error instanceof ThreadError) || this.#isClosed || ended >= THREADS_PER_CALL_MAX) throw error
        await this.#replace(idlest, error)
      }
    }
  }

  /** Of those alive; where none is, one whose call says so. */
  #idlest(): Thread {
    const alive = this.#threads.filter(({ isAlive }) => isAlive)
    return alive.reduce(
      (best, thread) => (thread.waitingCount < best.waitingCount ? thread : best),
      alive[0] ?? this.#threads[0]!,
    )
  }

  /** Once for all calls that the thread leaves behind. @throws `reason` where too many were replaced */
  #replace(thread: Thread, reason: ThreadError): Promise<void> {
    const known = this.#replacing.get(thread)
    if (known !== undefined) return known
    const index = this.#threads.indexOf(thread)
    if (index < 0) return Promise.resolve()
    if (++this.#replacements > REPLACEMENTS_MAX) return Promise.reject(reason)
    const replaced = this.#open().then((opened) => {
      this.#threads[index] = opened
    })
    this.#replacing.set(thread, replaced)
    return replaced.finally(() => this.#replacing.delete(thread))
  }
}

export function startVerifyThread(name: string): Thread {
  return new Thread({ name, module: threadModule(import.meta, 'verify-worker'), unpack: unpackError })
}

/** The refusals that verifying knows, whole again. */
function unpackError({ name, message, data, hint }: PackedError): Error | undefined {
  if (name === 'CheckError')
    return new CheckError(message, data as CheckError['data'], hint === undefined ? {} : { hint })
  if (name === 'DecodeError') {
    const { path, reason } = data as DecodeError['data']
    return new DecodeError(path, reason)
  }
  if (name === 'UnsupportedVersionError') {
    const { version, block } = data as UnsupportedVersionError['data']
    return new UnsupportedVersionError(version, block)
  }
  return undefined
}
