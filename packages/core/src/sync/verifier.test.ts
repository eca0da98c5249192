import { createKernel } from '@deoxys/kernel'
import { afterEach, expect, test } from 'vitest'
import { Thread, ThreadError } from '../base/thread.ts'
import { getNetwork } from '../chain/network.ts'
import { jsonBytes } from '../gateway/testing/samples.ts'
import {
  LocalVerifier,
  REPLACEMENTS_MAX,
  startVerifyThread,
  THREADS_PER_CALL_MAX,
  VerifierThreads,
} from './verifier.ts'

const network = getNetwork('mainnet')!
const kernel = await createKernel()

/** A Sierra class, and one for each `seed`. */
const classText = (seed: number) =>
  jsonBytes({
    contract_class_version: '0.1.0',
    sierra_program: Array.from({ length: 500 }, (_, i) => `0x${(seed * 1000 + i).toString(16)}`),
    entry_points_by_type: { EXTERNAL: [], L1_HANDLER: [], CONSTRUCTOR: [] },
    abi: '[]',
  })

const texts = Array.from({ length: 8 }, (_, seed) => classText(seed))
const local = new LocalVerifier(kernel, network)
const expected = await Promise.all(texts.map((text) => local.hashClass(text)))

let verifier: VerifierThreads
let startedCount: number

/** Two threads; the ones that `isDying` says, by the order in which they were started, end over their first class. */
async function start(isDying: (index: number) => boolean): Promise<void> {
  startedCount = 0
  verifier = await VerifierThreads.start(network, 2, kernel.tables, (name) =>
    isDying(startedCount++)
      ? new Thread({ name, module: new URL('./testing/dying-worker.ts', import.meta.url), unpack: () => undefined })
      : startVerifyThread(name),
  )
}

afterEach(() => verifier.close())

const hashAll = () => Promise.all(texts.map((text) => verifier.hashClass(text)))

test('a thread that ends is replaced, and others do what it was doing', async () => {
  await start((index) => index === 0)
  expect(await hashAll()).toEqual(expected)
  expect(startedCount).toBe(3)
})

test('so are all of them at once', async () => {
  await start((index) => index < 2)
  expect(await hashAll()).toEqual(expected)
  expect(startedCount).toBe(4)
})

test('a call that ends thread after thread fails; the next one has threads again', async () => {
  await start((index) => index < 1 + THREADS_PER_CALL_MAX)
  await expect(verifier.hashClass(texts[0]!)).rejects.toBeInstanceOf(ThreadError)
  expect(await hashAll()).toEqual(expected)
})

test('where all threads end, no more than so many are started', async () => {
  await start(() => true)
  for (let call = 0; call < 2 * REPLACEMENTS_MAX; call++) {
    await expect(verifier.hashClass(texts[0]!)).rejects.toBeInstanceOf(ThreadError)
  }
  expect(startedCount).toBe(2 + REPLACEMENTS_MAX)
})
