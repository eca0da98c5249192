import { type Felt, felt, newFull } from '@deoxys/core'
import { createSimulatedChain, FeederServer, type TamperedAnswers, tamper } from '@deoxys/sequencer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { instantClock } from '../support/instant-clock.ts'

describe('compiled classes', () => {
  let server: FeederServer
  let answers: TamperedAnswers
  let config: Parameters<typeof newFull>[0]
  let asked: string[] = []

  beforeAll(async () => {
    const chain = await createSimulatedChain({ seed: 9, blocks: 12 })
    answers = tamper(chain.answers, {})
    server = await FeederServer.start({ port: 0, answers })
    config = { network: chain.network, feederUrls: [server.url], exitWhenSynced: true, clock: instantClock }
  })

  afterAll(() => server.close())

  const watch = (spoil = false) => {
    asked = []
    answers.hooks = {
      compiledClassByHash: (answer, { hash }) => {
        asked.push(hash!)
        return spoil && answer ? Buffer.from(Buffer.from(answer).toString().replace('"0x4', '"0x5')) : answer
      },
    }
  }

  const declared = (node: Awaited<ReturnType<typeof newFull>>): Felt[] =>
    [...Array(node.head()!.number + 1).keys()].flatMap((number) => {
      const pairs = node.getStateUpdate(number)!.stateDiff.declaredClasses
      return [...Array(pairs.length / 64).keys()].map((i) => pairs.slice(64 * i, 64 * i + 32))
    })

  test('on demand: fetched when asked for, checked, and kept', async () => {
    watch()
    await using node = await newFull(config)
    await node.done
    expect(asked).toEqual([])
    const classes = declared(node)
    expect(classes.length).toBeGreaterThan(2)
    const [first] = classes
    const text = Buffer.from((await node.getCompiledClass(first!))!).toString()
    expect(JSON.parse(text)).toHaveProperty('bytecode')
    expect(Buffer.from((await node.getCompiledClass(first!))!).toString()).toBe(text)
    expect(asked).toHaveLength(1)
    expect(await node.getCompiledClass(felt(12345))).toBeUndefined()
  })

  test('on demand: one that does not give the hash in the state is refused', async () => {
    watch(true)
    await using node = await newFull(config)
    await node.done
    const refused = node.getCompiledClass(declared(node)[0]!)
    await expect(refused).rejects.toMatchObject({ data: { code: 'CHECK_FAILED', check: 'compiled_class_hash' } })
  })

  test('sync: all of them, with the blocks that declare them', async () => {
    watch()
    await using node = await newFull({ ...config, casm: 'sync' })
    await node.done
    const classes = declared(node)
    expect(asked).toHaveLength(classes.length)
    for (const hash of classes) expect(await node.getCompiledClass(hash)).toBeDefined()
    expect(asked).toHaveLength(classes.length)
  })
})
