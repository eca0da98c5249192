import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newFull } from '@deoxys/core'
import { createSimulatedChain, FeederServer, setJson, type TamperedAnswers, tamper } from '@deoxys/sequencer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { instantClock } from '../support/instant-clock.ts'

describe('verifying and sealing in threads', () => {
  let server: FeederServer
  let answers: TamperedAnswers
  let config: Parameters<typeof newFull>[0]
  let dir: string
  let count = 0
  const newDir = () => join(dir, String(count++))

  beforeAll(async () => {
    const chain = await createSimulatedChain({ seed: 21, blocks: 30 })
    answers = tamper(chain.answers, {})
    dir = await mkdtemp(join(tmpdir(), 'deoxys-threads-test-'))
    server = await FeederServer.start({ port: 0, answers })
    config = { network: chain.network, feederUrls: [server.url], exitWhenSynced: true, clock: instantClock }
  })

  afterAll(async () => {
    await server.close()
    await rm(dir, { recursive: true, force: true })
  })

  test('is the same chain, with the same ledger', async () => {
    await using one = await newFull({ ...config, casm: 'sync' })
    await using many = await newFull({ ...config, casm: 'sync', threads: 2, dataDir: newDir() })
    await Promise.all([one.done, many.done])
    expect(many.head()?.number).toBe(29)
    expect(many.digest()).toBe(one.digest())
  })

  test.for([
    ['block', 'timestamp', 5],
    ['block', 'timestamp', 'soon'],
    ['block', 'starknet_version', '0.15.0'],
    ['state_update', 'old_root', '0x5'],
  ] as const)('refuses with the same words: %s.%s = %s', async ([half, field, value]) => {
    const errors: unknown[] = []
    for (const threads of [0, 1]) {
      answers.hooks = {
        stateUpdate: (answer, request) => (request.at === 4 ? setJson([half, field], value)(answer, request) : answer),
        block: (answer, request) => (request.at === 4 ? setJson([field], value)(answer, request) : answer),
      }
      await using node = await newFull({ ...config, threads, dataDir: newDir() })
      errors.push(await node.done.catch(({ message, data }) => ({ message, data })))
      expect(node.head()?.number).toBe(3)
      answers.hooks = {}
    }
    expect(errors[0]).toBeDefined()
    expect(errors[1]).toEqual(errors[0])
  })

  test('what cannot be opened there is said here', async () => {
    const dataDir = newDir()
    await using first = await newFull({ ...config, threads: 1, dataDir })
    await expect(newFull({ ...config, threads: 1, dataDir })).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED' })
    await first.done
    const block = await first.request('starknet_blockNumber')
    expect(block).toBe(29)
  })

  test('closing in the middle ends them', async () => {
    const node = await newFull({ ...config, threads: 2, dataDir: newDir() })
    await node.close()
    await expect(node.done).resolves.toBeUndefined()
  })
})
