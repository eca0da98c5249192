import { newFull } from '@deoxys/core'
import { createSimulatedChain, FeederServer, setJson, type TamperedAnswers, tamper } from '@deoxys/sequencer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { instantClock } from '../support/instant-clock.ts'

describe('verifying in threads', () => {
  let server: FeederServer
  let answers: TamperedAnswers
  let config: Parameters<typeof newFull>[0]

  beforeAll(async () => {
    const chain = await createSimulatedChain({ seed: 21, blocks: 30 })
    answers = tamper(chain.answers, {})
    server = await FeederServer.start({ port: 0, answers })
    config = { network: chain.network, feederUrls: [server.url], exitWhenSynced: true, clock: instantClock }
  })

  afterAll(() => server.close())

  test('is the same chain, with the same ledger', async () => {
    await using one = await newFull({ ...config, casm: 'sync' })
    await using many = await newFull({ ...config, casm: 'sync', threads: 2 })
    await Promise.all([one.done, many.done])
    expect(many.head()?.number).toBe(29)
    expect(many.digest()).toBe(one.digest())
  })

  test.for([
    ['block_hash', 'timestamp', 5],
    ['MALFORMED_ANSWER', 'timestamp', 'soon'],
    ['UNSUPPORTED_VERSION', 'starknet_version', '0.15.0'],
  ] as const)('refuses with the same words: %s', async ([, field, value]) => {
    const errors: unknown[] = []
    for (const threads of [0, 2]) {
      answers.hooks = {
        stateUpdate: (answer, request) =>
          request.at === 4 ? setJson(['block', field], value)(answer, request) : answer,
        block: (answer, request) => (request.at === 4 ? setJson([field], value)(answer, request) : answer),
      }
      await using node = await newFull({ ...config, threads })
      errors.push(await node.done.catch(({ message, data }) => ({ message, data })))
      expect(node.head()?.number).toBe(3)
      answers.hooks = {}
    }
    expect(errors[0]).toBeDefined()
    expect(errors[1]).toEqual(errors[0])
  })

  test('closing in the middle ends them', async () => {
    const node = await newFull({ ...config, threads: 2 })
    await node.close()
    await expect(node.done).resolves.toBeUndefined()
  })
})
