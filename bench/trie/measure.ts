import type { Kernel } from '@deoxys/kernel'
import { ZERO } from '../../packages/core/src/base/felt.ts'
import type { StateDiff } from '../../packages/core/src/chain/state-update.ts'
import { StateTransition } from '../../packages/core/src/seal/state-transition.ts'
import type { Store } from '../../packages/core/src/store/store.ts'
import type { StoreBatch } from '../../packages/core/src/store/store-batch.ts'
import type { StoreView } from '../../packages/core/src/store/store-view.ts'
import type { PageChange } from '../../packages/core/src/trie/node-source.ts'
import { readWritten } from '../sync/proc.ts'

/** What sealing some blocks took. CPU in µs, of all threads unless said otherwise. */
export interface Sums {
  blocks: number
  writes: number
  /** Pairs that the kernel was asked for: the hashes of nodes and leaves. */
  hashes: number
  cpuUs: number
  /** Of this thread, within the kernel. */
  kernelUs: number
  /** Of this thread, within `commit`. */
  commitUs: number
  commitMs: number
  pagesRead: number
  pagesWritten: number
  pageBytes: number
  /** Handed to the system by write calls; 0 where /proc does not tell. */
  writtenBytes: number
}

export function emptySums(): Sums {
  const zero = { blocks: 0, writes: 0, hashes: 0, cpuUs: 0, kernelUs: 0, commitUs: 0, commitMs: 0 }
  return { ...zero, pagesRead: 0, pagesWritten: 0, pageBytes: 0, writtenBytes: 0 }
}

/** A kernel that counts its pairs and times its calls into `sums`. */
export function countingKernel(kernel: Kernel, sums: () => Sums): Kernel {
  const timed = (call: (bytes: Uint8Array) => Uint8Array) => (bytes: Uint8Array) => {
    const start = process.threadCpuUsage()
    const out = call(bytes)
    const { user, system } = process.threadCpuUsage(start)
    sums().kernelUs += user + system
    sums().hashes += bytes.length / 64
    return out
  }
  return Object.create(kernel, {
    pedersenPairs: { value: timed((pairs) => kernel.pedersenPairs(pairs)) },
    poseidonPairs: { value: timed((pairs) => kernel.poseidonPairs(pairs)) },
    poseidonArrays: { value: (felts: Uint8Array, counts: Uint32Array) => kernel.poseidonArrays(felts, counts) },
  }) as Kernel
}

/** The state part of sealing `diffs` together: the blocks `first`, `first` + 1, …, which follow the head. */
export async function sealDiffs(
  store: Store,
  kernel: Kernel,
  diffs: readonly StateDiff[],
  first: number,
  sums: Sums,
): Promise<void> {
  const start = process.cpuUsage()
  const bytesAtStart = readWritten('wchar')
  const number = first + diffs.length - 1
  store.read((view) => {
    const batch = store.beginBatch()
    countPages(view, batch, sums)
    const transition = new StateTransition(view, batch, kernel)
    diffs.forEach((diff, i) => {
      transition.apply(first + i, diff)
    })
    const stateRoot = transition.computeRoot('0.14.1')
    transition.finish(number)
    batch.setHead({ number, hash: ZERO, stateRoot, version: '0.14.1' })
    const [cpu, wall] = [process.threadCpuUsage(), performance.now()]
    batch.commit()
    const { user, system } = process.threadCpuUsage(cpu)
    sums.commitUs += user + system
    sums.commitMs += performance.now() - wall
  })
  await store.flush()
  const { user, system } = process.cpuUsage(start)
  sums.cpuUs += user + system
  sums.writtenBytes += readWritten('wchar') - bytesAtStart
  sums.blocks += diffs.length
  for (const { storage } of diffs) for (const { entries } of storage) sums.writes += entries.length / 64
}

function countPages(view: StoreView, batch: StoreBatch, sums: Sums): void {
  function* counted(changes: Iterable<PageChange>): Generator<PageChange> {
    for (const change of changes) {
      sums.pagesWritten += 1
      sums.pageBytes += change.key.length + (change.page?.length ?? 0)
      yield change
    }
  }
  const { pages } = view
  const getPage = (key: Uint8Array) => {
    sums.pagesRead += 1
    return pages.getPage(key)
  }
  Object.defineProperty(view, 'pages', { value: { getPage } })
  const applyPages: StoreBatch['applyPages'] = (changes, number) => {
    Object.getPrototypeOf(batch).applyPages.call(batch, counted(changes), number)
  }
  Object.defineProperty(batch, 'applyPages', { value: applyPages })
}
