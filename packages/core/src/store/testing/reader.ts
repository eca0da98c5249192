import { parentPort } from 'node:worker_threads'
import { Store } from '../store.ts'
import { SAMPLE_CHAIN } from './sample-chain.ts'

/**
 * Another thread or process that reads. For a directory it answers with what it sees there; for a directory and a gate,
 * with the head before and the head after the gate was opened, without a turn of its event loop in between; for the
 * empty text it ends.
 */
export type ReaderRequest = string | { readonly dir: string; readonly gate: Int32Array }

export interface ReaderAnswer {
  readonly head: number | undefined
  readonly digest: string
}

const stores = new Map<string, Store>()

function open(dir: string): Store {
  const store = stores.get(dir) ?? Store.open({ dir, chain: SAMPLE_CHAIN, readOnly: true })
  stores.set(dir, store)
  return store
}

function answer(request: ReaderRequest, send: (value: unknown) => void): void {
  const store = open(typeof request === 'string' ? request : request.dir)
  if (typeof request === 'string') {
    send({ head: store.head()?.number, digest: store.digest() })
    return
  }
  send(store.head()?.number)
  Atomics.wait(request.gate, 0, 0)
  send(store.head()?.number)
}

async function closeAll(): Promise<void> {
  for (const store of stores.values()) await store.close()
}

if (parentPort !== null) {
  const port = parentPort
  port.on('message', (request: ReaderRequest) => {
    if (request === '') void closeAll().then(() => port.close())
    else answer(request, (value) => port.postMessage(value))
  })
} else {
  process.on('message', (request: ReaderRequest) => {
    if (request === '') void closeAll().then(() => process.disconnect())
    else answer(request, (value) => process.send!(value))
  })
}
