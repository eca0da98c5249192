import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../base/clock.ts'
import { CheckError } from '../base/errors.ts'
import { type Felt, felt, ZERO } from '../base/felt.ts'
import { SILENT_LOG } from '../base/log.ts'
import { UnsupportedVersionError } from '../chain/era.ts'
import type { BlockSource } from '../gateway/block-source.ts'
import { GatewayError } from '../gateway/gateway-error.ts'
import { DecodeError } from '../gateway/json-reader.ts'
import { EMPTY_DIFF } from '../seal/testing/letters.ts'
import type { ClassFetcher } from './class-fetcher.ts'
import { FETCH_WINDOW_MAX, FETCH_WINDOW_MIN, FETCH_WINDOW_START } from './fetch-window.ts'
import { RANGE_BLOCKS_MAX, Sync, type SyncOptions, TIP_DISTANCE } from './pipeline.ts'
import type { RawBlock } from './raw-block.ts'
import { REFUSALS_PER_SOURCE_MAX } from './refusal.ts'
import type { VerifiedBlock } from './verify.ts'

const hashOf = (number: number): Felt => felt(1000 + number)

const refused = (block: number, check = 'block_hash') =>
  new CheckError(`block ${block}: ${check}`, { code: 'CHECK_FAILED', check, block })
const unavailable = () =>
  new GatewayError('HTTP status 503', { code: 'HTTP_STATUS', urlPath: '/', retryable: true, status: 503 })

/** Time that passes at once. */
const clock: Clock = {
  now: () => 0,
  async sleep(_ms, signal) {
    await new Promise(setImmediate)
    signal.throwIfAborted()
  },
}

/** A source whose answers are one byte, or what `answers` says: an error to throw, or bytes. */
class FakeSource implements BlockSource {
  readonly name = 'fake'
  readonly asked: string[] = []
  latest: number
  /** What to do the next time this is asked, `together 3` or `block 3`; the last one stays. */
  readonly script = new Map<string, (Error | Uint8Array)[]>()

  constructor(latest: number) {
    this.latest = latest
  }

  async #answer(what: string, number: number): Promise<Uint8Array> {
    const name = `${what} ${number}`
    this.asked.push(name)
    const script = this.script.get(name)
    const next = script?.shift()
    if (next instanceof Error) throw next
    return next ?? Uint8Array.of(0)
  }

  fetchStateUpdateWithBlock = (number: number) => this.#answer('together', number)
  fetchBlock = (number: number) => this.#answer('block', number)
  fetchStateUpdate = (number: number) => this.#answer('state_update', number)
  fetchSignature = async (number: number) => Uint8Array.of(number)
  fetchClass = () => Promise.reject(unavailable())
  fetchCompiledClass = () => Promise.reject(unavailable())
  fetchPublicKey = () => Promise.reject(unavailable())
  fetchContractAddresses = () => Promise.reject(unavailable())
  fetchHeader = async (number: number) => ({ number, hash: hashOf(number) })
  fetchLatestHeader = async () => {
    const next = this.script.get('latest')?.shift()
    if (next instanceof Error) throw next
    return { number: this.latest, hash: hashOf(this.latest) }
  }
}

/** An answer that only this test's `verify` understands. */
const SPOILT = 200

/** A node around a `Sync`: verifying looks at one byte, sealing at the order. */
function start(sources: readonly FakeSource[], options: Partial<SyncOptions> = {}) {
  const sealed: number[] = []
  const failSealing = new Map<number, Error[]>()
  const stop = new AbortController()
  const head = () => (sealed.length === 0 ? undefined : { number: sealed.length - 1, hash: hashOf(sealed.length - 1) })
  const ranges: number[] = []
  const sealNext = async (countMax = 1) => {
    let count = 0
    for (let letter = sync.take(); letter !== undefined; letter = count < countMax ? sync.take() : undefined) {
      count += 1
      expect(letter.number).toBe(sealed.length)
      const error = failSealing.get(letter.number)?.shift()
      if (error !== undefined) throw error
      sealed.push(letter.number)
    }
    ranges.push(count)
  }
  const sync: Sync = new Sync({
    sources,
    verify: fakeVerify,
    verifyFork: fakeVerify,
    roots: 'range',
    classes: { fetchMissing: async () => [] } as unknown as ClassFetcher,
    head,
    hashAt: (number) => (number < sealed.length ? hashOf(number) : undefined),
    rewindTo: async () => {
      throw new Error('nothing forks here')
    },
    seal: sealNext,
    until: undefined,
    exitWhenSynced: true,
    preConfirmed: false,
    clock,
    log: SILENT_LOG,
    ...options,
  })
  return { sync, sealed, ranges, failSealing, stop, sealNext, run: () => sync.run(stop.signal) }
}

