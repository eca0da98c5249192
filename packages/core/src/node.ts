import { EventEmitter } from 'node:events'
import { createKernel, type Kernel } from '@deoxys/kernel'
import { type Clock, systemClock } from './base/clock.ts'
import { CheckError, InputError } from './base/errors.ts'
import { type Felt, hexFromFelt, ZERO } from './base/felt.ts'
import { errorFields, type Log, SILENT_LOG } from './base/log.ts'
import { VERSION } from './base/version.ts'
import type { Block } from './chain/frame.ts'
import { getNetwork, NETWORKS, type Network } from './chain/network.ts'
import type { PreConfirmedBlock } from './chain/pre-confirmed.ts'
import type { StateUpdate } from './chain/state-update.ts'
import type { BlockSource } from './gateway/block-source.ts'
import { FeederClient } from './gateway/client.ts'
import type { GatewayError } from './gateway/gateway-error.ts'
import { adminMethods } from './rpc/admin-methods.ts'
import type { RpcBackend } from './rpc/backend.ts'
import { Rpc } from './rpc/dispatcher.ts'
import { RpcServer } from './rpc/http-server.ts'
import { V0_10 } from './rpc/versions.ts'
import { ConsensusDataProvider, type LetterQueue } from './seal/consensus-data-provider.ts'
import { SealEngine } from './seal/engine.ts'
import { type Sealer, SealThread } from './seal/sealer.ts'
import { type BlocksOptions, type ChainEntry, streamBlocks } from './store/block-stream.ts'
import { Store } from './store/store.ts'
import type { StoreView } from './store/store-view.ts'
import type { Head } from './store/tables.ts'
import { ClassFetcher, fetchCompiledClass } from './sync/class-fetcher.ts'
import { type Reorg, Sync, type SyncProgress } from './sync/pipeline.ts'
import { LocalVerifier, type Verifier, VerifierThreads } from './sync/verifier.ts'
import type { VerifyPolicy } from './sync/verify.ts'

export interface NodeConfig {
  /** `mainnet`, `sepolia`, … or a network of one's own (`customNetwork`). */
  readonly network: string | Network
  /** Created when missing. Without it the chain is kept in memory and gone with the process. */
  readonly dataDir?: string
  /** Base URLs with `/feeder_gateway`; the network's own when there are neither these nor `sources`. */
  readonly feederUrls?: readonly string[]
  /** Sources in this process, besides the URLs. */
  readonly sources?: readonly BlockSource[]
  /** Key for `X-Throttling-Bypass`. */
  readonly apiKey?: string
  /** The last block to seal, inclusive; the newest one there is, if not given. */
  readonly until?: number
  /** Stop when the target is reached, and fail when the sources are exhausted, instead of going on for ever. */
  readonly exitWhenSynced?: boolean
  /** Follow the block under construction, once the head is reached; unless given, yes. */
  readonly preConfirmed?: boolean
  /** `strict` unless given. */
  readonly verify?: VerifyPolicy
  /** `auto`: sync commands sealing. `manual`: `sealNewBlock` does. */
  readonly sealing?: 'auto' | 'manual'
  /** `range`: far from the tip, blocks share a trie pass, whose root is compared. `every-block`: each root is. */
  readonly roots?: 'range' | 'every-block'
  /** `sync` fetches and checks the compiled class of every Sierra class; `on-demand` when somebody asks. */
  readonly casm?: 'on-demand' | 'sync'
  /**
   * Threads that verify; with any, and a `dataDir`, one more seals and writes. 0, the default, does everything in the
   * caller's.
   */
  readonly threads?: number
  /** The kernel to hash with in this thread; made when not given. */
  readonly kernel?: Kernel
  /** Where JSON-RPC is served; nowhere, if not given. Port 0 takes any free one. */
  readonly rpc?: { readonly port: number; readonly host?: string }
  /** Serves `engine_createBlock` and `engine_finalizeBlock` on the loopback. */
  readonly adminPort?: number
  readonly log?: Log
  readonly clock?: Clock
}

