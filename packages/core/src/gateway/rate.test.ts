import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { BURST, RATE_MAX, RATE_MIN, Rate } from './rate.ts'
import { FakeClock, never } from './testing/http-gateway.ts'

/** Takes `count` turns one after the other, each answered at once. Returns how long that took, in seconds. */
async function run(rate: Rate, clock: FakeClock, count: number): Promise<number> {
  const start = clock.now()
  for (let i = 0; i < count; i++) {
    await rate.take(never)
    rate.praise()
  }
  return (clock.now() - start) / 1000
}

test('no bound before the first complaint', async () => {
  const clock = new FakeClock()
  const rate = new Rate(clock)
  expect(await run(rate, clock, 10_000)).toBe(0)
  expect(rate.perSecond).toBeUndefined()
})

test('a complaint halves what was observed; the ones that came with it do not count', async () => {
  const clock = new FakeClock()
  const rate = new Rate(clock)
  for (let i = 0; i < 1000; i++) {
    await rate.take(never)
    await clock.sleep(25, never) // 40 a second
  }
  rate.complain()
  expect(rate.perSecond).toBeCloseTo(20, 0)
  for (let i = 0; i < 30; i++) rate.complain()
  expect(rate.perSecond).toBeCloseTo(20, 0)
  await clock.sleep(1000, never)
  rate.complain()
  expect(rate.perSecond).toBeCloseTo(10, 0)
})

test('grows by one a second each second, until the bound is gone', async () => {
  const clock = new FakeClock()
  const rate = new Rate(clock)
  rate.complain()
  expect(rate.perSecond).toBe(RATE_MIN)
  let seconds = 0
  for (; rate.perSecond !== undefined; ) {
    const before = rate.perSecond
    const took = await run(rate, clock, Math.ceil(before))
    seconds += took
    if (rate.perSecond !== undefined) expect(rate.perSecond - before).toBeLessThan(2)
  }
  expect(seconds).toBeGreaterThan(RATE_MAX / 2)
  expect(seconds).toBeLessThan(RATE_MAX * 2)
  expect(await run(rate, clock, 1000)).toBe(0)
})

test('whatever happens when: never more than the burst and the rate allow', async () => {
  const event = fc.oneof(
    fc.constant('take' as const),
    fc.constant('complain' as const),
    fc.integer({ min: 1, max: 5000 }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 200 }), async (events) => {
      const clock = new FakeClock()
      const rate = new Rate(clock)
      rate.complain()
      const startedAt = clock.now()
      let started = 0
      for (const next of events) {
        if (next === 'take') {
          await rate.take(never)
          started += 1
        } else if (next === 'complain') rate.complain()
        else await clock.sleep(next, never)
        expect(started).toBeLessThanOrEqual(BURST + ((clock.now() - startedAt) / 1000) * RATE_MIN + 1e-6)
      }
    }),
  )
})

test('first come, first served; who leaves makes room', async () => {
  let slept: number[] = []
  const clock = {
    now: () => 0,
    async sleep(ms: number, signal: AbortSignal) {
      slept.push(ms)
      await Promise.resolve()
      signal.throwIfAborted()
    },
  }
  const rate = new Rate(clock)
  rate.complain()
  const leave = new AbortController()
  const turns = [rate.take(never), rate.take(never), rate.take(leave.signal), rate.take(never)]
  leave.abort(new Error('enough'))
  await expect(turns[2]).rejects.toThrow('enough')
  await Promise.all([turns[0], turns[1], turns[3]])
  expect(slept).toEqual([1000, 2000, 3000])
  slept = []
  await rate.take(never)
  expect(slept).toEqual([3000])
})

test.each([5, 20, 100])('against a gateway that bears %i a second: near that, with few refusals', async (limit) => {
  const clock = new FakeClock()
  const rate = new Rate(clock)
  const startedAt = clock.now()
  let [allowed, filledAt, answers, refusals] = [limit, startedAt, 0, 0]
  while (answers < 100 * limit) {
    await rate.take(never)
    await clock.sleep(1, never) // Otherwise nothing would hold back the first ones.
    allowed = Math.min(limit, allowed + ((clock.now() - filledAt) / 1000) * limit)
    filledAt = clock.now()
    if (allowed >= 1) {
      allowed -= 1
      answers += 1
      rate.praise()
    } else {
      refusals += 1
      rate.complain()
      await clock.sleep(1000, never)
    }
  }
  const perSecond = answers / ((clock.now() - startedAt) / 1000)
  expect(perSecond / limit).toBeGreaterThan(0.6)
  expect(refusals / answers).toBeLessThan(0.06)
})
