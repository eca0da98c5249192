import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createKernel, type Kernel } from '@deoxys/kernel'
import { Store } from '../packages/core/src/store/store.ts'
import { countingKernel, emptySums, type Sums, sealDiffs } from './trie/measure.ts'
import { BENCH_CHAIN, openState } from './trie/state.ts'
import { type Shape, shapeOf, Workload } from './trie/workload.ts'

/**
 * What a required hash takes as the state grows: blocks like those of mainnet, sealed one by one and in ranges, on top
 * of states of so many slots in LMDB. A state is built once and kept; what is sealed goes onto a copy.
 *
 *     node bench/trie.ts [slots …]
 *       --rounds n        copies that are sealed onto; 3
 *       --cache dir       where states are kept; a folder of the system's for temporary files
 *       --out file.json   where the figures go; the last line printed, if not given
 */

const SLOTS = [10_000, 100_000, 1_000_000]
/** Blocks sealed together, as the node does far from the tip. */
const RANGE_BLOCKS = 64
const SINGLE_BLOCKS = 32
const WARM_UP_BLOCKS = 8
/** The CPU time of a required hash in the largest state may be so many times that in the smallest. */
const GROWTH_MAX = 1.5

interface Row {
  readonly slots: number
  readonly mode: 'range' | 'block'
  readonly sums: Sums
  /** CPU ns per hash: of all, and without the kernel. */
  readonly nsPerHash: number
  readonly otherNsPerHash: number
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' }, cache: { type: 'string' }, out: { type: 'string' } },
})
const say = (line: string) => process.stdout.write(`${line}\n`)
const sizes = positionals.length === 0 ? SLOTS : positionals.map(Number)
const cacheDir = values.cache ?? join(tmpdir(), 'deoxys-bench')
const real = await createKernel()

const rows: Row[] = []
await measure(shapeOf(sizes[0]!), 1) // Compiles the code.
for (const slots of sizes) rows.push(...(await measure(shapeOf(slots), Number(values.rounds))))
for (const line of table(rows)) say(line)
const growth = growthOf(rows)
for (const { mode, ratio } of growth) {
  say(
    `${mode}: CPU per hash in ${sizes.at(-1)} slots is ${ratio.toFixed(2)} times that in ${sizes[0]}; at most ${GROWTH_MAX}`,
  )
}
const report = { backend: real.backend, node: process.version, rows, growth }
if (values.out === undefined) say(JSON.stringify(report))
else await writeFile(values.out, `${JSON.stringify(report, undefined, 2)}\n`)

async function measure(shape: Shape, rounds: number): Promise<Row[]> {
  const state = await openState(cacheDir, shape, real, say)
  const [range, block] = [emptySums(), emptySums()]
  for (let round = 0; round < rounds; round++) await sealOntoCopy(state, shape, range, block)
  return [rowOf(shape.slots, 'range', range), rowOf(shape.slots, 'block', block)]
}

async function sealOntoCopy(state: string, shape: Shape, range: Sums, block: Sums): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'bench-trie-'))
  try {
    cpSync(state, dir, { recursive: true })
    const store = Store.open({ dir, chain: BENCH_CHAIN })
    store.digest() // Maps every page, as in a node that has been running.
    const workload = new Workload(shape)
    let [sums, number] = [emptySums(), 0]
    const kernel: Kernel = countingKernel(real, () => sums)
    const seal = async (count: number): Promise<void> => {
      const diffs = Array.from({ length: count }, () => workload.nextDiff())
      await sealDiffs(store, kernel, diffs, number, sums)
      number += count
    }
    for (let i = 0; i < WARM_UP_BLOCKS; i++) await seal(1)
    sums = block
    for (let i = 0; i < SINGLE_BLOCKS; i++) await seal(1)
    sums = range
    await seal(RANGE_BLOCKS)
    await store.close()
  } finally {
    rmSync(dir, { recursive: true })
  }
}

function rowOf(slots: number, mode: Row['mode'], sums: Sums): Row {
  const { cpuUs, kernelUs, hashes } = sums
  return { slots, mode, sums, nsPerHash: (cpuUs * 1000) / hashes, otherNsPerHash: ((cpuUs - kernelUs) * 1000) / hashes }
}

function growthOf(rows: readonly Row[]): { readonly mode: string; readonly ratio: number }[] {
  return (['range', 'block'] as const).map((mode) => {
    const ofMode = rows.filter((row) => row.mode === mode)
    return { mode, ratio: ofMode.at(-1)!.nsPerHash / ofMode[0]!.nsPerHash }
  })
}

function table(rows: readonly Row[]): string[] {
  const head =
    'slots | mode | hashes/write | ns/hash | not kernel | CPU ms/block | commit CPU | commit ms | pages read | written | KB of pages | KB written'
  const line = ({ slots, mode, sums, nsPerHash, otherNsPerHash }: Row) => {
    const perBlock = (value: number) => (value / sums.blocks).toFixed(1)
    return [
      slots,
      mode,
      (sums.hashes / sums.writes).toFixed(2),
      nsPerHash.toFixed(0),
      otherNsPerHash.toFixed(0),
      perBlock(sums.cpuUs / 1000),
      perBlock(sums.commitUs / 1000),
      perBlock(sums.commitMs),
      perBlock(sums.pagesRead),
      perBlock(sums.pagesWritten),
      perBlock(sums.pageBytes / 1024),
      perBlock(sums.writtenBytes / 1024),
    ].join(' | ')
  }
  return [`| ${head} |`, `|${' --- |'.repeat(head.split('|').length)}`, ...rows.map((row) => `| ${line(row)} |`)]
}
