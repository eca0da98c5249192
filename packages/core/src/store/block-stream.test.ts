import fc from 'fast-check'
import { expect, test } from 'vitest'
import { feltFromNumber } from '../base/felt.ts'
import type { Block } from '../chain/frame.ts'
import type { StateUpdate } from '../chain/state-update.ts'
import { type BlockCursor, type ChainEntry, CURSOR_NAMES_MAX, type StreamView, streamBlocks } from './block-stream.ts'

/** A chain of hashes alone: block n of branch b has the hash b·10^6 + n. */
function viewOf(hashes: readonly number[]): StreamView {
  const at = <T>(number: number, make: () => T) => (number >= 0 && number < hashes.length ? make() : undefined)
  return {
    blockHashAt: (number) => at(number, () => feltFromNumber(hashes[number]!)),
    blockFrame: (number) => at(number, () => ({ block: () => ({}) as Block })),
    stateUpdateAt: (number) => at(number, () => ({}) as StateUpdate),
  }
}

const branch = (b: number, from: number, to: number) => Array.from({ length: to - from }, (_, i) => b * 1e6 + from + i)

async function read(hashes: readonly number[], from: number | BlockCursor): Promise<ChainEntry[]> {
  const view = viewOf(hashes)
  const { signal: closed } = new AbortController()
  const source = {
    onNews: () => () => {},
    read: <T>(run: (view: StreamView) => T) => run(view),
    done: Promise.resolve(),
    closed,
  }
  const entries: ChainEntry[] = []
  for await (const entry of streamBlocks(source, { from })) entries.push(entry)
  return entries
}

test('a cursor finds its place again after a reorg of any depth: exactly near the tip, at most as far again beyond', async () => {
  const lengths = fc.integer({ min: 1, max: 3000 })
  await fc.assert(
    fc.asyncProperty(lengths, fc.nat(3000), fc.integer({ min: 1, max: 50 }), async (length, depthSeed, added) => {
      const depth = depthSeed % (length + 1)
      const seen = await read(branch(0, 0, length), 0)
      const { cursor } = seen.at(-1)!
      expect(cursor.length).toBeLessThanOrEqual(CURSOR_NAMES_MAX)
      const fork = length - depth
      const [first, ...rest] = await read([...branch(0, 0, fork), ...branch(1, fork, length + added)], cursor)
      if (depth === 0) {
        expect(first).toMatchObject({ type: 'block', number: length })
        return
      }
      expect(first).toMatchObject({ type: 'reorg', lastSeen: { number: length - 1 } })
      const ancestor = first!.type === 'reorg' ? first!.ancestor : Number.NaN
      expect(ancestor).toBeLessThan(fork)
      expect(ancestor).toBeGreaterThanOrEqual(depth < 32 ? fork - 1 : Math.max(-1, fork - 1 - depth))
      expect(rest.map((entry) => entry.type === 'block' && entry.number)).toEqual(
        Array.from({ length: length + added - ancestor - 1 }, (_, i) => ancestor + 1 + i),
      )
    }),
    { numRuns: 30 },
  )
})
