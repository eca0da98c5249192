import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../base/clock.ts'
import { felt } from '../base/felt.ts'
import type { BlockSource } from '../gateway/block-source.ts'
import { DISTRUST_MS, FAILURE_HALF_LIFE_MS, type Outcome, PROBE_MS, SHARE_MIN, Sources } from './sources.ts'

/** Time that the test sets. */
function open(count: number) {
  const time = { ms: 0 }
  const clock: Clock = { now: () => time.ms, sleep: () => Promise.reject(new Error('nobody sleeps here')) }
  const all = Array.from({ length: count }, (_, i) => ({ name: `source ${i}` }) as unknown as BlockSource)
  return { time, all, sources: new Sources(all, clock) }
}

const HEIGHTS = 1000

/** Of the first heights, the share that each source is asked for. */
const sharesOf = ({ all, sources }: ReturnType<typeof open>) => {
  const counts = new Map<BlockSource, number>(all.map((source) => [source, 0]))
  for (let number = 0; number < HEIGHTS; number++) {
    const source = sources.pick(number, [])
    counts.set(source, counts.get(source)! + 1 / HEIGHTS)
  }
  return all.map((source) => counts.get(source)!)
}

const answered = (ms: number): Outcome => ({ answeredMs: ms })
const head = (number: number) => ({ number, hash: felt(number) })

describe('shares', () => {
  test('even where nothing is known, and where all are alike', () => {
    const three = open(3)
    for (const share of sharesOf(three)) expect(share).toBeCloseTo(1 / 3, 1)
    for (const source of three.all) three.sources.report(source, answered(80))
    for (const share of sharesOf(three)) expect(share).toBeCloseTo(1 / 3, 1)
  })

  test('a slow source has a small one, and is probed; well again, it has its part', () => {
    const two = open(2)
    const [fast, slow] = two.all as [BlockSource, BlockSource]
    for (let i = 0; i < 10; i++) two.sources.report(fast, answered(100))
    for (let i = 0; i < 10; i++) two.sources.report(slow, answered(300))
    expect(sharesOf(two)[1]).toBeCloseTo(0.1, 1)
    for (let i = 0; i < 30; i++) two.sources.report(slow, answered(60_000))
    expect(sharesOf(two)[1]).toBe(0)
    two.time.ms += PROBE_MS
    expect(sharesOf(two)[1]).toBe(1 / HEIGHTS)
    for (let i = 0; i < 60; i++) two.sources.report(slow, answered(100))
    expect(sharesOf(two)[1]).toBeCloseTo(0.5, 1)
  })

  test('failures weigh, and are forgotten with time', () => {
    const two = open(2)
    for (let i = 0; i < 4; i++) two.sources.report(two.all[0]!, 'failed')
    expect(sharesOf(two)[0]).toBeGreaterThan(SHARE_MIN)
    expect(sharesOf(two)[0]).toBeLessThan(0.06)
    two.time.ms += 2 * FAILURE_HALF_LIFE_MS
    expect(sharesOf(two)[0]).toBeCloseTo(0.2, 1)
    two.time.ms += 10 * FAILURE_HALF_LIFE_MS
    expect(sharesOf(two)[0]).toBeCloseTo(0.5, 1)
  })

  test('who gave a wrong block is asked last for a while', () => {
    const two = open(2)
    two.sources.report(two.all[0]!, 'wrong')
    expect(sharesOf(two)).toEqual([0, expect.closeTo(1)])
    for (let i = 0; i < 9; i++) two.sources.report(two.all[1]!, 'failed')
    expect(sharesOf(two)[0]).toBe(0)
    two.time.ms += DISTRUST_MS
    expect(sharesOf(two)[0]).toBeGreaterThan(0.3)
  })

  test('whoever does not have the height yet is asked after those that may', () => {
    const two = open(2)
    two.sources.named(two.all[0]!, head(499))
    const asked = (number: number) => two.sources.pick(number, []) === two.all[0]
    const numbers = Array.from({ length: HEIGHTS }, (_, i) => i)
    expect(numbers.slice(500).some(asked)).toBe(false)
    expect(numbers.slice(0, 500).filter(asked).length).toBeGreaterThan(200)
  })
})

test('whatever was reported: each source once before any is asked again', () => {
  const outcome = fc.oneof(fc.constantFrom<Outcome>('failed', 'wrong'), fc.nat(10_000).map(answered))
  const reports = fc.array(fc.tuple(fc.nat(3), outcome, fc.nat(60_000)), { maxLength: 30 })
  fc.assert(
    fc.property(reports, fc.integer({ min: 1, max: 4 }), fc.nat(1e6), (list, count, number) => {
      const { time, all, sources } = open(count)
      const tried: BlockSource[] = []
      for (const [at, what, ms] of [...list, [0, 'failed', 0] as const]) {
        sources.report(all[at % count]!, what)
        time.ms += ms
        tried.push(sources.pick(number, tried))
        const round = tried.slice(-1 - ((tried.length - 1) % count))
        expect(new Set(round).size).toBe(round.length)
      }
    }),
  )
})

describe('a head that nobody has', () => {
  test('is not believed for a while, if others say otherwise', () => {
    const { time, all, sources } = open(3)
    const [honest, liar, silent] = all as [BlockSource, BlockSource, BlockSource]
    sources.named(honest, head(50))
    sources.named(liar, head(100))
    expect(sources.disbelieve(51)).toEqual(['source 1'])
    expect([honest, liar, silent].map((source) => sources.isBelieved(source))).toEqual([true, false, true])
    expect(sources.disbelieve(51)).toEqual([])
    time.ms += DISTRUST_MS
    expect(sources.isBelieved(liar)).toBe(true)
  })

  test('stands where all name it, or nobody else says anything', () => {
    const { all, sources } = open(2)
    expect(sources.disbelieve(51)).toEqual([])
    sources.named(all[0]!, head(100))
    expect(sources.disbelieve(51)).toEqual([])
    sources.named(all[1]!, head(51))
    expect(sources.disbelieve(51)).toEqual([])
    expect(sources.disbelieve(52)).toEqual(['source 0'])
  })
})