export interface NodeEvents {
  /** A block is stored, and visible to every read from now on. */
  readonly sealed: [head: Head]
  /** Blocks were taken back: the sequencer signed others in their place. */
  readonly reorg: [reorg: Reorg]
  /** The target is reached: `until`, or the newest block of the source. */
  readonly synced: [head: Head | undefined]
}

export interface NodeProgress extends SyncProgress {
  readonly head: Head | undefined
}

/** What `DeoxysNode.read` reads: the chain as it was at one commit. What a read returns is the caller's. */
export type ChainView = Pick<
  StoreView,
  'head' | 'blockHashAt' | 'blockNumberOf' | 'blockFrame' | 'stateUpdateAt' | 'transactionAt' | 'classBody'
>

/** The parts, in the order they are made; they end in the reverse order. */
interface Rooms {
  readonly sources: readonly BlockSource[]
  readonly verifier: Verifier
  readonly store: Store
  readonly sealer: Sealer
  readonly sync: Sync
  readonly rpc: Rpc<typeof V0_10>
  readonly servers: { readonly rpc: RpcServer | undefined; readonly admin: RpcServer | undefined }
}

/**
 * A full node in this process: opens the database, serves, and starts to sync. The promise `done` tells how it ended.
 * @throws InputError for a configuration, directory or port that cannot be used; then nothing is left open
 */
export async function newFull(config: NodeConfig): Promise<DeoxysNode> {
  const network = resolveNetwork(config.network)
  const log = config.log ?? SILENT_LOG
  const events = new EventEmitter<NodeEvents>()
  const sources = openSources(config, network, log)
  /** What is open so far, the newest first. */
  const closers = [() => closeSources(sources)]
  try {
    const kernel = config.kernel ?? (await createKernel())
    const verifier = await openVerifier(config.threads ?? 0, kernel, network)
    closers.unshift(() => verifier.close())
    const letters = { take: () => sync.take() }
    const onHead = (head: Head | undefined) => head !== undefined && events.emit('sealed', head)
    const { store, sealer } = await openSealing(config, network, kernel, letters, onHead)
    closers.unshift(() => store.close())
    closers.unshift(() => sealer.close())
    const sync: Sync = openSync(config, { sources, verifier, store, sealer, log, events })
    const backend = rpcBackend(network, kernel, store, sync, log)
    const rpc = new Rpc({ routes: V0_10, backend })
    const servers = await startServers(config, { rpc, backend, sealer, sync, log })
    return new DeoxysNode(network, { sources, verifier, store, sealer, sync, rpc, servers }, events, log)
  } catch (error) {
    for (const close of closers) await close()
    throw error
  }
}

/** A node running in this process, made by `newFull`. */
export class DeoxysNode implements AsyncDisposable {
  readonly network: Network
  readonly events: EventEmitter<NodeEvents>
  /** Resolves when sync has ended, by `exitWhenSynced` or `close`; rejects with the error that took it down. */
  readonly done: Promise<void>
  readonly #rooms: Rooms
  readonly #stop = new AbortController()
  readonly #synced = Promise.withResolvers<Head | undefined>()
  #closing: Promise<void> | undefined

