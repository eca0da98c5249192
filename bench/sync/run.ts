import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BenchChain, type ChainOptions, openChain } from './chain-cache.ts'
import { Child } from './child.ts'
import { OPERATIONS, type Operation } from './counting-kernel.ts'
import type { GatewayMessage, GatewayTask } from './gateway.ts'
import type { NodeFigures, NodeMessage, NodeTask } from './node.ts'
import { isSingle } from './proc.ts'
import type { ProfileFigures } from './profile.ts'
import type { RpcFigures, RpcMessage, RpcTask } from './rpc-client.ts'

/** The ways a node syncs, as the bench takes them one after the other. */
export const RUNS = ['one-range', 'threads-range', 'one-every-block', 'threads-every-block', 'profile', 'rpc'] as const
export type RunName = (typeof RUNS)[number]

export interface BenchOptions extends ChainOptions {
  readonly runs: readonly RunName[]
  /** Of the runs with threads; one for each core, as the command does, if not given. */
  readonly threads?: number
  readonly say?: (line: string) => void
}

/** Requests for a block, each second. */
const RPC_PER_SECOND = 20

/** More than the distance from the tip within which blocks are sealed one by one. */
const CLAIMED_BLOCKS = 100

export interface RunFigures extends NodeFigures {
  readonly name: RunName
  readonly blocksPerSecond: number
  readonly transactionsPerSecond: number
  readonly storageWritesPerSecond: number
  readonly cpuSecondsPerBlock: number
  /** Which of the threads that this project's code runs in took the most CPU, and its share of all. */
  readonly busiest: { readonly thread: string; readonly share: number }
  readonly gatewayCpuSeconds: number
}

export interface BoundRow {
  readonly operation: Operation
  readonly countPerBlock: number
  readonly microseconds: number
  readonly secondsPerBlock: number
}

/** The least a node could take: its hashes, at what the kernel takes for each. */
export interface Bound {
  readonly rows: readonly BoundRow[]
  /** CPU seconds a block, of the hashes alone: reading felts is not part of it. */
  readonly secondsPerBlock: number
  readonly measuredSecondsPerBlock: number
  readonly ratio: number
}

export interface BenchReport {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string }
  readonly chain: Omit<BenchChain, 'dir'> & { readonly profile: string; readonly stateCells: number }
  readonly runs: readonly RunFigures[]
  readonly bound: Bound | null
  readonly profile: ProfileFigures | null
  readonly rpc: RpcFigures | null
}

/** Syncs the chain in every way of `runs`, each in processes and a directory of its own. */
export async function runBench(options: BenchOptions): Promise<BenchReport> {
  const { say = () => {}, profile, stateCells } = options
  const { dir: chainDir, ...chain } = await openChain(options, say)
  const work = await mkdtemp(join(tmpdir(), 'bench-sync-'))
  const gateway = await Gateway.open(chainDir)
  try {
    const filled = join(work, 'filled')
    await mkdir(filled)
    const task = (dataDir: string): NodeTask => ({
      ...{ url: gateway.url, chainId: chain.chainId, publicKey: chain.publicKey, dataDir, roots: 'range' },
      ...{ last: chain.fill + chain.blocks - 1, threads: options.threads ?? availableParallelism() },
      ...{ isFill: false, counting: false, profiled: false, rpc: false },
    })
    if (chain.fill > 0) {
      say(`syncing ${chain.fill} blocks that make the state`)
      await runNode({ ...task(filled), last: chain.fill - 1, isFill: true }, gateway)
    }
    const runs: RunFigures[] = []
    let rpc: RpcFigures | null = null
    for (const name of options.runs) {
      say(`run ${name}`)
      const dataDir = join(work, name)
      await cp(filled, dataDir, { recursive: true })
      const ran = await runNode({ ...task(dataDir), ...VARIANTS[name] }, gateway, chain.fill)
      runs.push(figuresOf(name, ran.figures, ran.gatewayCpuSeconds, chain))
      rpc = ran.rpc ?? rpc
      await rm(dataDir, { recursive: true })
    }
    const machine = { cpu: cpus()[0]?.model ?? '', cores: availableParallelism(), node: process.version }
    const profiled = runs.find((run) => run.profile !== undefined)?.profile ?? null
    return {
      machine,
      chain: { profile, stateCells, ...chain },
      runs,
      bound: boundOf(runs, chain),
      profile: profiled,
      rpc,
    }
  } finally {
    await gateway.close()
    await rm(work, { recursive: true })
  }
}

