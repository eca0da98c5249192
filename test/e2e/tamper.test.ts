import { getNetwork, type Network, newFull } from '@deoxys/core'
import {
  createSimulatedChain,
  editJson,
  type FeederAnswers,
  FeederServer,
  openRecordedAnswers,
  type TamperHooks,
  tamper,
} from '@deoxys/sequencer'
import { describe, expect, test } from 'vitest'
import { instantClock } from '../support/instant-clock.ts'
import { NEEDS_RECORDINGS, RECORDINGS_DIR } from '../support/recordings.ts'

type Json = Record<string, unknown>
type Path = readonly (string | number)[]

interface Chain {
  readonly network: Network
  readonly answers: FeederAnswers
  readonly until: number
}

/** A value that was changed in the answers about one block, and the check that must name it. */
interface Case {
  readonly name: string
  readonly block: number
  readonly check: string
  readonly hooks: TamperHooks
}

/** Another felt: its last digit changed. */
function otherFelt(value: unknown): unknown {
  if (typeof value === 'number') return value + 1
  if (value === 'REVERTED' || value === 'SUCCEEDED') return value === 'REVERTED' ? 'SUCCEEDED' : 'REVERTED'
  if (typeof value !== 'string') throw new Error(`no felt: ${JSON.stringify(value)}`)
  return value.slice(0, -1) + (Number.parseInt(value.at(-1)!, 16) ^ 1).toString(16)
}

/**
 * The place a path leads to, undefined when there is none. `*` is the first key of an object; `?name` the first of a list
 * below which the rest of the path leads somewhere.
 */
function locate(at: unknown, [key, ...rest]: Path): Path | undefined {
  if (key === undefined) return at === undefined || typeof at === 'object' ? undefined : []
  if (typeof at !== 'object' || at === null) return undefined
  const json = at as Json
  const keys = key === '*' ? Object.keys(json).slice(0, 1) : key === '?' ? [...(at as unknown[]).keys()] : [key]
  for (const tried of keys) {
    const below = locate(json[tried], rest)
    if (below !== undefined) return [tried, ...below]
  }
  return undefined
}

/** Changes the value at `path`. */
function change(json: Json, path: Path): Json {
  const place = locate(json, path)
  if (place === undefined) throw new Error(`nothing at ${path.join('.')}`)
  const owner = place.slice(0, -1).reduce((at, key) => at[key] as Json, json)
  owner[place.at(-1)!] = otherFelt(owner[place.at(-1)!])
  return json
}

/** The case of the first block of `version` that has such a value. */
async function inEra(chain: Chain, version: string, check: string, ...path: Path): Promise<Case> {
  for (let number = 0; number <= chain.until; number++) {
    const answer = await chain.answers.stateUpdate(number, { includeBlock: true, includeSignature: false })
    const json = JSON.parse(Buffer.from(answer!).toString()) as { readonly block: Json }
    if (json.block['starknet_version'] !== version || locate(json, path) === undefined) continue
    return inBlock(number, check, ...path)
  }
  throw new Error(`no block of ${version} has ${path.join('.')}`)
}

function inBlock(block: number, check: string, ...path: Path): Case {
  const edit = editJson<Json>((answer) => change(answer, path))
  const hooks: TamperHooks = {
    stateUpdate: (answer, request) => (request.at === block ? edit(answer, request) : answer),
  }
  return { name: path.join('.'), block, check, hooks }
}

function inSignature(block: number, ...path: Path): Case {
  const edit = editJson<Json>((answer) => change(answer, path))
  const hooks: TamperHooks = { signature: (answer, request) => (request.at === block ? edit(answer, request) : answer) }
  return { name: `signature.${path.join('.')}`, block, check: 'signature', hooks }
}

