import { type FileHandle, mkdir, open, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hexFromFelt, InputError } from '@deoxys/core'
import { createKernel, type Kernel } from '@deoxys/kernel'
import { type BlockRecord, recordOf } from './block-record.ts'
import type { ChainBuilder } from './chain-builder.ts'
import {
  CHAIN_ID,
  type ChainRecipe,
  type ChainTiming,
  createChainBuilder,
  type SimulatedChain,
  scheduleOf,
  startChain,
} from './create-simulated-chain.ts'
import { checksumAddress } from './ethereum-address.ts'
import type { SimulatedClass } from './simulated-class.ts'
import { CLASS_DIRS, FILES, FORMAT, type IndexLine, type Manifest, StoredSupply } from './stored-supply.ts'
import { type Reorg, verifyReorgs } from './timeline.ts'

export interface WriteChainOptions extends ChainRecipe {
  /** Created when missing; must be empty. */
  readonly dir: string
  /** At the end, after all reorgs. */
  readonly blocks: number
  /** Each `at` below `blocks`, in the order they come. */
  readonly reorgs?: readonly Reorg[] | undefined
  readonly kernel?: Kernel | undefined
  readonly onProgress?: ((progress: WriteProgress) => void) | undefined
  /** Aborting it ends with its reason and leaves a folder that cannot be served. */
  readonly signal?: AbortSignal | undefined
}

export interface WriteProgress {
  /** Blocks written, those of branches that are left again among them, of so many. */
  readonly written: number
  readonly total: number
  /** Of compressed blocks. */
  readonly bytes: number
}

/**
 * Makes a chain once and for all, block by block: only its state is in memory.
 * @throws InputError DATA_DIR_UNUSABLE @throws RangeError, UnsupportedVersionError for what cannot be
 */
export async function writeChain(options: WriteChainOptions): Promise<WriteProgress> {
  const { dir, blocks, reorgs = [], signal } = options
  verifyReorgs(reorgs)
  if (!(Number.isInteger(blocks) && blocks >= 1)) throw new RangeError(`blocks: ${blocks} is not 1 or more`)
  const late = reorgs.find(({ at }) => at >= blocks)
  if (late !== undefined) throw new RangeError(`reorg: block ${late.at} is not below ${blocks}`)
  const kernel = options.kernel ?? (await createKernel())
  const builder = createChainBuilder(options, kernel, Math.max(0, ...reorgs.map(({ depth }) => depth)))
  await prepare(dir)
  const writer = await ChainWriter.open(dir)
  const total = blocks + reorgs.reduce((sum, { depth }) => sum + depth, 0)
  try {
    for (const goal of goalsOf(blocks, reorgs, builder)) {
      while (builder.height < goal) {
        signal?.throwIfAborted()
        const block = builder.build()
        await writer.write(
          recordOf(block, (address) => checksumAddress(kernel, address)),
          block.classes,
        )
        options.onProgress?.({ written: writer.count, total, bytes: writer.bytes })
        await new Promise(setImmediate) // Signals and timers get their turn.
      }
    }
    await writer.finish(manifestOf(options, builder))
  } finally {
    await writer.close()
  }
  return { written: writer.count, total, bytes: writer.bytes }
}

/** Heights to build up to; between them the builder forks. */
function* goalsOf(blocks: number, reorgs: readonly Reorg[], builder: ChainBuilder): Generator<number> {
  for (const [i, { at, depth }] of reorgs.entries()) {
    yield at + 1
    builder.fork(at - depth, i + 1)
  }
  yield blocks
}

function manifestOf(options: WriteChainOptions, builder: ChainBuilder): Manifest {
  const { profile = 'tiny', seed, stateCells = null, chainId = CHAIN_ID, blocks, reorgs = [] } = options
  const publicKey = hexFromFelt(builder.network.publicKey)
  const schedule = scheduleOf(options)
  return { format: FORMAT, profile, seed, stateCells, schedule, chainId, publicKey, blocks, reorgs }
}

async function prepare(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true })
    if ((await readdir(dir)).length === 0) return
  } catch (cause) {
    throw new InputError(`${dir} cannot be made or read`, { code: 'DATA_DIR_UNUSABLE', dir }, { cause })
  }
  throw new InputError(`${dir} is not empty`, { code: 'DATA_DIR_UNUSABLE', dir })
}

/** The files of a chain while they grow. */
class ChainWriter {
  count = 0
  bytes = 0
  readonly #dir: string
  readonly #blocks: FileHandle
  readonly #index: FileHandle

  private constructor(dir: string, blocks: FileHandle, index: FileHandle) {
    this.#dir = dir
    this.#blocks = blocks
    this.#index = index
  }

  static async open(dir: string): Promise<ChainWriter> {
    for (const name of Object.values(CLASS_DIRS)) await mkdir(join(dir, name))
    return new ChainWriter(dir, await open(join(dir, FILES.blocks), 'wx'), await open(join(dir, FILES.index), 'wx'))
  }

  async write({ meta, gzip }: BlockRecord, classes: readonly SimulatedClass[]): Promise<void> {
    for (const { hash, text, compiled } of classes) {
      await writeFile(join(this.#dir, CLASS_DIRS.class, `${hexFromFelt(hash)}.json`), text)
      if (compiled === undefined) continue
      await writeFile(join(this.#dir, CLASS_DIRS.compiled, `${hexFromFelt(hash)}.json`), compiled.text)
    }
    const line: IndexLine = { ...meta, offset: this.bytes, length: gzip.length }
    await this.#blocks.appendFile(gzip)
    await this.#index.appendFile(`${JSON.stringify(line)}\n`)
    this.count += 1
    this.bytes += gzip.length
  }

  /** The manifest makes it a chain. */
  async finish(manifest: Manifest): Promise<void> {
    await this.#blocks.sync()
    await this.#index.sync()
    await writeFile(join(this.#dir, FILES.manifest), `${JSON.stringify(manifest, undefined, 2)}\n`)
  }

  async close(): Promise<void> {
    await this.#blocks.close()
    await this.#index.close()
  }
}

/** A chain that is read from disk. */
export interface StoredChain extends SimulatedChain {
  readonly manifest: Manifest
  /** No answer may be under way. */
  close(): Promise<void>
}

/**
 * Serves what `writeChain` wrote, with its reorgs. `blocks` are there from the start, all of them unless given. There are
 * no other branches, and nothing is pending.
 * @throws InputError BAD_FILE, RangeError
 */
export async function openStoredChain(
  dir: string,
  timing: Partial<Pick<ChainTiming, 'blocks' | 'blockTimeMs' | 'clock'>> = {},
): Promise<StoredChain> {
  const supply = await StoredSupply.open(dir)
  const { manifest } = supply
  const { blocks = manifest.blocks } = timing
  try {
    if (!(Number.isInteger(blocks) && blocks >= 1 && blocks <= manifest.blocks)) {
      throw new RangeError(`blocks: ${blocks} is not from 1 to ${manifest.blocks}`)
    }
    const kernel = await createKernel({ window: 4 })
    const chain = startChain(supply, { ...timing, blocks, reorgs: manifest.reorgs }, kernel)
    return {
      network: chain.network,
      answers: chain.answers,
      get blockCount() {
        return chain.blockCount
      },
      grow: chain.grow,
      reorg: chain.reorg,
      manifest,
      close: () => supply.close(),
    }
  } catch (error) {
    await supply.close()
    throw error
  }
}
