import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { LmdbEngine } from './lmdb-engine.ts'
import { Store } from './store.ts'
import { TableReader } from './table-reader.ts'
import { SEGMENTS, TABLES } from './tables.ts'
import type { CrashPlan } from './testing/crash-writer.ts'
import { extendChain, pickNumber, SAMPLE_CHAIN } from './testing/sample-chain.ts'
import { sealSample } from './testing/sample-seal.ts'

const root = mkdtempSync(join(tmpdir(), 'deoxys-crash-'))
afterAll(() => rmSync(root, { recursive: true }))

const WRITER = join(import.meta.dirname, 'testing/crash-writer.ts')
/** A few blocks: every round rolls over. */
const segmentBytesMax = 8000

/** Lets the writer run until it has reported `commits` times, then kills it. The heads it reported. */
function runAndKill(plan: CrashPlan, commits: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [WRITER, JSON.stringify(plan)], { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let errors = ''
    child.stderr.on('data', (text) => {
      errors += text
    })
    child.stdout.on('data', (text) => {
      out += text
      if (out.split('\n').length > commits) child.kill('SIGKILL')
    })
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(out.split('\n').slice(0, -1).map(Number))
      else reject(new Error(`the writer ended by itself, ${code}: ${errors}`))
    })
  })
}

/** The store is that of a clean sync of the same blocks, and the segments hold what is committed and no more. */
async function expectWhole(dir: string, seed: string): Promise<number> {
  const store = Store.open({ dir, chain: SAMPLE_CHAIN, segmentBytesMax })
  const head = store.head()?.number ?? -1
  const clean = Store.open({ memory: true, chain: SAMPLE_CHAIN })
  for (const block of extendChain([], head + 1, seed)) sealSample(clean, [block])
  expect(store.digest()).toBe(clean.digest())
  expect(store.head()).toEqual(clean.head())
  await store.close()
  const engine = LmdbEngine.open(
    dir,
    TABLES.map(({ number }) => number),
    true,
  )!
  const snapshot = engine.snapshot()
  const lengths = Array.from(new TableReader(snapshot).rows(SEGMENTS), ([, length]) => length)
  await engine.close()
  const names = readdirSync(join(dir, 'segments')).sort()
  expect(names.map((name) => statSync(join(dir, 'segments', name)).size)).toEqual(lengths)
  return head
}

describe('after SIGKILL', () => {
  test('at a random moment, eight lives long, the chain is whole', async () => {
    const seed = 'lives'
    const dir = join(root, seed)
    for (let life = 0; life < 8; life++) {
      const canGoBack = life % 2 === 1
      const plan = { dir, seed, round: `life ${life}`, canGoBack, segmentBytesMax }
      const heads = await runAndKill(plan, pickNumber(`life ${life}`, 12))
      const head = await expectWhole(dir, seed)
      if (!canGoBack) expect(head).toBeGreaterThanOrEqual(heads.at(-1) ?? -1)
    }
  })

  test.each([
    { call: 'writeSync', count: 0, isHalfDone: false },
    { call: 'writeSync', count: 5, isHalfDone: true },
    { call: 'writeSync', count: 30, isHalfDone: true },
    { call: 'fdatasyncSync', count: 4, isHalfDone: false },
    { call: 'fdatasyncSync', count: 9, isHalfDone: true },
  ] as const)('in call $count of $call, half done: $isHalfDone, the chain is whole', async (suicide) => {
    const seed = JSON.stringify(suicide)
    const dir = join(root, `${suicide.call} ${suicide.count}`)
    const plan = { dir, seed, round: 'suicide', canGoBack: false, segmentBytesMax, suicide }
    const heads = await runAndKill(plan, Number.POSITIVE_INFINITY)
    expect(await expectWhole(dir, seed)).toBe(heads.at(-1) ?? -1)
  })
})
