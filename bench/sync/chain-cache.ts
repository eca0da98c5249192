import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { countFillBlocks, openStoredChain, type ProfileName, writeChain } from '@deoxys/sequencer'

const SEED = 7

export interface ChainOptions {
  readonly profile: ProfileName
  /** Ordinary ones, behind those that make the state. */
  readonly blocks: number
  readonly stateCells: number
  /** Where chains are kept from run to run. */
  readonly cacheDir?: string
}

export interface BenchChain {
  /** What `openStoredChain` opens. */
  readonly dir: string
  readonly chainId: string
  readonly publicKey: string
  /** Blocks that make the state; the first ordinary one has this number. */
  readonly fill: number
  readonly blocks: number
  /** Of the ordinary blocks. */
  readonly transactions: number
  readonly storageWrites: number
  /** Of JSON, and compressed. */
  readonly jsonBytes: number
  readonly gzipBytes: number
}

/** A chain made once and for all: the same for the same options. */
export async function openChain(options: ChainOptions, say: (line: string) => void): Promise<BenchChain> {
  const { profile, blocks, stateCells, cacheDir = join(tmpdir(), 'deoxys-bench') } = options
  const home = join(cacheDir, `${profile}-seed-${SEED}-blocks-${blocks}-cells-${stateCells}`)
  const dir = join(home, 'chain')
  const figures = join(home, 'figures.json')
  const fill = countFillBlocks(profile, stateCells)
  if (!existsSync(dir)) {
    say(`making ${fill} + ${blocks} blocks in ${home}`)
    const partial = join(home, 'partial')
    await rm(partial, { recursive: true, force: true })
    await mkdir(home, { recursive: true })
    await writeChain({ dir: partial, profile, seed: SEED, blocks: fill + blocks, stateCells })
    await rename(partial, dir)
  }
  if (!existsSync(figures)) await writeFile(figures, JSON.stringify(await measureChain(dir, fill, blocks)))
  return { dir, fill, blocks, ...(JSON.parse(await readFile(figures, 'utf8')) as Figures) }
}

type Figures = Omit<BenchChain, 'dir' | 'fill' | 'blocks'>

interface Printed {
  readonly block: { readonly transactions: readonly unknown[] }
  readonly state_update: {
    readonly state_diff: { readonly storage_diffs: Readonly<Record<string, readonly unknown[]>> }
  }
}

async function measureChain(dir: string, fill: number, blocks: number): Promise<Figures> {
  const chain = await openStoredChain(dir)
  let [transactions, storageWrites, jsonBytes, gzipBytes] = [0, 0, 0, 0]
  for (let number = fill; number < fill + blocks; number++) {
    const zipped = (await chain.answers.zippedStateUpdate?.(number))!
    const text = gunzipSync(zipped)
    const { block, state_update } = JSON.parse(text.toString()) as Printed
    transactions += block.transactions.length
    for (const entries of Object.values(state_update.state_diff.storage_diffs)) storageWrites += entries.length
    jsonBytes += text.length
    gzipBytes += zipped.length
  }
  const { chainId, publicKey } = chain.manifest
  await chain.close()
  return { chainId, publicKey, transactions, storageWrites, jsonBytes, gzipBytes }
}
