import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { Store } from '../store.ts'
import { extendChain, pickNumber, SAMPLE_CHAIN } from './sample-chain.ts'
import { sealSample, unsealSample } from './sample-seal.ts'

/**
 * A process that seals sample blocks until it is killed, and writes the head to stdout after each commit. Arguments:
 * a `CrashPlan` as JSON.
 */
export interface CrashPlan {
  readonly dir: string
  /** Of the blocks; the same in all rounds. */
  readonly seed: string
  /** Of the batches. */
  readonly round: string
  readonly canGoBack: boolean
  readonly segmentBytesMax: number
  /** Kills itself inside the n-th call (from 0) of this function that concerns a segment: at its beginning, or half done. */
  readonly suicide?: {
    readonly call: 'writeSync' | 'fdatasyncSync'
    readonly count: number
    readonly isHalfDone: boolean
  }
}

/** More than any round waits for. */
const BATCHES_MAX = 10_000

const plan = JSON.parse(process.argv[2]!) as CrashPlan
const report = fs.writeSync.bind(fs)
if (plan.suicide !== undefined) arm(plan.suicide)

const { dir, seed, round, segmentBytesMax } = plan
const store = Store.open({ dir, chain: SAMPLE_CHAIN, segmentBytesMax })
let chain = extendChain([], (store.head()?.number ?? -1) + 1, seed)
for (let i = 0; i < BATCHES_MAX; i++) {
  const count = 1 + pickNumber(`${round} ${i} count`, 3)
  if (plan.canGoBack && chain.length > count && pickNumber(`${round} ${i} back`, 3) === 0) {
    const kept = chain.slice(0, -count)
    unsealSample(store, chain.slice(-count).reverse(), kept.at(-1))
    chain = kept
  } else {
    const extended = extendChain(chain, count, seed)
    sealSample(store, extended.slice(chain.length))
    chain = extended
  }
  report(1, `${chain.length - 1}\n`)
}

function arm({ call, count, isHalfDone }: NonNullable<CrashPlan['suicide']>): void {
  let calls = 0
  const isTime = () => calls++ === count
  const die = () => process.kill(process.pid, 'SIGKILL')
  const { writeSync, fdatasyncSync } = fs
  const write = (file: number, bytes: Uint8Array, at: number, length: number, position: number): number => {
    // The lock is written by name, so that what has a position is a segment.
    if (call === 'writeSync' && isTime()) {
      if (isHalfDone) writeSync(file, bytes, at, length >> 1, position)
      die()
    }
    return writeSync(file, bytes, at, length, position)
  }
  const sync = (file: number): void => {
    if (call === 'fdatasyncSync' && isTime()) {
      if (isHalfDone) fdatasyncSync(file)
      die()
    }
    fdatasyncSync(file)
  }
  Object.assign(fs, { writeSync: write, fdatasyncSync: sync })
  syncBuiltinESMExports()
}