async function fakeVerify(raw: RawBlock): Promise<VerifiedBlock> {
  const [half] = raw.block ?? raw.together
  if (half === SPOILT) throw new DecodeError('block.timestamp', 'is missing')
  if (half === SPOILT + 1) throw refused(raw.number)
  if (half === SPOILT + 2) throw new UnsupportedVersionError('0.15.0', raw.number)
  const header = { number: raw.number, hash: hashOf(raw.number), parentHash: hashOf(raw.number - 1) }
  const update = { blockHash: header.hash, newRoot: ZERO, oldRoot: ZERO, stateDiff: EMPTY_DIFF }
  const frames = { block: new Uint8Array(1), state: new Uint8Array(1), checks: 0, warnings: [] }
  return { ...frames, header: header as VerifiedBlock['header'], update }
}

const upTo = (last: number) => Array.from({ length: last + 1 }, (_, i) => i)

describe('sync', () => {
  test('every height once, in order, a window of them in flight', async () => {
    const source = new FakeSource(50)
    const { sealed, run, sync } = start([source])
    await run()
    expect(sealed).toEqual(upTo(50))
    expect(source.asked).toHaveLength(51)
    expect(source.asked.slice(0, FETCH_WINDOW_START)).toEqual(upTo(FETCH_WINDOW_START - 1).map((n) => `together ${n}`))
    const latest = { number: 50, hash: hashOf(50) }
    expect(sync.progress()).toEqual({ target: 50, latest, queued: 0, queuedBytes: 0, inFlight: 0 })
  })

  test('far from the target in ranges, near it one by one', async () => {
    const length = TIP_DISTANCE + 3 * RANGE_BLOCKS_MAX
    const { sealed, ranges, run } = start([new FakeSource(length - 1)])
    await run()
    expect(sealed).toEqual(upTo(length - 1))
    expect(ranges.slice(0, 3)).toEqual([RANGE_BLOCKS_MAX, RANGE_BLOCKS_MAX, RANGE_BLOCKS_MAX])
    expect(new Set(ranges.slice(3))).toEqual(new Set([1]))
    const each = start([new FakeSource(length - 1)], { roots: 'every-block' })
    await each.run()
    expect(new Set(each.ranges)).toEqual(new Set([1]))
  })

  test('until is inclusive; above the newest block the newest is the end', async () => {
    const until = start([new FakeSource(50)], { until: 7 })
    await until.run()
    expect(until.sealed).toEqual(upTo(7))
    const beyond = start([new FakeSource(3)], { until: 7 })
    await beyond.run()
    expect(beyond.sealed).toEqual(upTo(3))
  })

  test('whatever is refused a few times, by whichever source: the same chain', async () => {
    const fault = fc.constantFrom('spoilt half', 'wrong value', 'unavailable', 'wrong root')
    const faults = fc.array(fc.tuple(fc.nat(29), fault), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(faults, fc.integer({ min: 1, max: 3 }), async (list, count) => {
        const sources = Array.from({ length: count }, () => new FakeSource(29))
        const { sealed, failSealing, run } = start(sources)
        for (const [number, kind] of list) {
          const source = sources[number % count]!
          const name = `together ${number}`
          const script = source.script.get(name) ?? []
          // At most three in a row a height: one source gets four tries.
          if (script.length + (failSealing.get(number)?.length ?? 0) >= REFUSALS_PER_SOURCE_MAX - 1) continue
          if (kind === 'wrong root')
            failSealing.set(number, [...(failSealing.get(number) ?? []), refused(number, 'state_root')])
          else
            script.push(
              kind === 'unavailable' ? unavailable() : Uint8Array.of(kind === 'wrong value' ? SPOILT + 1 : SPOILT),
            )
          source.script.set(name, script)
        }
        await run()
        expect(sealed).toEqual(upTo(29))
      }),
      { numRuns: 100 },
    )
  })

  test('of a broken half only that half is asked for again', async () => {
    const source = new FakeSource(2)
    source.script.set('together 1', [Uint8Array.of(SPOILT)])
    const { sealed, run } = start([source])
    await run()
    expect(sealed).toEqual([0, 1, 2])
    expect(source.asked.filter((name) => name.endsWith(' 1'))).toEqual(['together 1', 'block 1'])
  })

  test('the next source is asked for what one got wrong', async () => {
    const sources = [new FakeSource(3), new FakeSource(3)]
    for (const number of upTo(3))
      sources[0]!.script.set(`together ${number}`, Array(99).fill(Uint8Array.of(SPOILT + 1)))
    const { sealed, run } = start(sources)
    await run()
    expect(sealed).toEqual(upTo(3))
  })

  test('exhausted: names block and check; what came before is sealed', async () => {
    const source = new FakeSource(9)
    source.script.set('together 5', Array(99).fill(Uint8Array.of(SPOILT + 1)))
    const { sealed, run } = start([source])
    const data = { code: 'SOURCES_EXHAUSTED', block: 5, check: 'block_hash', attempts: REFUSALS_PER_SOURCE_MAX }
    await expect(run()).rejects.toMatchObject({ data })
    expect(sealed).toEqual(upTo(4))
  })

  test('exhausted at sealing, where only the root tells', async () => {
    const { sealed, failSealing, run } = start([new FakeSource(9)])
    failSealing.set(5, Array(99).fill(refused(5, 'state_root')))
    await expect(run()).rejects.toMatchObject({ data: { code: 'SOURCES_EXHAUSTED', block: 5, check: 'state_root' } })
    expect(sealed).toEqual(upTo(4))
  })

  test('no source tells its head', async () => {
    const source = new FakeSource(9)
    source.script.set('latest', Array(99).fill(unavailable()))
    await expect(start([source]).run()).rejects.toMatchObject({ data: { code: 'SOURCES_EXHAUSTED', block: 0 } })
  })

  test('a version nobody knows may be a wrong answer; if all say so, that is the end and the advice', async () => {
    const source = new FakeSource(9)
    source.script.set('together 5', [Uint8Array.of(SPOILT + 2)])
    const once = start([source])
    await once.run()
    expect(once.sealed).toEqual(upTo(9))

    source.script.set('together 5', Array(99).fill(Uint8Array.of(SPOILT + 2)))
    const always = start([source])
    const data = { code: 'SOURCES_EXHAUSTED', block: 5 }
    await expect(always.run()).rejects.toMatchObject({ data, hint: 'Update Deoxys.' })
    expect(always.sealed).toEqual(upTo(4))
  })

  test('what sealing refused is asked of another source', async () => {
    const sources = [new FakeSource(5), new FakeSource(5)]
    const { sealed, failSealing, run } = start(sources)
    failSealing.set(3, [refused(3, 'state_root')])
    await run()
    expect(sealed).toEqual(upTo(5))
    expect(sources.map(({ asked }) => asked.includes('together 3'))).toEqual([true, true])
  })

  test('the target is the highest head any source names, and none waits for one that hangs', async () => {
    const hanging = new FakeSource(99)
    hanging.fetchLatestHeader = (signal?: AbortSignal) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    const { sealed, run } = start([new FakeSource(2), new FakeSource(7), hanging])
    await run()
    expect(sealed).toEqual(upTo(7))
  })

  test('a head that nobody has is looked for once, if another source says where the chain ends', async () => {
    const [honest, liar] = [new FakeSource(20), new FakeSource(90)]
    for (const source of [honest, liar]) {
      for (let number = 21; number <= 90; number++) {
        const none = new GatewayError('none', { code: 'BLOCK_NOT_FOUND', urlPath: '/', retryable: false })
        source.script.set(`together ${number}`, Array(99).fill(none))
      }
    }
    const warnings: string[] = []
    const log = { ...SILENT_LOG, warn: (_: object, message: string) => warnings.push(message) }
    const { sealed, run } = start([honest, liar], { log })
    await run()
    expect(sealed).toEqual(upTo(20))
    expect(warnings).toContainEqual(expect.stringContaining('no source has block 21'))
    // Alone, it is believed.
    const alone = start([liar])
    await expect(alone.run()).rejects.toMatchObject({ data: { code: 'SOURCES_EXHAUSTED', block: 21 } })
  })

  test('who gave a block that sealing refuses is asked last from then on', async () => {
    const sources = [new FakeSource(60), new FakeSource(60)]
    const { sealed, failSealing, run } = start(sources)
    failSealing.set(3, [refused(3, 'state_root')])
    await run()
    expect(sealed).toEqual(upTo(60))
    const counts = sources.map(({ asked }) => asked.length)
    expect(Math.max(...counts)).toBeGreaterThan(50)
    expect(Math.min(...counts)).toBeLessThan(FETCH_WINDOW_START + 8)
  })

  test('of two sources, the one that does not answer in time makes way for the other', async () => {
    const [quick, hanging] = [new FakeSource(40), new FakeSource(40)]
    hanging.fetchStateUpdateWithBlock = (number: number, signal?: AbortSignal) => {
      hanging.asked.push(`together ${number}`)
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    }
    const { sealed, run } = start([quick, hanging])
    await run()
    expect(sealed).toEqual(upTo(40))
    expect(hanging.asked.length).toBeGreaterThan(0)
    expect(hanging.asked.length).toBeLessThan(FETCH_WINDOW_START)
  })

  test.each([
    ['grows while the network is what sealing waits for', 'network', FETCH_WINDOW_MAX],
    ['stays as it is while verifying is', 'verifying', FETCH_WINDOW_START + 1], // At first all wait for the network.
  ])('the window %s', async (_, slow, expected) => {
    const source = new FakeSource(2000)
    let [inFlight, most] = [0, 0]
    const fetch = source.fetchStateUpdateWithBlock
    source.fetchStateUpdateWithBlock = async (number: number) => {
      inFlight += 1
      most = Math.max(most, inFlight)
      if (slow === 'network') await new Promise(setImmediate)
      return fetch(number)
    }
    const verify = async (raw: RawBlock) => {
      if (slow === 'verifying') await new Promise(setImmediate)
      inFlight -= 1
      return fakeVerify(raw)
    }
    await start([source], { verify, roots: 'every-block' }).run()
    expect(most).toBe(expected)
  })

  test('of two sources, the one that has no classes makes way for the other too', async () => {
    const [quick, hanging] = [new FakeSource(5), new FakeSource(5)]
    const asked: number[] = []
    const hang = (_: unknown, signal?: AbortSignal) =>
      new Promise<never>((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    Object.assign(hanging, { fetchClass: hang })
    Object.assign(quick, { fetchClass: async () => Uint8Array.of(1) })
    const fetchMissing = async (source: BlockSource, number: number, _: unknown, signal: AbortSignal) => {
      asked.push(number)
      await source.fetchClass(ZERO, signal)
      return []
    }
    const { sealed, run } = start([quick, hanging], { classes: { fetchMissing } as unknown as ClassFetcher })
    await run()
    expect(sealed).toEqual(upTo(5))
    expect(asked.length).toBeGreaterThan(6)
  })

  test('the window is halved by what a source went through on its way to an answer', async () => {
    const source = new FakeSource(400)
    let [inFlight, most] = [0, 0]
    const fetch = source.fetchStateUpdateWithBlock
    source.fetchStateUpdateWithBlock = async (number: number) => {
      inFlight += 1
      if (number > 200) most = Math.max(most, inFlight)
      await new Promise(setImmediate)
      inFlight -= 1
      Object.assign(source, { setbacks: number }) // One more each time.
      return fetch(number)
    }
    await start([source]).run()
    expect(most).toBeLessThanOrEqual(FETCH_WINDOW_MIN + 1)
  })

  test('failures of the node itself end it at once', async () => {
    const full = start([new FakeSource(9)], { exitWhenSynced: false })
    const error = new Error('the disk is full')
    full.failSealing.set(3, [error])
    await expect(full.run()).rejects.toBe(error)
    expect(full.sealed).toEqual(upTo(2))
  })

  test('without exitWhenSynced it outlives any number of refusals, and follows the head', async () => {
    const source = new FakeSource(4)
    source.script.set('together 2', Array(50).fill(Uint8Array.of(SPOILT + 1)))
    let synced = 0
    const { sealed, run, stop } = start([source], {
      exitWhenSynced: false,
      onSynced: () => {
        synced += 1
        if (synced === 1) source.latest = 8
        if (synced === 3) stop.abort(new Error('enough'))
      },
    })
    await expect(run()).rejects.toThrow('enough')
    expect(sealed).toEqual(upTo(8))
  })

  test('manual: nothing is sealed until somebody says so', async () => {
    const source = new FakeSource(5)
    const { sync, sealed, sealNext, run } = start([source], { seal: 'manual' })
    const done = run()
    while (sync.progress().queued < 6) await new Promise(setImmediate)
    expect(sealed).toEqual([])
    for (let i = 0; i < 3; i++) await sealNext()
    sync.discard(refused(3, 'state_root'))
    while (sync.progress().queued < 3) await new Promise(setImmediate)
    for (let i = 0; i < 3; i++) await sealNext()
    await done
    expect(sealed).toEqual(upTo(5))
  })

  test('cancelled while letters wait that nobody seals', async () => {
    const { sync, run, stop } = start([new FakeSource(2)], { seal: 'manual' })
    const done = run()
    while (sync.progress().queued < 3) await new Promise(setImmediate)
    stop.abort(new Error('stop'))
    await expect(done).rejects.toThrow('stop')
  })

  test('cancelled while it waits for the gateway', async () => {
    const source = new FakeSource(5)
    source.fetchStateUpdateWithBlock = (_number: number, signal?: AbortSignal) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    const { run, stop } = start([source])
    const done = run()
    await new Promise(setImmediate)
    stop.abort(new Error('stop'))
    await expect(done).rejects.toThrow('stop')
  })
})
