import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DeoxysNode, hexFromFelt, type Log, newFull, SILENT_LOG } from '@deoxys/core'
import { createSimulatedChain, Faults, FeederServer, type SimulatedChain } from '@deoxys/sequencer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createVirtualClock } from '../support/virtual-clock.ts'

let dataDir: string
let chain: SimulatedChain
let server: FeederServer

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'deoxys-node-'))
  chain = await createSimulatedChain({ seed: 1, blocks: 6 })
  server = await FeederServer.start({ port: 0, answers: chain.answers })
})

afterAll(async () => {
  await server.close()
  await rm(dataDir, { recursive: true })
})

/** Seals the next block once it is there. */
async function seal(node: DeoxysNode): Promise<void> {
  while ((await node.sealNewBlock()) === undefined) await new Promise(setImmediate)
}

test('syncing: the start stays, the current block moves, and at the target it is over', async () => {
  const config = { network: chain.network, feederUrls: [server.url], dataDir, sealing: 'manual' as const }
  const latest = { highest_block_num: 5, highest_block_hash: await chain.answers.blockHash(5) }
  {
    await using node = await newFull(config)
    expect(await node.request('starknet_syncing')).toBe(false)
    for (let number = 0; number <= 2; number++) {
      await seal(node)
      const current = { current_block_num: number, current_block_hash: hexFromFelt(node.head()!.hash) }
      const starting = { starting_block_num: 0, starting_block_hash: await chain.answers.blockHash(0) }
      expect(await node.request('starknet_syncing')).toEqual({ ...starting, ...current, ...latest })
    }
  }
  await using node = await newFull({ ...config, until: 4 })
  await seal(node)
  const starting = { starting_block_num: 2, starting_block_hash: await chain.answers.blockHash(2) }
  expect(await node.request('starknet_syncing')).toMatchObject({ ...starting, current_block_num: 3, ...latest })
  await seal(node)
  expect(node.head()?.number).toBe(4)
  expect(await node.request('starknet_syncing')).toBe(false)
})

test('an attempt that is followed by another one is a line in the log', async () => {
  const plan = { faults: [{ kind: 'status', status: 503, endpoint: 'get_state_update', count: 1 }] } as const
  const clock = createVirtualClock()
  const faulty = await FeederServer.start({ port: 0, answers: chain.answers, faults: new Faults({ clock, plan }) })
  const lines: [object, string][] = []
  const log: Log = { ...SILENT_LOG, debug: (...line) => lines.push(line) }
  try {
    await using node = await newFull({
      network: chain.network,
      feederUrls: [faulty.url],
      exitWhenSynced: true,
      clock,
      log,
    })
    await node.done
    const retries = lines.filter(([, message]) => message === 'the gateway is asked again')
    const error = expect.objectContaining({ code: 'HTTP_STATUS', status: 503 })
    expect(retries.map(([fields]) => fields)).toEqual([
      { error, source: faulty.url.replace(/\/$/, ''), waitMs: expect.any(Number) },
    ])
  } finally {
    await faulty.close()
  }
})
