import { hexFromFelt, InputError, UnsupportedVersionError } from '@deoxys/core'
import {
  AdminServer,
  countFillBlocks,
  createSimulatedChain,
  decodeFaultPlan,
  Faults,
  FeederServer,
  openStoredChain,
  PROFILES,
  type ProfileName,
  type Reorg,
  type Schedule,
  type SimulatedChain,
  writeChain,
} from '@deoxys/sequencer'
import { EXIT_OK } from '../exit-codes.ts'
import { readInputFile } from '../files.ts'
import type { Output } from '../output.ts'
import { StatusLine } from '../status-line.ts'

/** Between looks at the progress: drawn over on a terminal, lines elsewhere. */
const REDRAW_MS = 250
const LINE_MS = 5000

const BLOCKS_DEFAULT = 100
const SEED_DEFAULT = 1

export interface SequencerOptions {
  readonly profile?: string
  readonly blocks?: number
  readonly seed?: number
  readonly era?: string
  readonly state?: number
  readonly chainId?: string
  readonly port: number
  readonly adminPort?: number
  readonly blockTime?: number
  readonly reorg?: readonly string[]
  readonly faults?: string
  readonly out?: string
  readonly from?: string
}

/** `deoxys sequencer`: makes a simulated chain and keeps it, or serves one until `signal` says stop. */
export async function sequencer(options: SequencerOptions, output: Output, signal: AbortSignal): Promise<number> {
  try {
    return options.out === undefined ? await serve(options, output, signal) : await write(options, output, signal)
  } catch (error) {
    if (signal.aborted && error === signal.reason) return EXIT_OK
    if (error instanceof RangeError || error instanceof UnsupportedVersionError) {
      throw new InputError(error.message, { code: 'BAD_FLAG' }, { cause: error })
    }
    throw error
  }
}

async function write(options: SequencerOptions, output: Output, signal: AbortSignal): Promise<number> {
  refuse(options, '--out', ['from', 'faults', 'adminPort', 'blockTime'])
  const dir = options.out!
  const recipe = recipeOf(options)
  const progress = new Progress()
  const started = performance.now()
  const written = await writeChain({
    ...recipe,
    dir,
    signal,
    onProgress: ({ written, total, bytes }) => progress.show(written, total, bytes),
  }).finally(() => progress.end())
  const seconds = Math.round(performance.now() - started) / 1000
  const { blocks } = recipe
  output.result(
    { ok: true, dir, blocks, written: written.written, bytes: written.bytes, seconds },
    `${blocks} blocks in ${dir}, ${megabytes(written.bytes)}, in ${seconds} s\nserve them: deoxys sequencer --from ${dir}`,
  )
  return EXIT_OK
}

async function serve(options: SequencerOptions, output: Output, signal: AbortSignal): Promise<number> {
  const plan = options.faults === undefined ? undefined : readFaultPlan(options.faults)
  const faults = new Faults(plan === undefined ? {} : { plan })
  const closers: (() => Promise<void>)[] = []
  try {
    const chain = await openChain(options, closers, signal)
    const server = await FeederServer.start({ port: options.port, answers: chain.answers, faults })
    closers.unshift(() => server.close())
    const { adminPort } = options
    const admin = adminPort === undefined ? undefined : await AdminServer.start({ port: adminPort, chain, faults })
    if (admin !== undefined) closers.unshift(() => admin.close())
    announce(chain, server.url, admin?.url, output)
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    return EXIT_OK
  } finally {
    for (const close of closers) await close()
  }
}

async function openChain(
  options: SequencerOptions,
  closers: (() => Promise<void>)[],
  signal: AbortSignal,
): Promise<SimulatedChain> {
  const { from, blockTime: blockTimeMs, blocks } = options
  if (from !== undefined) {
    refuse(options, '--from', ['profile', 'seed', 'era', 'state', 'chainId', 'reorg'])
    const chain = await openStoredChain(from, {
      ...(blocks === undefined ? {} : { blocks }),
      ...(blockTimeMs === undefined ? {} : { blockTimeMs }),
    })
    closers.unshift(() => chain.close())
    return chain
  }
  const chain = await createSimulatedChain({ ...recipeOf(options), blockTimeMs })
  await make(chain, signal)
  return chain
}

