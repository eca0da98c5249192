import { availableParallelism, homedir } from 'node:os'
import { join } from 'node:path'
import {
  createKernel,
  customNetwork,
  type DeoxysNode,
  felt,
  type Head,
  hexFromFelt,
  type Kernel,
  type Log,
  type Network,
  type NodeConfig,
  newFull,
} from '@deoxys/core'
import { type DemoSequencer, FeederServer, NodeAnswers, startDemoSequencer } from '@deoxys/sequencer'
import { EXIT_OK } from '../exit-codes.ts'
import { createLog } from '../log.ts'
import type { Output } from '../output.ts'
import { showProgress } from '../progress.ts'
import type { Settings } from '../settings.ts'
import { StatusLine } from '../status-line.ts'

/** Where JSON-RPC listens unless told otherwise, while the node goes on running. */
const RPC_PORT_DEFAULT = 9545

/** `deoxys run`: a node until it is done, or until `signal` says stop. */
export async function run(settings: Settings, output: Output, signal: AbortSignal): Promise<number> {
  const isQuiet = settings['log-format'] === 'json' || settings['log-level'] === 'silent'
  const statusLine = new StatusLine(process.stderr, !isQuiet)
  const log = createLog({ level: settings['log-level'], format: settings['log-format'], statusLine })
  const started = performance.now()
  const demo = settings.network === 'demo' ? await startDemo(settings, log) : undefined
  let node: DeoxysNode | undefined
  let feeder: FeederServer | undefined
  try {
    const kernel = await createKernel()
    node = await newFull({ ...nodeConfig(settings, demo, log), kernel })
    const first = node.head()
    let head = first
    node.events.on('sealed', (sealed) => {
      head = sealed
    })
    const progress = showProgress(node, statusLine, log) // At once, so that no event is missed.
    try {
      feeder = await serveFeeder(node, kernel, settings['serve-feeder'])
      announce(node, feeder, settings, log, output)
      await untilDone(node, signal)
    } finally {
      progress.end()
    }
    await feeder?.close() // It asks the node.
    await node.close() // Ends with the commit under way.
    const seconds = Math.round(performance.now() - started) / 1000
    report(head, first, seconds, settings, output)
    return EXIT_OK
  } finally {
    await feeder?.close()
    await node?.close()
    await demo?.close()
  }
}

/** The node's chain for other nodes, where a port is given. @throws InputError PORT_IN_USE */
async function serveFeeder(
  node: DeoxysNode,
  kernel: Kernel,
  port: number | undefined,
): Promise<FeederServer | undefined> {
  if (port === undefined) return undefined
  return FeederServer.start({ port, answers: new NodeAnswers({ node, kernel }) })
}

/** @throws what took the node down */
async function untilDone(node: DeoxysNode, signal: AbortSignal): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([node.done, stopped])
}

/** The last line. A node that was stopped before it had a block has no head to tell: `null`. */
function report(
  head: Head | undefined,
  first: Head | undefined,
  seconds: number,
  settings: Settings,
  output: Output,
): void {
  const blocks = (head?.number ?? -1) - (first?.number ?? -1)
  const hash = head && hexFromFelt(head.hash)
  const root = head && hexFromFelt(head.stateRoot)
  if (output.isJson) {
    const [block_hash, state_root] = [hash ?? null, root ?? null]
    output.result({ ok: true, head: head?.number ?? null, block_hash, state_root, blocks, seconds }, '')
  } else if (settings['exit-when-synced'] && head !== undefined) {
    output.result({}, `block ${head.number} ${hash}\nstate root ${root}\n${blocks} blocks in ${seconds} s`)
  }
}

function nodeConfig(settings: Settings, demo: DemoSequencer | undefined, log: Log): NodeConfig {
  const rpcPort = settings['rpc-port'] ?? (settings['exit-when-synced'] ? undefined : RPC_PORT_DEFAULT)
  const optional: Partial<NodeConfig> = {
    ...(settings.until === undefined ? {} : { until: settings.until }),
    ...(settings['api-key'] === undefined ? {} : { apiKey: settings['api-key'] }),
    ...(settings['feeder-url'].length === 0 ? {} : { feederUrls: settings['feeder-url'] }),
    ...(rpcPort === undefined ? {} : { rpc: { port: rpcPort, host: settings['rpc-host'] } }),
    ...(settings['admin-port'] === undefined ? {} : { adminPort: settings['admin-port'] }),
    ...(demo !== undefined && settings['data-dir'] === undefined ? {} : { dataDir: dataDir(settings) }),
  }
  return {
    ...optional,
    network: demo?.network ?? (settings.network === 'custom' ? ownNetwork(settings) : settings.network),
    exitWhenSynced: settings['exit-when-synced'],
    verify: settings.verify,
    roots: settings.roots,
    sealing: settings.sealing,
    casm: settings.casm,
    threads: settings.threads ?? (demo === undefined ? availableParallelism() : 0),
    log,
  }
}

function dataDir(settings: Settings): string {
  const base = process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share')
  return settings['data-dir'] ?? join(base, 'deoxys', settings.network)
}

function ownNetwork(settings: Settings): Network {
  return customNetwork({
    name: 'custom',
    chainId: settings['chain-id']!,
    publicKey: felt(settings['public-key']!),
    l1CoreContract: settings['l1-core-contract'],
  })
}

async function startDemo(settings: Settings, log: Log): Promise<DemoSequencer> {
  const demo = await startDemoSequencer()
  log.info(
    {},
    `the chain is simulated: a sequencer in this process makes it up, a block every few seconds (${demo.url})`,
  )
  const where = settings['data-dir'] === undefined ? 'it is kept in memory and gone at the end' : settings['data-dir']
  log.info({}, `${where}; for the real one: deoxys run --network mainnet`)
  return demo
}

function announce(
  node: DeoxysNode,
  feeder: FeederServer | undefined,
  settings: Settings,
  log: Log,
  output: Output,
): void {
  const head = node.head()
  const from = head === undefined ? 'an empty database' : `block ${head.number}`
  log.info(
    {},
    `${node.network.name}, from ${from}, every check ${settings.verify === 'strict' ? 'enforced' : 'logged only'}`,
  )
  const { rpcUrl, adminUrl } = node
  if (rpcUrl !== undefined) log.info({}, `JSON-RPC at ${rpcUrl}`)
  if (adminUrl !== undefined) log.info({}, `admin methods at ${adminUrl}`)
  const feederUrl = feeder?.url
  if (feederUrl !== undefined) log.info({}, `feeder gateway at ${feederUrl}`)
  if (output.isJson && (rpcUrl ?? adminUrl ?? feederUrl) !== undefined) {
    output.result({ rpc_url: rpcUrl, admin_url: adminUrl, feeder_url: feederUrl }, '')
  }
  if (settings.sealing === 'manual' && adminUrl === undefined) {
    log.warn({}, 'nothing will be sealed: --sealing manual waits for the admin methods, and there is no --admin-port')
  }
}
