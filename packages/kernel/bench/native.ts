import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { compressedConstants } from '../codegen/poseidon.ts'
import { multiply, N, PEDERSEN_POINTS } from '../src/curve.ts'
import type { Arm } from './rounds.ts'

/** The C of `c/`, compiled for this machine: how fast the same method is without WebAssembly. */
export interface Native {
  /** The compiler's own first line. */
  readonly compiler: string
  /** Hashes of all pairs, 64 hex digits each. */
  readonly pedersenHashes: readonly string[]
  readonly poseidonHashes: readonly string[]
  readonly pedersen: Arm
  readonly poseidon: Arm
  close(): Promise<void>
}

/** Clang first: gcc's code for products of 128 bits takes half as long again. */
const COMPILERS = ['clang', 'gcc', 'cc']
const FLAGS = ['-std=c11', '-O3', '-march=native']
const SOURCES = new URL('c/', import.meta.url)

function findCompiler(): { readonly command: string; readonly version: string } | undefined {
  for (const command of COMPILERS) {
    const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' })
    if (status === 0) return { command, version: stdout.split('\n')[0]! }
  }
  return undefined
}

type Pair = readonly [bigint, bigint]

const formatFelt = (value: bigint) =>
  `{{${[0n, 64n, 128n, 192n].map((shift) => `0x${((value >> shift) & (2n ** 64n - 1n)).toString(16)}`).join(', ')}}}`
const formatFelts = (values: readonly bigint[]) => `{${values.map(formatFelt).join(', ')}}`
const formatRows = (rows: readonly (readonly bigint[])[]) => `{${rows.map(formatFelts).join(',\n')}}`

/** What the C is compiled with: raw felts, not yet in Montgomery form. */
function constantsHeader(pairs: readonly Pair[]): string {
  const { full, partial } = compressedConstants()
  const [first, ...others] = PEDERSEN_POINTS
  const halves = others.map((point) => multiply(point, (N + 1n) / 2n)!)
  return `#ifndef CONSTANTS_H
#define CONSTANTS_H
#include "field.h"
#define PAIR_COUNT ${pairs.length}
static const felt P0[2] = ${formatFelts([first.x, first.y])};
static const felt HALF_POINTS[4][2] = ${formatRows(halves.map(({ x, y }) => [x, y]))};
static const felt FULL_KEYS[${full.length}][3] = ${formatRows(full)};
static const felt PARTIAL_KEYS[${partial.length}] = ${formatFelts(partial)};
static const felt PAIRS[PAIR_COUNT][2] = ${formatRows(pairs)};
#endif
`
}

/** The program's path in `dir`, or what the compiler says. */
async function compile(
  command: string,
  dir: string,
  pairs: readonly Pair[],
): Promise<{ program: string; error?: string }> {
  for (const name of await readdir(SOURCES)) await copyFile(new URL(name, SOURCES), join(dir, name))
  await writeFile(join(dir, 'constants.h'), constantsHeader(pairs))
  const program = join(dir, 'reference')
  const { status, stderr } = spawnSync(command, [...FLAGS, '-o', program, join(dir, 'reference.c')], {
    encoding: 'utf8',
  })
  return status === 0 ? { program } : { program, error: stderr }
}

/** Starts the program: it waits on its input while others are timed. Resolves to the reason where there is none. */
export async function openNative(pairs: readonly Pair[]): Promise<Native | string> {
  const compiler = findCompiler()
  if (!compiler) return `no C compiler (${COMPILERS.join(', ')})`
  const dir = await mkdtemp(join(tmpdir(), 'deoxys-bench-'))
  const { program, error } = await compile(compiler.command, dir, pairs)
  if (error !== undefined) {
    await rm(dir, { recursive: true })
    return `${compiler.command} failed: ${error}`
  }
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const readLine = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the C reference ended early')
    return value
  }
  const readHashes = async () => {
    const hashes: string[] = []
    while (hashes.length < pairs.length) hashes.push(await readLine())
    return hashes
  }
  const arm = (operation: string): Arm => ({
    count: pairs.length,
    async time(runCount) {
      child.stdin.write(`${operation} ${runCount}\n`)
      return Number(await readLine()) / 1000
    },
  })
  return {
    compiler: [compiler.version, ...FLAGS].join(' '),
    pedersenHashes: await readHashes(),
    poseidonHashes: await readHashes(),
    pedersen: arm('pedersen'),
    poseidon: arm('poseidon'),
    async close() {
      const exit = once(child, 'exit')
      child.stdin.end()
      await exit
      await rm(dir, { recursive: true })
    },
  }
}