/** A class body with one byte of its program changed. */
function inClass(block: number): Case {
  const hooks: TamperHooks = {
    classByHash: (answer) => answer && Buffer.from(Buffer.from(answer).toString().replace(/"0x4/, '"0x5')),
  }
  return { name: 'class', block, check: 'class_hash', hooks }
}

async function check(chain: Chain, cases: readonly Case[]): Promise<void> {
  const tampered = tamper(chain.answers, {})
  const server = await FeederServer.start({ port: 0, answers: tampered })
  const config = {
    network: chain.network,
    feederUrls: [server.url],
    until: chain.until,
    exitWhenSynced: true,
    clock: instantClock,
  }
  try {
    await using honest = await newFull(config)
    await honest.done
    expect(honest.head()?.number).toBe(chain.until)
    const digest = honest.digest()
    for (const { name, block, check: expected, hooks } of cases) {
      tampered.hooks = hooks
      await using fooled = await newFull(config)
      await expect(fooled.done, name).rejects.toMatchObject({
        data: { code: 'SOURCES_EXHAUSTED', block, check: expected },
      })
      expect(fooled.head()?.number ?? -1, name).toBe(block - 1)
      // Refused for a while, it goes on once the answer is honest again.
      let refusals = 0
      tampered.hooks = {}
      for (const [endpoint, hook] of Object.entries(hooks)) {
        const once = (answer: never, request: never) => {
          refusals += 1
          return refusals <= 2 ? (hook as (answer: never, request: never) => unknown)(answer, request) : answer
        }
        tampered.hooks = { ...tampered.hooks, [endpoint]: once }
      }
      await using patient = await newFull(config)
      await patient.done
      expect(patient.digest(), name).toBe(digest)
      expect(refusals, name).toBeGreaterThan(0)
    }
  } finally {
    await server.close()
  }
}

test('a simulated chain of four eras, one value of an answer changed', async () => {
  const until = 11
  const schedule = [
    { from: 0, version: '0.12.3' },
    { from: 4, version: '0.13.2.1' },
    { from: 6, version: '0.13.4' },
    { from: 9, version: '0.14.1' },
  ]
  const chain: Chain = { ...(await createSimulatedChain({ seed: 7, blocks: until + 1, schedule })), until }
  const transactions = ['block', 'transactions', '?'] as const
  const receipts = ['block', 'transaction_receipts', '?'] as const
  const diff = ['state_update', 'state_diff'] as const
  await check(chain, [
    await inEra(chain, '0.12.3', 'block_hash', 'block', 'timestamp'),
    await inEra(chain, '0.12.3', 'transaction_commitment', ...transactions, 'signature', 0),
    await inEra(chain, '0.12.3', 'event_commitment', ...receipts, 'events', 0, 'from_address'),
    await inEra(chain, '0.12.3', 'state_root', ...diff, 'nonces', '*'),
    await inEra(chain, '0.13.2.1', 'receipt_commitment', ...receipts, 'actual_fee'),
    await inEra(
      chain,
      '0.13.2.1',
      'receipt_commitment',
      ...receipts,
      'execution_resources',
      'total_gas_consumed',
      'l1_gas',
    ),
    await inEra(chain, '0.13.2.1', 'block_hash', 'block', 'l1_gas_price', 'price_in_wei'),
    await inEra(chain, '0.13.4', 'block_hash', 'block', 'l2_gas_price', 'price_in_fri'),
    await inEra(chain, '0.13.4', 'transaction_hashes', ...transactions, 'tip'),
    await inEra(chain, '0.13.4', 'transaction_hashes', ...transactions, 'resource_bounds', 'L1_DATA_GAS', 'max_amount'),
    await inEra(chain, '0.13.4', 'state_diff_commitment', ...diff, 'storage_diffs', '*', 0, 'value'),
    await inEra(chain, '0.13.4', 'state_diff_commitment', ...diff, 'nonces', '*'),
    await inEra(chain, '0.13.4', 'receipt_commitment', ...receipts, 'l2_to_l1_messages', 0, 'to_address'),
    await inEra(
      chain,
      '0.14.1',
      'state_diff_commitment',
      ...diff,
      'migrated_compiled_classes',
      0,
      'compiled_class_hash',
    ),
    await inEra(chain, '0.14.1', 'receipt_commitment', ...receipts, 'execution_status'),
    await inEra(chain, '0.14.1', 'event_commitment', ...receipts, 'events', 0, 'data', 0),
    await inEra(chain, '0.14.1', 'old_root', 'state_update', 'old_root'),
    inBlock(until, 'block_number', 'block', 'block_number'),
    inSignature(until, 'signature', 0),
    inSignature(until, 'block_hash'),
  ])
})

describe.skipIf(RECORDINGS_DIR === null)(`recorded chains, one value of an answer changed${NEEDS_RECORDINGS}`, () => {
  const open = async (name: string, until: number): Promise<Chain> => ({
    network: getNetwork(name)!,
    answers: await openRecordedAnswers({ fixturesDir: RECORDINGS_DIR!, network: name }),
    until,
  })

  test('mainnet, before 0.7', async () => {
    await check(await open('mainnet', 2), [
      inBlock(1, 'block_hash', 'block', 'parent_block_hash'),
      inBlock(1, 'state_diff_commitment', 'block', 'state_root'),
      inBlock(1, 'transaction_hashes', 'block', 'transactions', 0, 'constructor_calldata', 0),
      inBlock(1, 'transaction_hashes', 'block', 'transactions', 0, 'contract_address_salt'),
      inBlock(1, 'state_root', 'state_update', 'state_diff', 'storage_diffs', '*', 0, 'value'),
      inBlock(1, 'classes', 'state_update', 'state_diff', 'deployed_contracts', 0, 'class_hash'),
      inBlock(1, 'state_root', 'state_update', 'state_diff', 'deployed_contracts', 0, 'address'),
      inBlock(1, 'old_root', 'state_update', 'old_root'),
      inSignature(1, 'signature', 0),
      inClass(0),
    ])
  })

  test('sepolia, 0.12.3', async () => {
    await check(await open('sepolia', 4), [
      inBlock(4, 'block_hash', 'block', 'timestamp'),
      inBlock(4, 'block_hash', 'block', 'sequencer_address'),
      inBlock(4, 'transaction_hashes', 'block', 'transactions', 0, 'nonce'),
      inBlock(4, 'transaction_hashes', 'block', 'transactions', 0, 'max_fee'),
      inBlock(4, 'transaction_commitment', 'block', 'transactions', 0, 'signature', 0),
      inBlock(4, 'event_commitment', 'block', 'transaction_receipts', 0, 'events', 0, 'data', 0),
      inBlock(4, 'event_commitment', 'block', 'transaction_receipts', 0, 'events', 0, 'keys', 0),
      inBlock(4, 'state_root', 'state_update', 'state_diff', 'nonces', '*'),
      inBlock(4, 'state_root', 'state_update', 'state_diff', 'storage_diffs', '*', 0, 'key'),
      inBlock(4, 'state_diff_commitment', 'state_update', 'new_root'),
      inBlock(4, 'state_diff_commitment', 'state_update', 'block_hash'),
      inSignature(4, 'signature', 1),
      inClass(0),
    ])
  })
})
