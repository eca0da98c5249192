import { type Clock, hexFromFelt, newFull, SourcesExhaustedError } from '@deoxys/core'
import { expect, test } from 'vitest'
import { FeederServer } from '../feeder-server.ts'
import { atBlocks, editJson, tamper } from '../tamper.ts'
import { createSimulatedChain } from './create-simulated-chain.ts'
import { startDemoSequencer } from './demo-sequencer.ts'
import { type PrintedBlock, printedBlock } from './testing/printed.ts'

/** Waits for nothing, so that a refused block is given up at once. */
const hasty: Clock = { now: () => 0, sleep: async (_, signal) => signal.throwIfAborted() }

test('a node syncs the demo chain over HTTP, and checks all of it', async () => {
  const sequencer = await startDemoSequencer({ blockTimeMs: 3_600_000 })
  try {
    await using node = await newFull({ network: sequencer.network, exitWhenSynced: true, casm: 'sync' })
    await node.done
    const response = await fetch(`${sequencer.url}get_block?blockNumber=latest&headerOnly=true`)
    const { number, hash } = node.head()!
    expect(await response.json()).toEqual({ block_number: number, block_hash: hexFromFelt(hash) })
    expect(number).toBe(11)
  } finally {
    await sequencer.close()
  }
})

type StateDiff = PrintedBlock['state_update']['state_diff']

test.each<[string, (diff: StateDiff) => object]>([
  ['storage value', ({ storage_diffs }) => Object.values(storage_diffs)[0]![0]!],
  ['nonce', ({ nonces }) => nonces],
  ['class of a new contract', ({ deployed_contracts }) => deployed_contracts[0]!],
])('a %s that no block hash of 0.12.3 covers does not get past the state root', async (_, find) => {
  const schedule = [{ from: 0, version: '0.12.3' }]
  const { answers, network } = await createSimulatedChain({ seed: 1, blocks: 3, schedule })
  const genesis = (await printedBlock(answers, 0)).state_update.state_diff
  const classes = new Set(genesis.deployed_contracts.map(({ class_hash }) => class_hash))
  const edit = editJson<PrintedBlock>((answer) => {
    const target = find(answer.state_update.state_diff) as Record<string, string>
    const name = Object.keys(target).at(-1)!
    const value = target[name]!
    target[name] = name === 'class_hash' ? [...classes].find((hash) => hash !== value)! : `${value}1`
    return answer
  })
  const server = await FeederServer.start({ port: 0, answers: tamper(answers, { stateUpdate: atBlocks([1], edit) }) })
  try {
    await using node = await newFull({ network, feederUrls: [server.url], exitWhenSynced: true, clock: hasty })
    const error: unknown = await node.done.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(SourcesExhaustedError)
    expect(error).toMatchObject({ cause: { data: { check: 'state_root', block: 1 } } })
    expect(node.head()?.number).toBe(0)
  } finally {
    await server.close()
  }
})
