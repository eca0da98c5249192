import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getNetwork, hexFromFelt, InputError, NETWORKS, parseFelt } from '@deoxys/core'
import type { BlockId, FeederAnswers, PreConfirmedQuery, StateUpdateOptions } from './feeder-answers.ts'
import { joinMembers, type RawJson, sliceMember } from './raw-json.ts'

export interface RecordedAnswersOptions {
  /** The root that holds `<network>/…`. */
  readonly fixturesDir: string
  readonly network: string
  /** What `latest` means; the end of the run from block 0 unless given. */
  readonly head?: number | undefined
}

/**
 * Opens a folder of recorded answers:
 *
 *     <network>/block/N.json  state_update/N.json  signature/N.json  traces/N.json     one block's parts apart,
 *     <network>/state_update_with_block/N.json                                         or {block, state_update}
 *     <network>/pending/block.json  state_update.json  state_update_with_block.json
 *     <network>/preconfirmed/*.json  transaction/0x….json  public_key.json  contract_addresses.json
 *     <any network>/class/0x….json  compiled_class/0x….json
 *     synthetic/public_keys.json                                                       {<network>: "0x…"}
 *
 * Files are read when asked for and go out as they are. Numbers and hashes are those of the file names; paths are made
 * of nothing else.
 *
 * @throws InputError BAD_FILE, UNKNOWN_NETWORK, or BAD_FLAG for a head that is not recorded
 */
export async function openRecordedAnswers(options: RecordedAnswersOptions): Promise<RecordedAnswers> {
  const { fixturesDir: root, network, head } = options
  const folders = await list(root)
  if (folders === undefined) throw new InputError(`there is no folder ${root}`, { code: 'BAD_FILE', file: root })
  const numbers = folders.includes(network) ? await listNumbers(join(root, network)) : undefined
  if (numbers === undefined || numbers.all.length === 0) throw noRecordings(root, network)
  if (head !== undefined && !numbers.blocks.has(head)) {
    const data = { code: 'BAD_FLAG', flag: 'head', network, head } as const
    throw new InputError(`block ${head} of ${network} is not recorded, so it cannot be the head`, data)
  }
  return new RecordedAnswers({ root, network, folders, numbers: numbers.all, head: head ?? numbers.runEnd })
}

interface RecordedFolder {
  readonly root: string
  readonly network: string
  /** Names in the root, some of them networks. */
  readonly folders: readonly string[]
  /** Of everything that has a block hash. */
  readonly numbers: readonly number[]
  readonly head: number | undefined
}

/** Recorded answers of one network, see `openRecordedAnswers`. Holds no resource. The folder must not change meanwhile. */
export class RecordedAnswers implements FeederAnswers {
  readonly #folder: RecordedFolder
  readonly #dir: string
  #byHash: Promise<ReadonlyMap<string, number>> | undefined

  constructor(folder: RecordedFolder) {
    this.#folder = folder
    this.#dir = join(folder.root, folder.network)
  }

  latest(): number | undefined {
    return this.#folder.head
  }

