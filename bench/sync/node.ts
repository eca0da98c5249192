import { once } from 'node:events'
import { createKernel, customNetwork, felt, newFull } from '@deoxys/core'
import { calibrate, type Prices } from './calibrate.ts'
import { taskOf, tell } from './child.ts'
import { CountingKernel, type Counts, OPERATIONS } from './counting-kernel.ts'
import { type MemoryFigures, MemorySamples } from './memory-samples.ts'
import { readThreads, readWritten, since, sizeOf, type ThreadSeconds } from './proc.ts'
import { classify, type ProfileFigures, startProfile } from './profile.ts'

/** A node that syncs in a process of its own, measured from its start until block `last` is stored. */
export interface NodeTask {
  readonly url: string
  readonly chainId: string
  readonly publicKey: string
  readonly dataDir: string
  readonly threads: number
  readonly roots: 'range' | 'every-block'
  readonly last: number
  /** Stop after `last` as told by `until`, in place of believing the gateway. */
  readonly isFill: boolean
  /** Hashes are counted, and their prices taken before and after. Of the main thread. */
  readonly counting: boolean
  readonly profiled: boolean
  readonly rpc: boolean
}

export interface NodeFigures {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly threads: ThreadSeconds
  readonly memory: MemoryFigures
  readonly writtenBytes: number
  /** What the data directory grew by. */
  readonly databaseBytes: number
  readonly segmentBytes: number
  readonly counts?: Counts
  readonly prices?: Prices
  readonly profile?: ProfileFigures
}

export type NodeMessage =
  | { readonly kind: 'open'; readonly rpcUrl: string | undefined }
  | { readonly kind: 'synced' }
  | { readonly kind: 'done'; readonly figures: NodeFigures }

const task = taskOf<NodeTask>()
process.on('disconnect', () => process.exit())
tell({ kind: 'done', figures: await sync() } satisfies NodeMessage)
process.disconnect?.()

async function sync(): Promise<NodeFigures> {
  const { counting, profiled, dataDir, last } = task
  const kernel = new CountingKernel(await createKernel())
  const before = counting ? calibrate(kernel) : undefined
  const [priced, sizeStart] = [kernel.counts(), sizeOf(dataDir)]
  const node = await newFull({
    network: customNetwork({ name: 'bench', chainId: task.chainId, publicKey: felt(task.publicKey) }),
    dataDir,
    feederUrls: [task.url],
    threads: task.threads,
    roots: task.roots,
    ...(counting ? { kernel } : {}),
    ...(task.isFill ? { until: last } : {}),
    ...(task.rpc ? { rpc: { port: 0 } } : {}),
  })
  const stopProfile = profiled ? await startProfile() : undefined
  const memory = new MemorySamples(() => node.head()?.number ?? -1)
  const [start, cpuStart, threadsStart, writtenStart] = [
    performance.now(),
    process.cpuUsage(),
    readThreads(),
    readWritten('write_bytes'),
  ]
  tell({ kind: 'open', rpcUrl: node.rpcUrl } satisfies NodeMessage)
  await new Promise<void>((resolve, reject) => {
    node.events.on('sealed', ({ number }) => {
      memory.take(number)
      if (number >= last) resolve()
    })
    node.done.catch(reject)
  })
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpuStart)
  const [threads, counts] = [since(threadsStart, readThreads()), kernel.counts()]
  const profile = stopProfile && classify(await stopProfile(), threads['main'] ?? 0)
  const memoryFigures = memory.end()
  const asked = once(process, 'message')
  tell({ kind: 'synced' } satisfies NodeMessage)
  await asked // The client of the RPC goes first.
  await node.close()
  const sizeEnd = sizeOf(dataDir)
  return {
    seconds,
    cpuSeconds: (user + system) / 1e6,
    threads,
    memory: memoryFigures,
    writtenBytes: readWritten('write_bytes') - writtenStart,
    databaseBytes: sizeEnd.database - sizeStart.database,
    segmentBytes: sizeEnd.segments - sizeStart.segments,
    ...(before === undefined
      ? {}
      : {
          counts: byOperation((name) => counts[name] - priced[name]),
          prices: cheaper(before, calibrate(kernel)),
        }),
    ...(profile === undefined ? {} : { profile }),
  }
}

function byOperation(value: (name: (typeof OPERATIONS)[number]) => number): Counts {
  return Object.fromEntries(OPERATIONS.map((name) => [name, value(name)])) as Counts
}

function cheaper(a: Prices, b: Prices): Prices {
  return byOperation((name) => Math.min(a[name], b[name]))
}
