import { createKernel } from '@deoxys/kernel'
import { getStarkKey, sign } from '@scure/starknet'
import { describe, expect, test } from 'vitest'
import { CodedError } from '../base/errors.ts'
import { felt, feltFromBigint, hexFromFelt } from '../base/felt.ts'
import { ERAS, type Era, eraCandidates } from '../chain/era.ts'
import { getNetwork, type Network } from '../chain/network.ts'
import { NEEDS_RECORDINGS, RECORDINGS_DIR, readRecording } from '../chain/testing/recordings.ts'
import { verifyBlock } from './verify.ts'

const kernel = await createKernel()

/** Blocks that have between them every kind of field of their era, small ones where there is a choice. */
const SAMPLES: readonly (readonly [network: string, numbers: readonly number[]])[] = [
  ['mainnet', [0, 192, 1059]],
  ['goerli', [485004]],
  ['integration', [283364, 319709]],
  ['sepolia', [0, 7, 40000, 4072139]],
  ['sepolia-integration', [35748, 35749, 64164]],
]

/** Changes tried of one field of one kind of transaction. */
const TRIES_MAX = 2

interface Answer {
  readonly block: Record<string, unknown>
  readonly state_update: Record<string, unknown>
  readonly signature: Record<string, unknown>
}

/** A recorded answer; signed by the test where it was recorded without a signature, with an empty difference without one. */
function readAnswer(name: string, number: number): { readonly network: Network; readonly honest: Answer } {
  const read = (part: string) => {
    const bytes = readRecording(`${name}/${part}/${number}.json`)
    return bytes && JSON.parse(Buffer.from(bytes).toString())
  }
  const together = read('state_update_with_block')
  const block = read('block') ?? together.block
  const { block_hash: hash, state_root: root } = block
  const update = read('state_update') ?? together?.state_update
  const network = getNetwork(name)!
  const signature = read('signature')
  const honest = { block, state_update: update ?? { block_hash: hash, new_root: root, old_root: root, state_diff: {} } }
  if (signature !== undefined) return { network, honest: { ...honest, signature } }
  const { r, s } = sign(hash, '0x1234')
  const own = { block_hash: hash, signature: [r, s].map((value) => hexFromFelt(feltFromBigint(value))) }
  return { network: { ...network, publicKey: felt(getStarkKey('0x1234')) }, honest: { ...honest, signature: own } }
}

/** The frames that would be stored. */
function store(network: Network, { block, state_update, signature }: Answer): Uint8Array {
  const together = Buffer.from(JSON.stringify({ block, state_update }))
  const raw = { number: block['block_number'] as number, together, block: undefined, stateUpdate: undefined }
  const verified = verifyBlock(kernel, network, 'strict', { ...raw, signature: Buffer.from(JSON.stringify(signature)) })
  return Buffer.concat([verified.block, verified.state])
}

type Path = readonly (string | number)[]

/** Every value that is no object or list, with the way to it. */
function* leaves(value: unknown, path: Path = []): Generator<Path> {
  if (typeof value !== 'object' || value === null) yield path
  else if (Array.isArray(value)) for (const [i, child] of value.entries()) yield* leaves(child, [...path, i])
  else for (const [key, child] of Object.entries(value)) yield* leaves(child, [...path, key])
}

function get(value: unknown, path: Path): unknown {
  return path.reduce((at, key) => (at as Record<string | number, unknown>)[key], value)
}

/** The same document with one value replaced. */
function withValue<T>(value: T, [key, ...rest]: Path, leaf: unknown): T {
  if (key === undefined) return leaf as T
  const child = withValue(get(value, [key]), rest, leaf)
  return (Array.isArray(value) ? value.with(key as number, child) : { ...value, [key]: child }) as T
}

const OTHERS: Readonly<Record<string, string>> = {
  CALLDATA: 'BLOB',
  BLOB: 'CALLDATA',
  ACCEPTED_ON_L1: 'ACCEPTED_ON_L2',
  ACCEPTED_ON_L2: 'ACCEPTED_ON_L1',
  SUCCEEDED: 'REVERTED',
  REVERTED: 'SUCCEEDED',
}

/** Another value of the same form. */
function changed(value: unknown): unknown {
  if (typeof value === 'number') return value + 1
  if (typeof value !== 'string') return undefined
  if (!/^(0x[0-9a-fA-F]+|[0-9a-fA-F]{64})$/.test(value)) return OTHERS[value] ?? `${value}1`
  return value.slice(0, -1) + (Number.parseInt(value.at(-1)!, 16) ^ 1).toString(16)
}