const VARIANTS: Readonly<Record<RunName, Partial<NodeTask>>> = {
  'one-range': { threads: 0, counting: true },
  'threads-range': {},
  'one-every-block': { threads: 0, roots: 'every-block' },
  'threads-every-block': { roots: 'every-block' },
  profile: { threads: 0, profiled: true },
  rpc: { rpc: true },
}

class Gateway {
  readonly url: string
  readonly #child: Child<GatewayMessage>

  private constructor(child: Child<GatewayMessage>, url: string) {
    this.#child = child
    this.url = url
  }

  static async open(dir: string): Promise<Gateway> {
    const child = new Child<GatewayMessage>('gateway', { dir, claimed: CLAIMED_BLOCKS } satisfies GatewayTask)
    return new Gateway(child, (await child.next('open')).url)
  }

  async cpuSeconds(): Promise<number> {
    this.#child.ask('cpu')
    return (await this.#child.next('cpu')).seconds
  }

  close(): Promise<void> {
    return this.#child.stop()
  }
}

interface Ran {
  readonly figures: NodeFigures
  readonly gatewayCpuSeconds: number
  readonly rpc: RpcFigures | undefined
}

async function runNode(task: NodeTask, gateway: Gateway, firstAsked = 0): Promise<Ran> {
  const cpuStart = await gateway.cpuSeconds()
  const node = new Child<NodeMessage>('node', task)
  let client: Child<RpcMessage> | undefined
  try {
    const { rpcUrl } = await node.next('open')
    if (rpcUrl !== undefined) {
      client = new Child('rpc-client', { url: rpcUrl, perSecond: RPC_PER_SECOND, from: firstAsked } satisfies RpcTask)
    }
    // The client is stopped before the node is: what the node no longer answers is not counted.
    await node.next('synced')
    client?.ask('done')
    const rpc = client && (await client.next('done')).figures
    node.ask('close')
    const { figures } = await node.next('done')
    await node.ended()
    return { figures, gatewayCpuSeconds: (await gateway.cpuSeconds()) - cpuStart, rpc }
  } catch (error) {
    await Promise.all([node.stop(), client?.stop()])
    throw error
  }
}

function figuresOf(
  name: RunName,
  figures: NodeFigures,
  gatewayCpuSeconds: number,
  chain: Omit<BenchChain, 'dir'>,
): RunFigures {
  const { seconds, cpuSeconds, threads } = figures
  const single = Object.entries(threads).filter(([thread]) => isSingle(thread))
  const [thread, most] = single.reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0] as [string, number])
  return {
    name,
    blocksPerSecond: chain.blocks / seconds,
    transactionsPerSecond: chain.transactions / seconds,
    storageWritesPerSecond: chain.storageWrites / seconds,
    cpuSecondsPerBlock: cpuSeconds / chain.blocks,
    busiest: { thread, share: most / cpuSeconds },
    gatewayCpuSeconds,
    ...figures,
  }
}

function boundOf(runs: readonly RunFigures[], { blocks }: Pick<BenchChain, 'blocks'>): Bound | null {
  const run = runs.find(({ counts }) => counts !== undefined)
  if (run?.counts === undefined || run.prices === undefined) return null
  const { counts, prices } = run
  const rows = OPERATIONS.map((operation) => {
    const [countPerBlock, microseconds] = [counts[operation] / blocks, prices[operation]]
    return { operation, countPerBlock, microseconds, secondsPerBlock: (countPerBlock * microseconds) / 1e6 }
  })
  const secondsPerBlock = rows
    .filter(({ operation }) => operation !== 'parseFelts')
    .reduce((sum, row) => sum + row.secondsPerBlock, 0)
  const measuredSecondsPerBlock = run.cpuSecondsPerBlock
  return { rows, secondsPerBlock, measuredSecondsPerBlock, ratio: measuredSecondsPerBlock / secondsPerBlock }
}
