import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Clock, systemClock } from '../base/clock.ts'
import {
  BACKOFF_MS,
  BACKOFF_MS_MAX,
  backoffMs,
  Pause,
  parseRetryAfter,
  RESUME_SPREAD_MS,
  RETRY_AFTER_MS_MAX,
} from './retry.ts'

const never = new AbortController().signal

test('a back-off is anything from nothing to its doubling, capped limit', () => {
  expect([0, 1, 2, 3, 4, 5, 60].map((retry) => backoffMs(retry, () => 1))).toEqual([
    BACKOFF_MS,
    2 * BACKOFF_MS,
    4 * BACKOFF_MS,
    8 * BACKOFF_MS,
    BACKOFF_MS_MAX * 0.8,
    BACKOFF_MS_MAX,
    BACKOFF_MS_MAX,
  ])
  expect(backoffMs(3, () => 0)).toBe(0)
})

test.each([
  ['0', 0],
  ['12', 12_000],
  ['301', RETRY_AFTER_MS_MAX],
  ['9'.repeat(100), undefined],
  ['Thu, 01 Jan 1970 00:01:00 GMT', 10_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['Thu, 01 Jan 2970 00:00:00 GMT', RETRY_AFTER_MS_MAX],
  ['', undefined],
  ['soon', undefined],
  [undefined, undefined],
  [['1', '2'], undefined],
])('Retry-After: %j', (header, expected) => {
  expect(parseRetryAfter(header, 50_000)).toBe(expected)
})

test('whatever Retry-After says, it is no time at all or one within bounds', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.date().map(String), fc.integer().map(String)), (header) => {
      const ms = parseRetryAfter(header, 50_000)
      if (ms !== undefined) expect(ms >= 0 && ms <= RETRY_AFTER_MS_MAX).toBe(true)
    }),
  )
})

test('the system clock sleeps, and is woken with the reason', async () => {
  const before = systemClock.now()
  expect(Math.abs(before - Date.now())).toBeLessThan(60_000)
  await systemClock.sleep(1, never)
  expect(systemClock.now()).toBeGreaterThan(before)
  const reason = new Error('enough')
  const controller = new AbortController()
  const sleeping = systemClock.sleep(1e9, controller.signal)
  controller.abort(reason)
  await expect(sleeping).rejects.toBe(reason)
  await expect(systemClock.sleep(1e9, AbortSignal.abort(reason))).rejects.toBe(reason)
})

test('a pause ends for each when it has been quiet long enough', async () => {
  const slept: number[] = []
  let now = 1000
  const clock: Clock = {
    now: () => now,
    async sleep(ms) {
      slept.push(ms)
      now += ms
      if (slept.length === 1) pause.extend(300) // Another request is told to wait meanwhile.
    },
  }
  const pause = new Pause(clock, () => 0.5)
  await pause.wait(never)
  expect(slept).toEqual([])
  pause.extend(5000)
  pause.extend(10) // Shorter, so it changes nothing.
  await pause.wait(never)
  expect(slept).toEqual([5000 + RESUME_SPREAD_MS / 2, 300 + 300 / 2])
  await pause.wait(never)
  expect(slept.length).toBe(2)
})