/**
 * As the table of chain/era.ts spells it: `block.timestamp`, `receipt.events.keys`, `transaction.max_fee`,
 * `transaction.signature of declare`.
 */
function fieldName(path: Path, type: string, version: string): string {
  const [half, list, ...rest] = path.filter((key) => typeof key === 'string')
  if (list === 'transactions' && rest[0] === 'signature') return `transaction.signature of ${type}`
  if (list === 'transactions' && rest[0] === 'nonce' && type === 'declare' && version === '0x0') {
    return 'transaction.nonce of declare v0'
  }
  if (list === 'transactions') return ['transaction', ...rest].join('.')
  if (list === 'transaction_receipts') return ['receipt', ...rest].join('.')
  if (list === 'state_diff') return `${half}.${list}.${rest[0]}`
  return [half, list?.replace(/^(eth_l1_|strk_l1_)?gas_price$/, 'l1_gas_price'), ...rest].join('.')
}

/** What only sealing can hold against the state: all of the difference before it was committed to. */
function isLeftToSealing(name: string, hasDiffCommitment: boolean): boolean {
  return name === 'state_update.old_root' || (!hasDiffCommitment && name.startsWith('state_update.state_diff.'))
}

/** The entries of the table, those for several types of transactions one by one. */
function tableEntries(era: Era): string[] {
  return era.unauthenticated.flatMap((entry) => {
    const [field, types] = entry.split(' of ')
    return types === undefined ? [entry] : types.split(' and ').map((type) => `${field} of ${type}`)
  })
}

const isWithin = (field: string, entry: string) => field === entry || field.startsWith(`${entry}.`)

describe.skipIf(RECORDINGS_DIR === null)(`one value of an answer changed${NEEDS_RECORDINGS}`, () => {
  const cases = SAMPLES.flatMap(([network, numbers]) => numbers.map((number) => [network, number] as const))

  /** By era and entry of its table, where a sample has such a field. */
  const isMissedAnywhere = new Map<string, boolean>()

  test('the samples cover the eras', () => {
    const eras = cases.map(([name, number]) => {
      const version = readAnswer(name, number).honest.block['starknet_version'] as string | undefined
      return eraCandidates([getNetwork(name)!], number, version)[0]!.name
    })
    expect(new Set(eras)).toEqual(new Set(ERAS.map(({ name }) => name)))
  })

  test.for(cases)('%s %i: it is refused, or not stored, or listed', ([name, number]) => {
    const { network, honest } = readAnswer(name, number)
    const stored = store(network, honest)
    const era = eraCandidates([network], number, honest.block['starknet_version'] as string | undefined)[0]!
    const missed = new Set<string>()
    const tried = new Map<string, number>()
    for (const path of leaves(honest)) {
      const owner = get(honest, path.slice(0, 3)) as Record<string, unknown>
      const kind = path[1] === 'transactions' ? `${owner['type']} ${owner['version']}` : ''
      const field = fieldName(path, String(owner['type']).toLowerCase(), String(owner['version']))
      const key = `${kind}|${field}`
      const value = changed(get(honest, path))
      if (value === undefined || (tried.get(key) ?? 0) >= TRIES_MAX) continue
      tried.set(key, (tried.get(key) ?? 0) + 1)
      if (isLeftToSealing(field, era.commitments === 'poseidon')) continue
      if (getsIn(() => store(network, withValue(honest, path, value)), stored)) missed.add(field)
    }
    expect(tried.size).toBeGreaterThan(25)
    const entries = tableEntries(era)
    expect([...missed].filter((field) => !entries.some((entry) => isWithin(field, entry)))).toEqual([])
    for (const entry of entries) {
      if (isLeftToSealing(entry, era.commitments === 'poseidon')) continue
      if (![...tried.keys()].some((key) => isWithin(key.split('|')[1]!, entry))) continue
      const isMissed = [...missed].some((field) => isWithin(field, entry))
      const name = `${era.name}: ${entry}`
      isMissedAnywhere.set(name, isMissed || (isMissedAnywhere.get(name) ?? false))
    }
  })

  test('nothing is listed that a check covers', () => {
    const covered = [...isMissedAnywhere].filter(([, isMissed]) => !isMissed).map(([entry]) => entry)
    expect(covered).toEqual([])
    expect(isMissedAnywhere.size).toBeGreaterThan(20)
  })

  function getsIn(run: () => Uint8Array, honest: Uint8Array): boolean {
    try {
      return Buffer.compare(run(), honest) !== 0
    } catch (error) {
      if (error instanceof CodedError) return false
      throw error
    }
  }
})
