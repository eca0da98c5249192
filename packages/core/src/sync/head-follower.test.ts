import { describe, expect, test } from 'vitest'
import { felt } from '../base/felt.ts'
import type { BlockSource } from '../gateway/block-source.ts'
import { HEAD_POLL_MS_MAX, HEAD_POLL_MS_MIN, HeadFollower } from './head-follower.ts'
import type { PreConfirmed } from './pre-confirmed.ts'
import { Sources } from './sources.ts'

const never = new AbortController().signal

/** Sleeps last until they are aborted, or at once, as the test says. */
function open(heads: (number | Error)[], polls: Promise<boolean>[] = [], areSleepsShort = true) {
  const time = { ms: 0 }
  const slept: number[] = []
  const clock = {
    now: () => time.ms,
    async sleep(ms: number, signal: AbortSignal) {
      slept.push(ms)
      const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve))
      if (areSleepsShort) time.ms += ms
      else if (!signal.aborted) await aborted
      signal.throwIfAborted()
    },
  }
  const all = heads.map((_, i) => ({
    name: `source ${i}`,
    fetchLatestHeader: async () => {
      const head = heads[i]!
      if (head instanceof Error) throw head
      return { number: head, hash: felt(head) }
    },
  })) as unknown as BlockSource[]
  const sources = new Sources(all, clock)
  const preConfirmed = { poll: () => polls.shift() ?? Promise.resolve(false) } as unknown as PreConfirmed
  return { heads, time, slept, sources, follower: new HeadFollower({ sources, preConfirmed, clock }) }
}

describe('the newest block', () => {
  test('is the highest one of any source; one that nobody has counts no more', async () => {
    const { follower, sources } = open([50, 100, new Error('no')])
    expect((await follower.fetchLatest(200, never)).number).toBe(100)
    expect(sources.disbelieve(51)).toEqual(['source 1'])
    expect((await follower.fetchLatest(200, never)).number).toBe(50)
    expect(follower.latest?.number).toBe(50)
  })

  test('is that of the first to know one that is new; a slow source is asked once at a time', async () => {
    const { follower, sources, slept } = open([7, 9], [], false)
    const slow = Promise.withResolvers<{ number: number; hash: Uint8Array }>()
    let asked = 0
    sources.all[1]!.fetchLatestHeader = () => {
      asked += 1
      return slow.promise
    }
    for (let i = 0; i < 3; i++) expect((await follower.fetchLatest(6, never)).number).toBe(7)
    expect([asked, slept.length]).toEqual([1, 3])
    const both = follower.fetchLatest(7, never)
    slow.resolve({ number: 9, hash: felt(9) })
    expect((await both).number).toBe(9)
  })

  test('of nobody who is believed is better than none', async () => {
    const { follower, sources, heads } = open([50, 100])
    await follower.fetchLatest(200, never)
    sources.disbelieve(51)
    heads[0] = new Error('gone')
    expect((await follower.fetchLatest(200, never)).number).toBe(100)
  })
})

describe('the rest between two looks', () => {
  test('is the longer the longer nothing came, within its bounds, and short again after a block', async () => {
    const { follower, slept, heads, time } = open([5])
    const look = async () => {
      await follower.fetchLatest(200, never)
      slept.length = 0
      await follower.wait(6, never)
      return slept[0]
    }
    expect(await look()).toBe(HEAD_POLL_MS_MIN)
    time.ms += 30_000
    const afterHalfAMinute = await look()
    expect(afterHalfAMinute).toBeGreaterThan(1000)
    expect(afterHalfAMinute).toBeLessThan(1100)
    time.ms += 3_600_000
    expect(await look()).toBe(HEAD_POLL_MS_MAX)
    heads[0] = 6
    expect(await look()).toBe(HEAD_POLL_MS_MIN)
  })

  test('ends when the pre-confirmed block is closed, however late that is told', async () => {
    const late = Promise.withResolvers<boolean>()
    const { follower } = open([5], [Promise.resolve(true), late.promise], false)
    await follower.wait(6, never)
    const stop = new AbortController()
    const second = follower.wait(7, stop.signal)
    stop.abort(new Error('enough'))
    await expect(second).rejects.toThrow('enough')
    const third = follower.wait(8, never)
    late.resolve(true)
    await third
  })
})
