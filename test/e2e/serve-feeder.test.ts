import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKernel, type DeoxysNode, getNetwork, hexFromFelt, type Network, newFull } from '@deoxys/core'
import {
  createSimulatedChain,
  type FeederAnswers,
  FeederServer,
  NodeAnswers,
  openRecordedAnswers,
  type Schedule,
  type Tamper,
  tamper,
} from '@deoxys/sequencer'
import { describe, expect, test } from 'vitest'
import { NEEDS_RECORDINGS, RECORDINGS_DIR } from '../support/recordings.ts'
import { startCli } from '../support/run-cli.ts'

const kernel = await createKernel()
const BLOCKS = 24

/** Every formula of block hash, transaction hash and commitment, and every field that came with a version. */
const ALL_ERAS: Schedule = [
  { from: 0, version: 'pre-0.7' },
  { from: 2, version: '0.7.0' },
  { from: 4, version: '0.9.1' },
  { from: 6, version: '0.10.3' },
  { from: 8, version: '0.11.0' },
  { from: 10, version: '0.11.2' },
  { from: 12, version: '0.12.3' },
  { from: 14, version: '0.13.1' },
  { from: 16, version: '0.13.2.1' },
  { from: 18, version: '0.13.4' },
  { from: 20, version: '0.14.0' },
  { from: 22, version: '0.14.2' },
]

/** Syncs all blocks of a gateway with these answers, and gives what `use` makes of the node. */
async function syncFrom<T>(answers: FeederAnswers, network: Network, use: (node: DeoxysNode) => T | Promise<T>) {
  const server = await FeederServer.start({ port: 0, answers })
  const until = answers.latest()!
  const node = await newFull({ network, feederUrls: [server.url], until, exitWhenSynced: true, casm: 'sync' })
  try {
    await node.done
    return await use(node)
  } finally {
    await node.close()
    await server.close()
  }
}

/** What one node has, and what another has that synced from what `seen` makes of the answers of the first. */
function syncInTwoSteps(answers: FeederAnswers, network: Network, seen = (own: FeederAnswers) => own) {
  const outcome = (node: DeoxysNode) => ({ head: node.head(), digest: node.digest() })
  return syncFrom(answers, network, async (node) => ({
    first: outcome(node),
    second: await syncFrom(seen(new NodeAnswers({ node, kernel })), network, outcome),
  }))
}