  /** The first call reads every recorded block, and skips those that are broken. */
  async blockNumber(hash: string): Promise<number | undefined> {
    this.#byHash ??= this.#indexHashes()
    return (await this.#byHash).get(hash)
  }

  async blockHash(number: number): Promise<string | undefined> {
    const part = (await this.block(number)) ?? (await this.stateUpdate(number))
    const text = part && sliceMember(part, 'block_hash')
    const hash = text && parseFelt(Buffer.from(text).toString().slice(1, -1))
    return hash && hexFromFelt(hash)
  }

  block(at: BlockId): Promise<RawJson | undefined> {
    return this.#part(at, 'block')
  }

  async stateUpdate(at: BlockId, options?: StateUpdateOptions): Promise<RawJson | undefined> {
    const stateUpdate = await this.#part(at, 'state_update')
    if (!options?.includeBlock || stateUpdate === undefined) return stateUpdate
    const block = await this.block(at)
    if (block === undefined) return undefined
    const signature = options.includeSignature && at !== 'pending' ? await this.signature(at) : undefined
    const members: [string, RawJson][] = [
      ['block', block],
      ['state_update', stateUpdate],
    ]
    return joinMembers(signature === undefined ? members : [...members, ['signature', signature]])
  }

  signature(number: number): Promise<RawJson | undefined> {
    return read(this.#dir, 'signature', `${number}.json`)
  }

  blockTraces(at: BlockId): Promise<RawJson | undefined> {
    return read(this.#dir, 'traces', `${at}.json`)
  }

  /** The recording for just this poll, else the full answer, as the gateway gives for an identifier it does not know. */
  async preConfirmedBlock(query: PreConfirmedQuery): Promise<RawJson | undefined> {
    const { block, blockIdentifier = '', knownTransactionCount } = query
    const known = `known${knownTransactionCount ?? ''}.json`
    const name = blockIdentifier === '' ? `${block}_${known}` : `${block}_${blockIdentifier}_${known}`
    return (
      (await read(this.#dir, 'preconfirmed', name)) ??
      (await read(this.#dir, 'preconfirmed', `${block}.json`)) ??
      (await read(this.#dir, 'preconfirmed', `${block}_full.json`))
    )
  }

  transaction(hash: string): Promise<RawJson | undefined> {
    return read(this.#dir, 'transaction', `${hash}.json`)
  }

  classByHash(hash: string): Promise<RawJson | undefined> {
    return this.#fromAnyNetwork('class', hash)
  }

  compiledClassByHash(hash: string): Promise<RawJson | undefined> {
    return this.#fromAnyNetwork('compiled_class', hash)
  }

  async publicKey(): Promise<RawJson | undefined> {
    const own = await read(this.#dir, 'public_key.json')
    if (own !== undefined) return own
    const all = await read(this.#folder.root, 'synthetic', 'public_keys.json')
    return all && sliceMember(all, this.#folder.network)
  }

  contractAddresses(): Promise<RawJson | undefined> {
    return read(this.#dir, 'contract_addresses.json')
  }

  /** A part that is there apart, else the one in the recording of both. */
  async #part(at: BlockId, name: 'block' | 'state_update'): Promise<RawJson | undefined> {
    const isPending = at === 'pending'
    const apart = await read(this.#dir, isPending ? 'pending' : name, isPending ? `${name}.json` : `${at}.json`)
    if (apart !== undefined) return apart
    const both = isPending ? ['pending', 'state_update_with_block.json'] : ['state_update_with_block', `${at}.json`]
    const combined = await read(this.#dir, ...both)
    return combined && sliceMember(combined, name)
  }

  async #fromAnyNetwork(kind: 'class' | 'compiled_class', hash: string): Promise<RawJson | undefined> {
    const { root, network, folders } = this.#folder
    for (const folder of [network, ...folders]) {
      const found = await read(root, folder, kind, `${hash}.json`)
      if (found !== undefined) return found
    }
    return undefined
  }

  async #indexHashes(): Promise<ReadonlyMap<string, number>> {
    const index = new Map<string, number>()
    for (const number of this.#folder.numbers) {
      const hash = await this.blockHash(number).catch(() => undefined)
      if (hash !== undefined) index.set(hash, number)
    }
    return index
  }
}

interface RecordedNumbers {
  /** Of blocks and state updates, ascending. */
  readonly all: readonly number[]
  readonly blocks: ReadonlySet<number>
  /** The last number of the run from 0 in which every block has its state update. */
  readonly runEnd: number | undefined
}

async function listNumbers(dir: string): Promise<RecordedNumbers> {
  const listed = ['block', 'state_update', 'state_update_with_block'].map((name) => numbersIn(join(dir, name)))
  const [apart = [], updates = [], combined = []] = await Promise.all(listed)
  const blocks = new Set([...apart, ...combined])
  const stateUpdates = new Set([...updates, ...combined])
  let count = 0
  while (blocks.has(count) && stateUpdates.has(count)) count += 1
  const all = [...new Set([...blocks, ...stateUpdates])].sort((a, b) => a - b)
  return { all, blocks, runEnd: count === 0 ? undefined : count - 1 }
}

/** Numbers of the files `N.json` in a folder; none when there is no folder. */
async function numbersIn(dir: string): Promise<number[]> {
  const numbers = ((await list(dir)) ?? []).map((name) => /^(0|[1-9][0-9]*)\.json$/.exec(name)?.[1])
  return numbers.map(Number).filter(Number.isSafeInteger)
}

/** Names in a folder; undefined when it is not there. @throws InputError when it cannot be read */
async function list(dir: string): Promise<string[] | undefined> {
  try {
    return await readdir(dir).catch(absent)
  } catch (cause) {
    throw new InputError(`cannot read the folder ${dir}`, { code: 'BAD_FILE', file: dir }, { cause })
  }
}

function noRecordings(root: string, network: string): InputError {
  const hint = `a folder ${network}/block or ${network}/state_update_with_block with files named N.json`
  if (getNetwork(network) !== undefined) {
    return new InputError(
      `no recorded blocks of ${network} in ${root}`,
      { code: 'BAD_FILE', file: root, network },
      { hint },
    )
  }
  const known = NETWORKS.map(({ name }) => name).join(', ')
  return new InputError(
    `unknown network "${network}"`,
    { code: 'UNKNOWN_NETWORK', network },
    { hint: `Known: ${known}, and what has ${hint}.` },
  )
}

/** The bytes of a file; undefined when it is not there. @throws whatever else the file system says */
function read(...path: string[]): Promise<RawJson | undefined> {
  return readFile(join(...path)).catch(absent)
}

/** A file or folder that is not there is no error. */
function absent(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
  return undefined
}
