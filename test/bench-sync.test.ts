import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKernel } from '@deoxys/core'
import { expect, test } from 'vitest'
import { CountingKernel } from '../bench/sync/counting-kernel.ts'
import { classify } from '../bench/sync/profile.ts'
import { formatReport } from '../bench/sync/report.ts'
import { RUNS, runBench } from '../bench/sync/run.ts'

/** Numbers of a report, by their path. */
function numbersOf(value: unknown, path = ''): [string, number][] {
  if (typeof value === 'number') return [[path, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => numbersOf(member, `${path}/${name}`))
}

// What threads take is read from /proc.
test.runIf(process.platform === 'linux')('the bench of sync has every figure', async () => {
  const cacheDir = await mkdtemp(join(tmpdir(), 'bench-sync-test-'))
  try {
    const options = { profile: 'tiny', blocks: 12, stateCells: 0, runs: RUNS, threads: 1, cacheDir } as const
    const report = await runBench(options)
    for (const [path, number] of numbersOf(report)) expect(number, path).toSatisfy(Number.isFinite)
    expect(report.chain).toMatchObject({ profile: 'tiny', blocks: 12, fill: 0 })
    expect(report.runs.map(({ name }) => name)).toEqual(RUNS)
    for (const run of report.runs) {
      const own = run.name.startsWith('threads') || run.name === 'rpc' ? ['main', 'verify 0', 'seal'] : ['main']
      expect(run.threads, run.name).toMatchObject(Object.fromEntries(own.map((name) => [name, expect.any(Number)])))
      expect(own).toContain(run.busiest.thread)
      expect(run.blocksPerSecond * run.seconds).toBeCloseTo(12)
      expect(run.segmentBytes).toBeGreaterThan(0)
      expect(run.memory.peakRss).toBeGreaterThanOrEqual(run.memory.peakAnonymous)
    }
    expect(report.bound?.rows.find(({ operation }) => operation === 'signature')?.countPerBlock).toBe(1)
    expect(report.bound?.ratio).toBeGreaterThan(1)
    expect(report.profile?.top.length).toBeGreaterThan(0)
    expect(report.rpc).toMatchObject({ answered: expect.any(Number), failed: expect.any(Number) })
    expect(formatReport(report)).toContain('| bound ')
  } finally {
    await rm(cacheDir, { recursive: true })
  }
})

test('hashes are counted in the units they are paid by, and computed', async () => {
  const kernel = await createKernel()
  const counting = new CountingKernel(kernel)
  const [small, large] = [new Uint8Array(32).fill(1, 31), new Uint8Array(32).fill(1)]
  const felts = new Uint8Array([...small, ...small, ...large])
  const ask = (of: typeof kernel) => [
    of.pedersenPairs(new Uint8Array(64)),
    of.pedersenArrays(felts, Uint32Array.of(0, 3)),
    of.poseidonPermute(new Uint8Array(96)),
    of.poseidonPairs(new Uint8Array(64)),
    of.poseidonArrays(felts, Uint32Array.of(0, 1, 2)),
    of.keccak256(new Uint8Array(136), Uint32Array.of(136)),
    of.starknetKeccak(new Uint8Array(135), Uint32Array.of(135, 0)),
    of.blake2sArrays(felts, Uint32Array.of(0, 3)),
    of.verifySignatures(new Uint8Array(256)),
    of.parseFelts(new TextEncoder().encode('0x1\n0x2')),
  ]
  expect(ask(counting)).toEqual(ask(kernel))
  const [pedersen, poseidon] = [1 + 1 + 4, 1 + 1 + 1 + 1 + 2]
  expect(counting.counts()).toEqual({ pedersen, poseidon, keccak: 4, blake2s: 2, signature: 2, parseFelts: 2 })
})

test('a profile is told by room, in CPU time', () => {
  const places = {
    '(root)': '',
    '(idle)': '',
    '(garbage collector)': '',
    hashBatch: 'file:///repo/packages/core/src/chain/hashing.ts',
    'wasm-function[1]': 'wasm://wasm/1',
    verifyBlock: 'file:///repo/packages/core/src/sync/verify.ts',
    encode: 'file:///repo/packages/core/src/chain/codec.ts',
    concat: 'node:buffer',
  }
  const children: Record<number, number[]> = { 1: [2, 3, 4, 6], 4: [5], 6: [7], 7: [8] }
  const nodes = Object.entries(places).map(([functionName, url], i) => ({
    id: i + 1,
    callFrame: { functionName, url, scriptId: '', lineNumber: 0, columnNumber: 0 },
    children: children[i + 1] ?? [],
  }))
  const timeDeltas = [0, 500, 1000, 1000, 1000, 2000, 1000, 1000]
  const { rooms, top } = classify(
    { nodes, startTime: 0, endTime: 7500, samples: [2, 3, 4, 5, 6, 7, 8], timeDeltas },
    14,
  )
  const expected = { GC: 2, 'hashing glue': 2, hashing: 2, sync: 4, 'frame encoding': 4 }
  expect(rooms).toEqual(expected)
  expect(top[0]).toMatchObject({ name: 'verifyBlock', room: 'sync', seconds: 4 })
  expect(top.find(({ name }) => name === 'concat')).toMatchObject({ room: 'frame encoding', place: 'node:buffer:1' })
})