describe('a node as the gateway of another', () => {
  test('which ends with the same store, through all eras', async () => {
    const { answers, network } = await createSimulatedChain({ seed: 3, blocks: BLOCKS, schedule: ALL_ERAS, kernel })
    const { first, second } = await syncInTwoSteps(answers, network)
    expect(first.head?.number).toBe(BLOCKS - 1)
    expect(second).toEqual(first)
  })

  test('answers what the gateway it synced from does', async () => {
    const { answers, network } = await createSimulatedChain({ seed: 4, blocks: BLOCKS, schedule: ALL_ERAS, kernel })
    await syncFrom(answers, network, async (node) => {
      const own = new NodeAnswers({ node, kernel })
      expect(await own.publicKey()).toEqual(await answers.publicKey())
      expect(read(await own.contractAddresses())).toEqual({ Starknet: network.l1CoreContract })
      for (let number = 0; number < BLOCKS; number++) {
        const options = { includeBlock: true, includeSignature: true }
        const there = read<Together>(await answers.stateUpdate(number, options))
        const here = read(await own.stateUpdate(number, options))
        // Printed for blocks of any age, as by today's gateway.
        const block = { l2_gas_price: { price_in_wei: '0x1', price_in_fri: '0x1' }, ...there.block }
        const diff = { migrated_compiled_classes: [], ...there.state_update.state_diff }
        expect(here).toEqual({ ...there, block, state_update: { ...there.state_update, state_diff: diff } })
        expect(await own.signature(number)).toEqual(await answers.signature(number))
        expect(await own.blockNumber(there.block.block_hash)).toBe(number)
        for (const { transaction_hash: hash } of there.block.transactions) {
          expect(read(await own.transaction(hash))).toEqual(read(await answers.transaction(hash)))
        }
        for (const { class_hash: hash } of there.state_update.state_diff.declared_classes) {
          expect(Buffer.from((await own.classByHash(hash))!)).toEqual(await answers.classByHash(hash))
          expect(Buffer.from((await own.compiledClassByHash(hash))!)).toEqual(await answers.compiledClassByHash(hash))
        }
      }
    })
  })

  test('has no answer for what it does not have', async () => {
    const { answers, network } = await createSimulatedChain({ seed: 1, blocks: 2, kernel })
    await syncFrom(answers, network, async (node) => {
      const own = new NodeAnswers({ node, kernel })
      const options = { includeBlock: true, includeSignature: true }
      expect(own.latest()).toBe(1)
      expect(
        await Promise.all([
          own.block(2),
          own.block('pending'),
          own.stateUpdate(2, options),
          own.signature(2),
          own.blockHash(2),
          own.blockNumber('0x1'),
          own.transaction('0x1'),
          own.classByHash('0x1'),
          own.compiledClassByHash('0x1'),
        ]),
      ).toEqual(Array.from({ length: 9 }, () => undefined))
    })
  })

  describe.skipIf(RECORDINGS_DIR === null)(`of mainnet 0 to 9${NEEDS_RECORDINGS}`, () => {
    const network = getNetwork('mainnet')!
    const open = () => openRecordedAnswers({ fixturesDir: RECORDINGS_DIR!, network: 'mainnet' })

    test('with the signatures as recorded', async () => {
      const recorded = await open()
      const signature: Tamper = (_, { at }) => recorded.signature(Number(at))
      const { first, second } = await syncInTwoSteps(recorded, network, (own) => tamper(own, { signature }))
      expect(first.head?.number).toBe(9)
      expect(second).toEqual(first)
    })

    test('not with signatures of the old form: a node does not keep the commitment they sign', async () => {
      await expect(syncInTwoSteps(await open(), network)).rejects.toMatchObject({ data: { check: 'signature' } })
    })
  })

  test('by the command: run --serve-feeder', async () => {
    const chain = await createSimulatedChain({ seed: 5, blocks: 4, chainId: 'SN_SERVE', kernel })
    const server = await FeederServer.start({ port: 0, answers: chain.answers })
    const key = hexFromFelt(chain.network.publicKey)
    const run = (url: string, dir: string, ...flags: readonly string[]) =>
      startCli([
        ...['run', '--network', 'custom', '--chain-id', 'SN_SERVE', '--public-key', key, '--feeder-url', url],
        ...['--data-dir', dir, '--until', '3', '--json', ...flags],
      ])
    const dir = await mkdtemp(join(tmpdir(), 'deoxys-serve-feeder-test-'))
    try {
      const first = run(server.url, join(dir, 'first'), '--rpc-port', '0', '--serve-feeder', '0')
      const url = await first.logged(/feeder gateway at (\S+)\n/)
      expect(JSON.parse(await first.line())).toMatchObject({ feeder_url: url })
      while ((await latestOf(url)) !== 3) await new Promise(setImmediate)
      const second = await run(url, join(dir, 'second'), '--exit-when-synced').result
      first.process.kill('SIGTERM')
      const { exitCode, json } = await first.result
      expect(json).toMatchObject({ head: 3, block_hash: await chain.answers.blockHash(3) })
      expect([exitCode, second.exitCode]).toEqual([0, 0])
      expect(second.json).toMatchObject({ head: 3, block_hash: await chain.answers.blockHash(3) })
      await expect(latestOf(url)).rejects.toThrow()
    } finally {
      await server.close()
      await rm(dir, { recursive: true, force: true })
    }
  })
})

/** What is looked into of `{block, state_update, signature}`. */
interface Together {
  readonly block: {
    readonly block_hash: string
    readonly transactions: readonly { readonly transaction_hash: string }[]
  }
  readonly state_update: {
    readonly state_diff: { readonly declared_classes: readonly { readonly class_hash: string }[] }
  }
}

function read<T = unknown>(json: Uint8Array | undefined): T {
  if (json === undefined) throw new Error('there is no answer')
  return JSON.parse(Buffer.from(json).toString())
}

/** The number of the newest block of the gateway, undefined while it has none. */
async function latestOf(url: string): Promise<number | undefined> {
  const answer = await fetch(`${url}get_block?blockNumber=latest&headerOnly=true`)
  return ((await answer.json()) as { block_number?: number }).block_number
}
