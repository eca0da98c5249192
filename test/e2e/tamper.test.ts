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
  if (value === 'REVERTED') return 'SUCCEEDED'
  if (typeof value !== 'string') throw new Error(`no felt: ${JSON.stringify(value)}`)
  return value.slice(0, -1) + (Number.parseInt(value.at(-1)!, 16) ^ 1).toString(16)
}

/** `*` is the first key of an object; `?name` the first of a list whose `name` is neither missing nor empty. */
function resolve(at: Json, key: string | number): string | number {
  if (key === '*') return Object.keys(at)[0]!
  if (typeof key === 'number' || !key.startsWith('?')) return key
  return (at as unknown as Json[]).findIndex((item) => {
    const value = item[key.slice(1)]
    return Array.isArray(value) ? value.length > 0 : value !== undefined
  })
}

/** Changes the value at `path`. */
function change(json: Json, path: Path): Json {
  let at = json
  for (const key of path.slice(0, -1)) at = at[resolve(at, key)] as Json
  const last = resolve(at, path.at(-1)!)
  if (at[last] === undefined) throw new Error(`nothing at ${path.join('.')}`)
  at[last] = otherFelt(at[last])
  return json
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
  const chain = await createSimulatedChain({ seed: 7, blocks: 12 })
  const receipts = ['block', 'transaction_receipts'] as const
  const diff = ['state_update', 'state_diff'] as const
  await check({ ...chain, until: 11 }, [
    inBlock(2, 'block_hash', 'block', 'timestamp'),
    inBlock(2, 'transaction_commitment', 'block', 'transactions', '?signature', 'signature', 0),
    inBlock(2, 'event_commitment', ...receipts, '?events', 'events', 0, 'from_address'),
    inBlock(2, 'state_root', ...diff, 'nonces', '*'),
    inBlock(5, 'receipt_commitment', ...receipts, 0, 'actual_fee'),
    inBlock(5, 'receipt_commitment', ...receipts, 0, 'execution_resources', 'total_gas_consumed', 'l1_gas'),
    inBlock(5, 'block_hash', 'block', 'l1_gas_price', 'price_in_wei'),
    inBlock(7, 'block_hash', 'block', 'l2_gas_price', 'price_in_fri'),
    inBlock(7, 'transaction_hashes', 'block', 'transactions', '?tip', 'tip'),
    inBlock(
      7,
      'transaction_hashes',
      'block',
      'transactions',
      '?resource_bounds',
      'resource_bounds',
      'L1_DATA_GAS',
      'max_amount',
    ),
    inBlock(7, 'state_diff_commitment', ...diff, 'storage_diffs', '*', 0, 'value'),
    inBlock(7, 'state_diff_commitment', ...diff, 'nonces', '*'),
    inBlock(9, 'state_diff_commitment', ...diff, 'migrated_compiled_classes', 0, 'compiled_class_hash'),
    inBlock(11, 'receipt_commitment', ...receipts, '?revert_error', 'execution_status'),
    inBlock(8, 'receipt_commitment', ...receipts, '?l2_to_l1_messages', 'l2_to_l1_messages', '?payload', 'payload', 0),
    inBlock(11, 'event_commitment', ...receipts, '?events', 'events', 0, 'data', 0),
    inBlock(11, 'old_root', 'state_update', 'old_root'),
    inBlock(11, 'block_number', 'block', 'block_number'),
    inSignature(11, 'signature', 0),
    inSignature(11, 'block_hash'),
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
