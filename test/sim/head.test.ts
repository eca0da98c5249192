import { type BlockSource, DecodeError, GatewayError, newFull, type PreConfirmedBlock } from '@deoxys/core'
import { createSimulatedChain } from '@deoxys/sequencer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EventClock } from '../support/event-clock.ts'
import { createSimulatedSource } from '../support/simulated-source.ts'

/** `npm run sim:faults` asks for more. */
const RUNS = Number(process.env['DEOXYS_SIM_RUNS'] ?? 4)

/** There at the start, and then one more each time. */
const BLOCKS = 10
const BLOCK_TIME_MS = 3000

const LATENCY_MS = 37

/** Between two looks at the head of a chain whose blocks come every few seconds. */
const POLL_MS = 500

/** One after the other: a look that just missed the block; one that sees it; the block; its classes. */
const REQUESTS_MS = 4 * LATENCY_MS

interface Options {
  readonly seed?: number
  /** How many new blocks the node sees. */
  readonly count: number
  /** In which form the source tells of the block under construction. */
  readonly preConfirmed: 'delta' | 'classic' | 'off'
  readonly change?: (source: BlockSource) => void
}

/** A node that follows a chain while it grows. */
async function follow({ seed = 1, count, preConfirmed, change = () => {} }: Options) {
  const clock = new EventClock()
  const chain = await createSimulatedChain({ seed, blocks: BLOCKS, blockTimeMs: BLOCK_TIME_MS, clock })
  const form = preConfirmed === 'off' ? 'delta' : preConfirmed
  const source = createSimulatedSource(chain, { clock, latencyMs: LATENCY_MS, preConfirmed: form })
  change(source)
  const node = await newFull({ network: chain.network, sources: [source], clock, preConfirmed: preConfirmed !== 'off' })
  const delays: number[] = []
  /** The last that was seen of each block before it was sealed. */
  const views = new Map<number, PreConfirmedBlock>()
  const { promise, resolve } = Promise.withResolvers<void>()
  node.events.on('synced', () => {
    const view = node.preConfirmed()
    if (view !== undefined) views.set(view.number, view)
  })
  node.events.on('sealed', ({ number }) => {
    const age = number + 1 - BLOCKS
    if (age > 0) delays.push(clock.now() - age * BLOCK_TIME_MS)
    if (age === count) resolve()
  })
  await Promise.race([promise, node.done])
  const blocks = [...views.keys()].filter((number) => number < BLOCKS + count).map((number) => node.getBlock(number)!)
  await node.close()
  return { delays, views, blocks }
}

const expectPrompt = (delays: readonly number[], count: number) => {
  expect(delays).toHaveLength(count)
  expect(Math.max(...delays)).toBeLessThanOrEqual(POLL_MS + REQUESTS_MS)
}

describe('a node at the head of a chain seals each block within one poll of its publication', () => {
  test('without the pre-confirmed block', async () => {
    const { delays, views } = await follow({ count: 8, preConfirmed: 'off' })
    expectPrompt(delays, 8)
    expect(views.size).toBe(0)
  })

  test.each(['delta', 'classic'] as const)(
    'with it, in its %s form: what was seen of a block came true',
    async (form) => {
      const { delays, views, blocks } = await follow({
        count: 8,
        preConfirmed: form,
      })
      expectPrompt(delays, 8)
      expect(blocks).toHaveLength(8)
      for (const block of blocks) {
        const view = views.get(block.header.number)!
        const { receipts, transactions } = view
        expect(receipts.length).toBeGreaterThanOrEqual(Math.floor(block.transactions.length / 2))
        expect(transactions).toEqual(block.transactions.slice(0, transactions.length))
        expect(receipts).toEqual(block.receipts.slice(0, receipts.length))
        expect(view.header.timestamp).toBe(block.header.timestamp)
      }
    },
  )

  const none = new GatewayError('none', { code: 'BLOCK_NOT_FOUND', urlPath: '', retryable: false })
  const failure = fc.constantFrom<(bytes: Uint8Array) => Uint8Array>(
    (bytes) => bytes,
    () => {
      throw none
    },
    () => {
      throw new DecodeError('', 'is HTML')
    },
    () => Buffer.from('[]'),
    () => Buffer.from('{"changed": false}'),
    (bytes) => bytes.subarray(0, bytes.length / 2),
    (bytes) => Buffer.from(String(bytes).replace('"timestamp"', '"time"')),
    (bytes) => Buffer.from(String(bytes).replace(/"block_number": ?\d+/, '"block_number": 7')),
  )

  test('with one that fails at random', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.infiniteStream(failure), async (seed, failures) => {
        const change = (source: BlockSource) => {
          const fetch = source.fetchPreConfirmedBlock!
          source.fetchPreConfirmedBlock = async (query, signal) => {
            const bytes = await fetch(query, signal)
            return failures.next().value!(bytes)
          }
        }
        const { delays } = await follow({ seed, count: 5, preConfirmed: 'delta', change })
        expectPrompt(delays, 5)
      }),
      { numRuns: RUNS },
    )
  })

  test('with one that never answers', async () => {
    const change = (source: BlockSource) => {
      source.fetchPreConfirmedBlock = (_, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }
    expectPrompt((await follow({ count: 5, preConfirmed: 'delta', change })).delays, 5)
  })
})