  constructor(network: Network, rooms: Rooms, events: EventEmitter<NodeEvents>, log: Log) {
    this.network = network
    this.events = events
    this.#rooms = rooms
    events.once('synced', this.#synced.resolve)
    this.#synced.promise.catch(() => {}) // Whoever awaits it sees the error; nobody has to.
    this.done = this.#run(log)
    this.done.catch(this.#synced.reject)
  }

  head(): Head | undefined {
    return this.#rooms.store.head()
  }

  /** Where JSON-RPC is served. */
  get rpcUrl(): string | undefined {
    return this.#rooms.servers.rpc?.url
  }

  /** Where the admin methods are served. */
  get adminUrl(): string | undefined {
    return this.#rooms.servers.admin?.url
  }

  /** JSON-RPC without HTTP, typed by method. @throws RpcError */
  get request(): Rpc<typeof V0_10>['request'] {
    const { rpc } = this.#rooms
    return rpc.request.bind(rpc)
  }

  /** Resolves when the target is reached for the first time. @throws what took the node down before that */
  synced(): Promise<Head | undefined> {
    return this.#synced.promise
  }

  progress(): NodeProgress {
    return { head: this.head(), ...this.#rooms.sync.progress() }
  }

  /**
   * The block under construction, as a gateway tells it and nothing proves it: the one after the head, while the node
   * follows the head of the chain.
   */
  preConfirmed(): PreConfirmedBlock | undefined {
    return this.#rooms.sync.preConfirmed()
  }

  /** Runs `read` on the chain as of now: all its reads are of one commit. The view is of no use afterwards. */
  read<T>(read: (view: ChainView) => T): T {
    return this.#rooms.store.read(read)
  }

  /** Calls `listener` each time; the function that is returned ends that. */
  on<Name extends keyof NodeEvents>(name: Name, listener: (...event: NodeEvents[Name]) => void): () => void {
    this.events.on(name, listener as never)
    return () => void this.events.off(name, listener as never)
  }

  /**
   * The blocks that are stored, then each as it is sealed, and what a reorg takes back: every entry once, in order. It
   * ends with the node, or by `signal`. @throws what took the node down
   */
  blocks(options: BlocksOptions = {}): AsyncGenerator<ChainEntry, void> {
    const onNews = (listener: () => void) => {
      const ends = [this.on('sealed', listener), this.on('reorg', listener)]
      return () => ends.forEach((end) => void end())
    }
    const source = { done: this.done, closed: this.#stop.signal, onNews, read: this.read.bind(this) }
    return streamBlocks(source, options)
  }

  /** The stored block, by number or hash. */
  getBlock(id: number | Felt): Block | undefined {
    return this.#rooms.store.read((view) => {
      const number = typeof id === 'number' ? id : view.blockNumberOf(id)
      return number === undefined ? undefined : view.blockFrame(number)?.block()
    })
  }

  getStateUpdate(number: number): StateUpdate | undefined {
    return this.#rooms.store.read((view) => view.stateUpdateAt(number))
  }

  /** After block `number`, the head's if not given; undefined when there is no such contract. */
  getStorageAt(address: Felt, key: Felt, number = this.head()?.number ?? -1): Felt | undefined {
    return this.#rooms.store.read((view) => view.storageAt(address, key, number))
  }

  /**
   * The compiled class (CASM) of a stored Sierra class: its exact text. Fetched and checked when nobody asked before,
   * then kept. Undefined for a class that is not stored, or a Cairo 0 class.
   * @throws CheckError, GatewayError, DecodeError when no source has one that gives the hash in the state
   */
  async getCompiledClass(classHash: Felt): Promise<Uint8Array | undefined> {
    const { store, verifier, sources, sealer } = this.#rooms
    const [stored, expected] = store.read((view) => {
      const head = view.head()?.number ?? -1
      return [view.casmBody(classHash), view.compiledClassHashAt(classHash, head)] as const
    })
    if (stored !== undefined || expected === undefined) return stored
    const text = await fetchCompiledClass(verifier, sources, classHash, expected, this.#stop.signal)
    await sealer.putCompiledClass(classHash, text)
    return text
  }

  /** Seals the block that waits on the bus (`sealing: 'manual'`); undefined when none does. */
  sealNewBlock(parent?: Felt): Promise<Head | undefined> {
    return sealManually(this.#rooms.sealer, this.#rooms.sync, parent)
  }

  /** Resolves once the block survives a power cut. */
  finalizeBlock(hash: Felt): Promise<void> {
    return this.#rooms.sealer.finalizeBlock(hash)
  }

  /** Hex; equal for databases of equal blocks. Reads everything. */
  digest(): string {
    return this.#rooms.store.digest()
  }

  /** Stops sync, waits for the commit under way, closes the database. Never rejects twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #run(log: Log): Promise<void> {
    const { sync, sources } = this.#rooms
    const { signal } = this.#stop
    for (const source of sources) void checkIdentity(source, this.network, log, signal)
    try {
      await sync.run(signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  async #close(): Promise<void> {
    const { sealer, store, sources, servers, verifier } = this.#rooms
    await Promise.all([servers.rpc?.close(), servers.admin?.close()])
    this.#stop.abort(new Error('the node is closed'))
    await this.done.catch(() => {})
    await sealer.close()
    await store.close()
    await verifier.close()
    await closeSources(sources)
  }
}

interface SyncParts {
  readonly sources: readonly BlockSource[]
  readonly verifier: Verifier
  readonly store: Store
  readonly sealer: Sealer
  readonly log: Log
  readonly events: EventEmitter<NodeEvents>
}

function openSync(config: NodeConfig, { sources, verifier, store, sealer, log, events }: SyncParts): Sync {
  const policy = config.verify ?? 'strict'
  return new Sync({
    sources,
    verify: (raw) => verifier.verifyBlock(raw, policy),
    verifyFork: (raw) => verifier.verifyBlock(raw, 'strict'),
    classes: new ClassFetcher({
      verifier,
      policy,
      withCompiled: config.casm === 'sync',
      isStored: (hash) => store.read((view) => view.classRecord(hash) !== undefined),
      onWarning: (error) => log.warn(errorFields(error), error.message),
    }),
    head: () => store.head(),
    hashAt: (number) => store.read((view) => view.blockHashAt(number)),
    rewindTo: (number) => sealer.rewindTo(number),
    seal: config.sealing === 'manual' ? 'manual' : (countMax) => sealer.sealNewBlocks(countMax),
    roots: config.roots ?? 'range',
    until: config.until,
    exitWhenSynced: config.exitWhenSynced ?? false,
    preConfirmed: config.preConfirmed ?? true,
    clock: config.clock ?? systemClock,
    log,
    onSynced: () => events.emit('synced', store.head()),
    onReorg: (reorg) => events.emit('reorg', reorg),
  })
}

/** The store, for reading where a thread of its own writes, and what seals into it. */
async function openSealing(
  config: NodeConfig,
  network: Network,
  kernel: Kernel,
  letters: LetterQueue,
  onHead: (head: Head | undefined) => void,
): Promise<{ readonly store: Store; readonly sealer: Sealer }> {
  const { dataDir: dir, threads = 0 } = config
  if (dir === undefined || threads === 0) {
    const store = Store.open({ chain: network, ...(dir === undefined ? { memory: true } : { dir }) })
    return { store, sealer: new SealEngine({ store, kernel, provider: new ConsensusDataProvider(letters), onHead }) }
  }
  const sealer = await SealThread.start({ dir, chain: network, letters, tables: kernel.tables, onHead })
  try {
    return { store: Store.open({ chain: network, dir, readOnly: true }), sealer }
  } catch (error) {
    await sealer.close()
    throw error
  }
}

/** @param threads 0 verifies in the caller's */
async function openVerifier(threads: number, kernel: Kernel, network: Network): Promise<Verifier> {
  return threads === 0 ? new LocalVerifier(kernel, network) : VerifierThreads.start(network, threads, kernel.tables)
}

function rpcBackend(network: Network, kernel: Kernel, store: Store, sync: Sync, log: Log): RpcBackend {
  const start = store.head()
  return {
    store,
    network,
    l1Head: () => undefined,
    syncStatus() {
      const { target, latest } = sync.progress()
      const head = store.head()?.number ?? -1
      if (target === undefined || latest === undefined || head >= target) return false
      const startingNumber = start?.number ?? 0
      const startingHash = start?.hash ?? store.read((view) => view.blockHashAt(0)) ?? ZERO
      return { startingNumber, startingHash, highestNumber: latest.number, highestHash: latest.hash }
    },
    keccak256: (message) => kernel.keccak256(message, Uint32Array.of(message.length)),
    storageUpdatedAt: (view, address, key, number) => view.storageUpdatedAt(address, key, number),
    log,
  }
}

interface ServerParts {
  readonly rpc: Rpc<typeof V0_10>
  readonly backend: RpcBackend
  readonly sealer: Sealer
  readonly sync: Sync
  readonly log: Log
}

/** @throws InputError PORT_IN_USE; then neither listens */
async function startServers(
  config: NodeConfig,
  { rpc, backend, sealer, sync, log }: ServerParts,
): Promise<Rooms['servers']> {
  const server = config.rpc && (await RpcServer.start({ ...config.rpc, rpc, log }))
  if (config.adminPort === undefined) return { rpc: server, admin: undefined }
  const commands = {
    sealNewBlock: (parent?: Felt) => sealManually(sealer, sync, parent),
    finalizeBlock: (hash: Felt) => sealer.finalizeBlock(hash),
  }
  const routes = { '/': new Rpc({ routes: adminMethods(commands), backend }) }
  try {
    return { rpc: server, admin: await RpcServer.start({ port: config.adminPort, routes, cors: false, log }) }
  } catch (error) {
    await server?.close()
    throw error
  }
}

/** A block that sealing refuses takes what waits behind it along: sync fetches anew from there. */
async function sealManually(sealer: Sealer, sync: Sync, parent: Felt | undefined): Promise<Head | undefined> {
  try {
    return await sealer.sealNewBlock(parent)
  } catch (error) {
    if (error instanceof CheckError) sync.discard(error)
    throw error
  }
}

async function closeSources(sources: readonly BlockSource[]): Promise<void> {
  await Promise.all(sources.map((source) => (source instanceof FeederClient ? source.close() : undefined)))
}

function resolveNetwork(network: string | Network): Network {
  if (typeof network !== 'string') return network
  const known = getNetwork(network)
  if (known !== undefined) return known
  const names = NETWORKS.map(({ name }) => name).join(', ')
  throw new InputError(
    `unknown network "${network}"`,
    { code: 'UNKNOWN_NETWORK', network },
    { hint: `Known: ${names}.` },
  )
}

function openSources(config: NodeConfig, network: Network, log: Log): readonly BlockSource[] {
  const given = config.sources ?? []
  const urls = config.feederUrls ?? (given.length === 0 && network.feederUrl !== undefined ? [network.feederUrl] : [])
  if (urls.length + given.length === 0) {
    const message = `${network.name} is switched off: there is no gateway to sync it from`
    throw new InputError(message, { code: 'BAD_FLAG' }, { hint: 'Give a gateway that has its blocks: --feeder-url.' })
  }
  const optional = {
    ...(config.apiKey === undefined ? {} : { apiKey: config.apiKey }),
    ...(config.clock === undefined ? {} : { clock: config.clock }),
  }
  const userAgent = `deoxys/${VERSION}`
  const openClient = (baseUrl: string) => {
    const onRetry = (error: GatewayError, waitMs: number) =>
      log.debug({ ...errorFields(error), source: client.name, waitMs: Math.ceil(waitMs) }, 'the gateway is asked again')
    const client = new FeederClient({ baseUrl, userAgent, onRetry, ...optional })
    return client
  }
  return [...given, ...urls.map(openClient)]
}

/** What is pinned for the network is what counts; that a gateway names another key or core contract is worth a warning. */
async function checkIdentity(source: BlockSource, network: Network, log: Log, signal: AbortSignal): Promise<void> {
  const warn = (what: string, pinned: string, served: string) =>
    log.warn({ source: source.name, pinned, served }, `the gateway names another ${what} than the pinned one`)
  try {
    const key = await source.fetchPublicKey(signal)
    const [pinned, served] = [hexFromFelt(network.publicKey), hexFromFelt(key)]
    if (pinned !== served) warn('public key', pinned, served)
    const { l1CoreContract } = network
    if (l1CoreContract === undefined) return
    const addresses = await source.fetchContractAddresses(signal)
    const isSame = addresses.l1CoreContract.toLowerCase() === l1CoreContract.toLowerCase()
    if (!isSame) warn('core contract', l1CoreContract, addresses.l1CoreContract)
  } catch (error) {
    if (!signal.aborted) log.debug(errorFields(error), `${source.name} does not tell what it is`)
  }
}
