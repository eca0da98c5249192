import { type FileHandle, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { felt, InputError, type Network } from '@deoxys/core'
import type { RawJson } from '../raw-json.ts'
import type { BlockMeta } from './block-record.ts'
import type { BlockSupply } from './block-supply.ts'
import { simulatedNetwork } from './chain-builder.ts'
import type { ProfileName } from './profiles.ts'
import type { Schedule } from './schedule.ts'
import type { Reorg } from './timeline.ts'

/**
 * A chain on disk:
 *
 *     chain.json           the manifest, written last
 *     blocks.bin           {block, state_update} of each block, compressed by gzip, one behind the other
 *     index.ndjson         of each the rest, and where it lies, a line of JSON each, in the order they come
 *     class/0x….json  compiled_class/0x….json
 *
 * A reorg is where a block follows whose number is not the next one.
 */
export const FILES = { manifest: 'chain.json', blocks: 'blocks.bin', index: 'index.ndjson' } as const
export const CLASS_DIRS = { class: 'class', compiled: 'compiled_class' } as const

/** Counts up when the layout changes. */
export const FORMAT = 1

export interface Manifest {
  readonly format: number
  readonly profile: ProfileName
  readonly seed: number
  readonly stateCells: number | null
  readonly schedule: Schedule
  readonly chainId: string
  readonly publicKey: string
  /** At the end, after all reorgs. */
  readonly blocks: number
  readonly reorgs: readonly Reorg[]
}

/** A line of the index. */
export interface IndexLine extends BlockMeta {
  readonly offset: number
  readonly length: number
}

interface Branch {
  /** The number of its first block. */
  readonly from: number
  readonly lines: IndexLine[]
}

/** The blocks of a chain on disk; its branches can be taken in the order they were written. */
export class StoredSupply implements BlockSupply {
  readonly network: Network
  readonly manifest: Manifest
  readonly #dir: string
  readonly #blocks: FileHandle
  /** Branches that have not been taken yet. */
  readonly #ahead: Branch[]
  #present: readonly IndexLine[]

  private constructor(dir: string, manifest: Manifest, branches: Branch[], blocks: FileHandle) {
    this.#dir = dir
    this.manifest = manifest
    this.network = simulatedNetwork(manifest.chainId, felt(manifest.publicKey))
    this.#blocks = blocks
    this.#present = branches[0]?.lines ?? []
    this.#ahead = branches.slice(1)
  }

  /** @throws InputError BAD_FILE for what is no chain, or not a whole one */
  static async open(dir: string): Promise<StoredSupply> {
    const manifest = await readManifest(dir)
    const branches: Branch[] = []
    const text = await readFile(join(dir, FILES.index), 'utf8').catch((cause) => {
      throw broken(dir, `${FILES.index} cannot be read`, cause)
    })
    for (const row of text.split('\n')) {
      if (row === '') continue
      const line: IndexLine = JSON.parse(row)
      const branch = branches.at(-1)
      if (branch === undefined || line.number !== branch.from + branch.lines.length) {
        branches.push({ from: line.number, lines: [line] })
      } else branch.lines.push(line)
    }
    const blocks = await open(join(dir, FILES.blocks)).catch((cause) => {
      throw broken(dir, `${FILES.blocks} cannot be read`, cause)
    })
    return new StoredSupply(dir, manifest, branches, blocks)
  }

  get blocksMax(): number {
    return this.#present.length
  }

  meta(number: number): BlockMeta {
    return this.#line(number)
  }

  async gzip(number: number): Promise<Uint8Array> {
    const { offset, length } = this.#line(number)
    const bytes = new Uint8Array(length)
    const { bytesRead } = await this.#blocks.read(bytes, 0, length, offset)
    if (bytesRead !== length) throw broken(this.#dir, `${FILES.blocks} ends before block ${number}`)
    return bytes
  }

  /** Nothing is under construction. */
  building(): undefined {}

  fork(keep: number): void {
    const next = this.#ahead[0]
    if (next?.from !== keep + 1) {
      const has = next === undefined ? 'no more branches' : `a branch from block ${next.from} on`
      throw new RangeError(`a chain on disk takes the branches it was made with: it has ${has}`)
    }
    this.#ahead.shift()
    this.#present = [...this.#present.slice(0, keep + 1), ...next.lines]
  }

  classText(hash: string): Promise<RawJson | undefined> {
    return this.#readClass(CLASS_DIRS.class, hash)
  }

  compiledClassText(hash: string): Promise<RawJson | undefined> {
    return this.#readClass(CLASS_DIRS.compiled, hash)
  }

  close(): Promise<void> {
    return this.#blocks.close()
  }

  #line(number: number): IndexLine {
    const line = this.#present[number]
    if (line === undefined) throw new RangeError(`block ${number} of ${this.blocksMax}`)
    return line
  }

  async #readClass(kind: string, hash: string): Promise<RawJson | undefined> {
    return readFile(join(this.#dir, kind, `${hash}.json`)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      return undefined
    })
  }
}

async function readManifest(dir: string): Promise<Manifest> {
  const text = await readFile(join(dir, FILES.manifest), 'utf8').catch((cause) => {
    throw broken(dir, `there is no ${FILES.manifest} in it`, cause)
  })
  let manifest: Partial<Manifest>
  try {
    manifest = JSON.parse(text)
  } catch (cause) {
    throw broken(dir, `${FILES.manifest} is no JSON`, cause)
  }
  if (manifest.format !== FORMAT) throw broken(dir, `its format is ${manifest.format}, not ${FORMAT}: make it anew`)
  return manifest as Manifest
}

function broken(dir: string, reason: string, cause?: unknown): InputError {
  return new InputError(`${dir} is no chain that can be served: ${reason}`, { code: 'BAD_FILE', file: dir }, { cause })
}
