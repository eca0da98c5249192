import { parentPort, workerData } from 'node:worker_threads'
import { type Backend, createKernel, type SharedTables } from '../index.ts'

/** A thread that has a kernel on the tables it was given, and hashes and verifies what it is sent. */
export interface HashWork {
  readonly pairs: Uint8Array
  readonly signatures: Uint8Array
}

const { backend, tables } = workerData as { readonly backend: Backend; readonly tables: SharedTables }
const kernel = await createKernel({ backend, tables })
const port = parentPort!

port.on('message', ({ pairs, signatures }: HashWork) => {
  port.postMessage({ hashes: kernel.pedersenPairs(pairs), verdicts: kernel.verifySignatures(signatures) })
})