/** Makes the blocks there are from the start before anybody asks for them. @throws signal.reason */
async function make({ answers, blockCount }: SimulatedChain, signal: AbortSignal): Promise<void> {
  const progress = new Progress()
  try {
    for (let number = 0; number < blockCount; number++) {
      signal.throwIfAborted()
      await answers.blockHash(number)
      progress.show(number + 1, blockCount, undefined)
      await new Promise(setImmediate) // Signals get their turn.
    }
  } finally {
    progress.end()
  }
}

function announce(chain: SimulatedChain, url: string, adminUrl: string | undefined, output: Output): void {
  const { chainIds, publicKey, l1CoreContract } = chain.network
  const chainId = Buffer.from(chainIds[0]!).toString('latin1').replaceAll('\0', '')
  const key = hexFromFelt(publicKey)
  const contract = l1CoreContract === undefined ? '' : ` --l1-core-contract ${l1CoreContract}`
  const json = {
    ok: true,
    url,
    admin_url: adminUrl ?? null,
    chain_id: chainId,
    public_key: key,
    blocks: chain.blockCount,
  }
  const sync = `deoxys run --network custom --feeder-url ${url} --chain-id ${chainId} --public-key ${key}${contract}`
  const admin = adminUrl === undefined ? '' : `\nadmin: ${adminUrl}`
  output.result(json, `${url}\n${chain.blockCount} blocks, simulated${admin}\nsync them: ${sync}`)
}

function recipeOf(options: SequencerOptions) {
  const { seed = SEED_DEFAULT, state: stateCells, chainId, era, reorg = [] } = options
  const profile = readProfile(options.profile ?? 'tiny')
  const blocks = options.blocks ?? BLOCKS_DEFAULT + countFillBlocks(profile, stateCells)
  const schedule = era === undefined ? undefined : readSchedule(era)
  return { profile, blocks, seed, schedule, stateCells, chainId, reorgs: reorg.map(readReorg) }
}

function readProfile(text: string): ProfileName {
  const names = Object.keys(PROFILES) as ProfileName[]
  const profile = names.find((name) => name === text)
  if (profile === undefined) throw badFlag('--profile', `"${text}" is none of ${names.join(', ')}`)
  return profile
}

/** `0.13.4`, or `0=0.12.3,10=0.13.2`. */
function readSchedule(text: string): Schedule {
  if (!text.includes('=')) return [{ from: 0, version: text }]
  return text.split(',').map((entry) => {
    const [, from, version] = /^(\d{1,10})=(.+)$/.exec(entry) ?? []
    if (from === undefined || version === undefined) throw badFlag('--era', `"${entry}" is not BLOCK=VERSION`)
    return { from: Number(from), version }
  })
}

/** `500:20` */
function readReorg(text: string): Reorg {
  const [, at, depth] = /^(\d{1,10}):(\d{1,10})$/.exec(text) ?? []
  if (at === undefined || depth === undefined) throw badFlag('--reorg', `"${text}" is not BLOCK:DEPTH`)
  return { at: Number(at), depth: Number(depth) }
}

function readFaultPlan(path: string) {
  const text = Buffer.from(readInputFile(path)).toString()
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new InputError(`${path} is no JSON`, { code: 'BAD_FILE', path }, { cause })
  }
  return decodeFaultPlan(json)
}

/** Flags that mean nothing beside another one. */
function refuse(options: SequencerOptions, beside: string, names: readonly (keyof SequencerOptions)[]): void {
  const given = names.find((name) => options[name] !== undefined)
  if (given === undefined) return
  const flag = `--${given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  throw badFlag(flag, `means nothing beside ${beside}`)
}

function badFlag(flag: string, reason: string): InputError {
  return new InputError(`${flag} ${reason}`, { code: 'BAD_FLAG', flag })
}

/** How far making blocks is, on stderr. */
class Progress {
  readonly #line = new StatusLine(process.stderr, true)
  readonly #startMs = performance.now()
  #shownMs = performance.now()

  show(done: number, total: number, bytes: number | undefined): void {
    const now = performance.now()
    if (now - this.#shownMs < (this.#line.isShown ? REDRAW_MS : LINE_MS)) return
    this.#shownMs = now
    const perSecond = (done * 1000) / (now - this.#startMs)
    const parts = [`making blocks: ${done} of ${total}`, `${perSecond.toFixed(1)} blocks/s`]
    if (bytes !== undefined) parts.push(megabytes(bytes))
    parts.push(`${Math.ceil((total - done) / perSecond)} s to go`)
    const text = parts.join(' | ')
    if (this.#line.isShown) this.#line.set(text)
    else this.#line.writeAbove(`${text}\n`)
  }

  end(): void {
    this.#line.clear()
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
