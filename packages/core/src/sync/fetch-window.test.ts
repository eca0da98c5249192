import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  FETCH_BYTES_MAX,
  FETCH_WINDOW_MAX,
  FETCH_WINDOW_MIN,
  FETCH_WINDOW_START,
  FetchWindow,
  type Height,
} from './fetch-window.ts'

/** Opens what there is room for. */
function fill(window: FetchWindow): Height[] {
  const heights: Height[] = []
  while (window.hasRoom) heights.push(window.open(heights.length))
  return heights
}

/** So many answers of a size, one after the other. */
function answer(window: FetchWindow, count: number, bytes: number): void {
  for (let i = 0; i < count; i++) {
    const height = window.open(i)
    window.answered(height, bytes)
    window.close(height)
  }
}

test('grows while sealing waits for it, within its bounds; complaints halve it', () => {
  const window = new FetchWindow()
  expect(fill(window)).toHaveLength(FETCH_WINDOW_START)
  window.clear()
  window.starve()
  expect(window.size).toBe(FETCH_WINDOW_START + 1)
  for (let i = 0; i < 1000; i++) window.starve()
  expect(window.size).toBe(FETCH_WINDOW_MAX)
  for (let i = 0; i < 10; i++) {
    answer(window, window.size, 100)
    window.halve()
  }
  expect(window.size).toBe(FETCH_WINDOW_MIN)
  for (let i = 0; i < FETCH_WINDOW_MIN; i++) window.starve()
  expect(window.size).toBe(FETCH_WINDOW_MIN)
  window.starve()
  expect(window.size).toBe(FETCH_WINDOW_MIN + 1)
})

test('the heights that were in flight together halve it once', () => {
  const window = new FetchWindow()
  for (let i = 0; i < FETCH_WINDOW_START; i++) window.halve()
  expect(window.size).toBe(FETCH_WINDOW_START / 2)
  answer(window, FETCH_WINDOW_START / 2, 100)
  window.halve()
  expect(window.size).toBe(FETCH_WINDOW_START / 4)
})

test('large answers leave room for few, one at least; small ones again for many', () => {
  const window = new FetchWindow()
  answer(window, 1, FETCH_BYTES_MAX / 4)
  expect(fill(window)).toHaveLength(4)
  window.clear()
  answer(window, 1, 2 * FETCH_BYTES_MAX)
  expect(fill(window)).toHaveLength(1)
  window.clear()
  answer(window, 100, 1000)
  expect(fill(window)).toHaveLength(FETCH_WINDOW_START)
})

test('answers no larger than the ones before them never take more than the bound together', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: FETCH_BYTES_MAX }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(sizes, (list) => {
      const window = new FetchWindow()
      const [first, ...rest] = list.sort((a, b) => b - a)
      answer(window, 1, first!)
      const flight: { readonly height: Height; readonly bytes: number }[] = []
      for (const bytes of rest) {
        while (!window.hasRoom) window.close(flight.shift()!.height)
        const height = window.open(0)
        flight.push({ height, bytes })
        window.answered(height, bytes)
        const inFlight = flight.reduce((sum, one) => sum + one.bytes, 0)
        if (flight.length > 1) expect(inFlight).toBeLessThanOrEqual(FETCH_BYTES_MAX)
      }
    }),
  )
})
