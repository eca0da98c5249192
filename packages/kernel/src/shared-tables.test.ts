import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import { BACKENDS, type Backend, createKernel, type SharedTables } from './index.ts'
import { pack, pseudoRandomFelts, reference } from './testing/felts.ts'
import type { HashWork } from './testing/hash-worker.ts'

/** Kernels of several threads on tables that one of them filled. */

interface Answer {
  readonly hashes: Uint8Array
  readonly verdicts: Uint8Array
}

const workers: Worker[] = []
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.terminate()
})

function startThread(backend: Backend, tables: SharedTables): (work: HashWork) => Promise<Answer> {
  const worker = new Worker(new URL('./testing/hash-worker.ts', import.meta.url), { workerData: { backend, tables } })
  workers.push(worker)
  return async (work) => {
    worker.postMessage(work)
    const [answer] = (await once(worker, 'message')) as [Answer]
    return answer
  }
}

const PAIRS = pack(pseudoRandomFelts(2 * 301))
/** Sepolia-integration block 35748 (section 7 of the protocol reference), and the same with another r. */
const SIGNATURE = [
  0x1ea2a9cfa3df5297d58c0a04d09d276bc68d40fe64701305bbe2ed8f417e869n,
  0x45161746eecbeae297f45a1f407ab702310f4e52c5e9350ed6f542fa8e98413n,
  0x3e67cfbc5b179ba55a3b687228d8fe40626233f6691b4aabe308fcd6d71dcdbn,
  0x4e4856eb36dbd5f4a7dca29f7bb5232974ef1fb7eb5b597c58077174c294da1n,
]
const WORK: HashWork = { pairs: PAIRS, signatures: pack([...SIGNATURE, ...SIGNATURE.with(1, 5n)]) }
const EXPECTED: Answer = { hashes: reference.pedersenPairs(PAIRS), verdicts: Uint8Array.of(1, 0) }

const WASM_BACKENDS = BACKENDS.filter((backend) => backend !== 'reference')

describe.each(WASM_BACKENDS)('tables filled by %s', (owner) => {
  test.each([4, 12])('two threads hash at once on windows of %i bits, whatever their back ends', async (window) => {
    const kernel = await createKernel({ backend: owner, window })
    const threads = WASM_BACKENDS.flatMap((backend) => [backend, backend]).map((backend) =>
      startThread(backend, kernel.tables!),
    )
    const answers = threads.map((ask) => ask(WORK))
    expect(kernel.pedersenPairs(PAIRS)).toEqual(EXPECTED.hashes)
    expect(await Promise.all(answers)).toEqual(threads.map(() => EXPECTED))
  })
})

test('they are one memory: what one thread damages, another reads', async () => {
  const { tables } = await createKernel({ window: 4 })
  const ask = startThread('scalar', tables!)
  expect(await ask(WORK)).toEqual(EXPECTED)
  const { buffer } = tables!.memory as { readonly buffer: SharedArrayBuffer }
  new Uint8Array(buffer).fill(3)
  expect((await ask(WORK)).hashes).not.toEqual(EXPECTED.hashes)
})

test('tables have their window', async () => {
  const { tables } = await createKernel({ window: 5 })
  expect(tables?.window).toBe(5)
  expect((await createKernel({ tables: tables!, window: 5 })).tables).toBe(tables)
  await expect(createKernel({ tables: tables!, window: 12 })).rejects.toThrow(
    'window: 12, but the shared tables are of 5 bits',
  )
})

test('a page that is not isolated has no shared memory, and gets tables of its own', async () => {
  const { tables } = await createKernel({ window: 4 })
  Object.assign(globalThis, { crossOriginIsolated: false })
  try {
    for (const backend of WASM_BACKENDS) {
      const kernel = await createKernel({ backend, tables: tables! })
      expect(kernel.tables).toBeUndefined()
      expect(kernel.pedersenPairs(PAIRS)).toEqual(EXPECTED.hashes)
    }
  } finally {
    Reflect.deleteProperty(globalThis, 'crossOriginIsolated')
  }
})
