import { createKernel } from '@deoxys/kernel'
import { serveThread } from '../base/thread.ts'
import type { RawBlock } from './raw-block.ts'
import { LocalVerifier, type VerifyWorkerOptions, type WorkerVerdict } from './verifier.ts'
import type { VerifyPolicy } from './verify.ts'

/** A thread of `VerifierThreads`: answers come in as bytes and leave as frames. */
let verifier: LocalVerifier | undefined

serveThread({
  async open({ network, tables }: VerifyWorkerOptions): Promise<void> {
    verifier = new LocalVerifier(await createKernel(tables && { tables }), network)
  },
  async verifyBlock({
    raw,
    policy,
  }: {
    readonly raw: RawBlock
    readonly policy: VerifyPolicy
  }): Promise<WorkerVerdict> {
    const { block, state, checks, warnings } = await verifier!.verifyBlock(raw, policy)
    return { block, state, checks, warnings: warnings.map(({ message, data }) => ({ message, data })) }
  },
  hashClass: (text: Uint8Array) => verifier!.hashClass(text),
  hashCompiledClass: (text: Uint8Array) => verifier!.hashCompiledClass(text),
})
