import type { Kernel, SharedTables } from '@deoxys/kernel'
import { CheckError } from '../base/errors.ts'
import type { Felt } from '../base/felt.ts'
import { type PackedError, Thread, threadModule } from '../base/thread.ts'
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

/** In threads of their own, each with a kernel; a call goes to the one with the least to do. */
export class VerifierThreads implements Verifier {
  readonly #threads: readonly Thread[]

  private constructor(threads: readonly Thread[]) {
    this.#threads = threads
  }

  /** @param count 1 or more @param tables of the caller's kernel */
  static async start(network: Network, count: number, tables: SharedTables | undefined): Promise<VerifierThreads> {
    const module = threadModule(import.meta, 'verify-worker')
    const threads = Array.from(
      { length: count },
      (_, i) => new Thread({ name: `verify ${i}`, module, unpack: unpackError }),
    )
    await Promise.all(threads.map((thread) => thread.call('open', { network, tables } satisfies VerifyWorkerOptions)))
    return new VerifierThreads(threads)
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
    await Promise.all(this.#threads.map((thread) => thread.close()))
  }

  #call<Result>(name: string, argument: unknown): Promise<Result> {
    const idlest = this.#threads.reduce((best, thread) => (thread.waitingCount < best.waitingCount ? thread : best))
    return idlest.call(name, argument)
  }
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
