import { type BlockCursor, type ChainEntry, type DeoxysNode, hexFromFelt, newFull, type Reorg } from '@deoxys/core'
import { createSimulatedChain, FeederServer, type SimulatedChain } from '@deoxys/sequencer'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createVirtualClock } from '../support/virtual-clock.ts'

/** `node.blocks()`: what a reader of the chain sees while the node follows it, goes back, ends and comes again. */

let chain: SimulatedChain
let server: FeederServer

beforeEach(async () => {
  chain = await createSimulatedChain({ seed: 1, blocks: 10 })
  server = await FeederServer.start({ port: 0, answers: chain.answers })
})

afterEach(() => server.close())

const open = (options: { readonly exitWhenSynced?: boolean } = {}) =>
  newFull({ network: chain.network, feederUrls: [server.url], clock: createVirtualClock(), ...options })

async function collect(blocks: AsyncGenerator<ChainEntry, void>): Promise<ChainEntry[]> {
  const entries: ChainEntry[] = []
  for await (const entry of blocks) entries.push(entry)
  return entries
}

/** What is left of the chain when the entries are obeyed: hashes by number. Fails for one that does not go on. */
function obey(entries: readonly ChainEntry[]): string[] {
  const hashes: string[] = []
  for (const entry of entries) {
    if (entry.type === 'reorg') hashes.length = entry.ancestor + 1
    else {
      expect(entry.number).toBe(hashes.length)
      expect(entry.block.header.hash).toEqual(entry.hash)
      expect(entry.stateUpdate.blockHash).toEqual(entry.hash)
      hashes.push(hexFromFelt(entry.hash))
    }
  }
  return hashes
}

const hashes = () =>
  Promise.all(Array.from({ length: chain.blockCount }, (_, number) => chain.answers.blockHash(number)))

/** Reads until the newest block of the gateway has come. */
async function readToTip(blocks: AsyncGenerator<ChainEntry, void>, entries: ChainEntry[] = []): Promise<ChainEntry[]> {
  const tip = await chain.answers.blockHash(chain.blockCount - 1)
  for (;;) {
    const { value } = await blocks.next()
    if (!value) throw new Error('the stream has ended')
    entries.push(value)
    if (value.type === 'block' && hexFromFelt(value.hash) === tip) return entries
  }
}

test('every block once, from a height on, and the end with the node', async () => {
  await using node = await open({ exitWhenSynced: true })
  const entries = await collect(node.blocks())
  expect(obey(entries)).toEqual(await hashes())
  expect(entries).toHaveLength(10)
  const tail = await collect(node.blocks({ from: 7 }))
  expect(tail.map((entry) => entry.type === 'block' && entry.number)).toEqual([7, 8, 9])
})

test('a reorg takes back exactly what went, and both ranges are told', async () => {
  await using node = await open()
  const reorgs: Reorg[] = []
  node.on('reorg', (reorg) => reorgs.push(reorg))
  const blocks = node.blocks()
  const entries = await readToTip(blocks)
  const before = await hashes()
  chain.reorg(4)
  chain.grow(6)
  await readToTip(blocks, entries)
  const after = await hashes()
  expect(obey(entries)).toEqual(after)
  const back = entries.filter((entry) => entry.type === 'reorg')
  expect(back.map(({ ancestor, lastSeen }) => [ancestor, lastSeen.number, hexFromFelt(lastSeen.hash)])).toEqual([
    [5, 9, before[9]],
  ])
  expect(reorgs.map(name)).toEqual([{ ancestor: 5, removed: [before[6], before[9]], first: after[6] }])
})

const name = ({ ancestor, removed, added }: Reorg) => ({
  ancestor,
  removed: [removed.first, removed.last].map(({ hash }) => hexFromFelt(hash)),
  first: hexFromFelt(added.first.hash),
})

test('a cursor goes on in another node, across a reorg that it slept through', async () => {
  const entries: ChainEntry[] = []
  let cursor: BlockCursor
  {
    await using node = await open()
    await readToTip(node.blocks(), entries)
    cursor = structuredClone(entries.at(-1)!.cursor)
  }
  chain.reorg(3)
  chain.grow(5)
  await using node = await open({ exitWhenSynced: true })
  await node.done
  for await (const entry of node.blocks({ from: cursor })) entries.push(entry)
  expect(obey(entries)).toEqual(await hashes())
  expect(entries.filter(({ type }) => type === 'block')).toHaveLength(10 + 5)
})

test('a cursor of another chain takes everything back', async () => {
  const other = await createSimulatedChain({ seed: 2, blocks: 3 })
  const hash = Uint8Array.from(Buffer.from((await other.answers.blockHash(2))!.slice(2).padStart(64, '0'), 'hex'))
  await using node = await open({ exitWhenSynced: true })
  await node.done
  const [first, ...rest] = await collect(node.blocks({ from: [{ number: 2, hash }] }))
  expect(first).toMatchObject({ type: 'reorg', ancestor: -1 })
  expect(obey(rest)).toEqual(await hashes())
})

async function endsBy(end: (node: DeoxysNode, stop: AbortController) => unknown): Promise<void> {
  await using node = await open()
  const stop = new AbortController()
  const blocks = node.blocks({ signal: stop.signal })
  await readToTip(blocks)
  const next = blocks.next()
  end(node, stop)
  expect(await next).toEqual({ value: undefined, done: true })
}

test('it ends when it is told, and when the node is closed', async () => {
  await endsBy((_, stop) => stop.abort())
  await endsBy((node) => node.close())
})
