import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Entry, KEY_BYTES_MAX, type KeyValueEngine, type KeyValueSnapshot, type RangeBounds } from '../engine.ts'

/** The tables an engine under test is opened with. */
export const CONTRACT_TABLES = [1, 2, 3] as const

type Table = (typeof CONTRACT_TABLES)[number]
/** Hex of the key → hex of the value. */
type Model = ReadonlyMap<Table, ReadonlyMap<string, string>>

interface Write {
  readonly table: Table
  readonly key: Uint8Array
  /** Undefined deletes. */
  readonly value: Uint8Array | undefined
}

type Step =
  | { readonly kind: 'batch'; readonly writes: readonly Write[] }
  | { readonly kind: 'failing batch'; readonly writes: readonly Write[] }
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'dispose' }

/** Few short keys that meet again, with the smallest and largest bytes, and some long ones. */
const key = fc
  .oneof(
    { weight: 6, arbitrary: fc.array(fc.constantFrom(0, 1, 2, 254, 255), { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constantFrom(KEY_BYTES_MAX, KEY_BYTES_MAX - 1).map((length) => Array(length).fill(7)) },
  )
  .map((bytes) => Uint8Array.from(bytes))

const value = fc.oneof(
  { weight: 6, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(2_100, 40_000, 300_000).map((length) => new Uint8Array(length).fill(length)),
  },
)

const table = fc.constantFrom(...CONTRACT_TABLES)
const write: fc.Arbitrary<Write> = fc.record({
  table,
  key,
  value: fc.option(value, { nil: undefined, freq: 3 }),
})
const writes = fc.array(write, { maxLength: 12 })

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('batch' as const), writes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('failing batch' as const), writes }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('snapshot' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('dispose' as const) }) },
)

const bounds: fc.Arbitrary<RangeBounds> = fc.record({
  from: fc.option(key, { nil: undefined }),
  to: fc.option(key, { nil: undefined }),
  reverse: fc.boolean(),
})

/** What `KeyValueEngine` promises, as tests. `open` gives an engine with `CONTRACT_TABLES`, all empty. */
export function describeEngine(name: string, open: () => Promise<KeyValueEngine>): void {
  describe(`engine contract: ${name}`, () => {
    let engine: KeyValueEngine
    beforeAll(async () => {
      engine = await open()
    })
    afterAll(async () => {
      await engine.close()
    })

    test('every snapshot reads as the map of its time', () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 15 }), fc.array(key), bounds, (steps, probes, range) => {
          clear(engine)
          const open: { readonly snapshot: KeyValueSnapshot; readonly model: Model }[] = []
          let model: Model = new Map()
          for (const next of [...steps, { kind: 'snapshot' } as const]) {
            if (next.kind === 'batch') {
              apply(engine, next.writes)
              model = after(model, next.writes)
            } else if (next.kind === 'failing batch') {
              expect(() => apply(engine, next.writes, new Error('given up'))).toThrow('given up')
            } else if (next.kind === 'snapshot') {
              open.push({ snapshot: engine.snapshot(), model })
            } else {
              open.shift()?.snapshot[Symbol.dispose]()
            }
          }
          for (const { snapshot, model: expected } of open) expectToRead(snapshot, expected, probes, range)
          for (const { snapshot } of open) snapshot[Symbol.dispose]()
        }),
        { numRuns: 120 },
      )
    })

    test('what get, seek and range hand out stays as it is', () => {
      clear(engine)
      const [a, b] = [Uint8Array.of(1), Uint8Array.of(2)]
      apply(engine, [
        { table: 1, key: a, value: Uint8Array.of(10, 11) },
        { table: 1, key: b, value: Uint8Array.of(20) },
      ])
      using snapshot = engine.snapshot()
      const got = snapshot.get(1, a)
      const sought = snapshot.seekGE(1, a)
      const [ranged] = [...snapshot.range(1)]
      snapshot.lend(1, b)
      snapshot.get(1, b)
      expect(got).toEqual(Uint8Array.of(10, 11))
      expect(sought?.map(hex)).toEqual(['01', '0a0b'])
      expect(ranged?.map(hex)).toEqual(['01', '0a0b'])
      got?.fill(0)
      sought?.[1].fill(0)
      ranged?.[1].fill(0)
      expect(hex(snapshot.get(1, a)!)).toBe('0a0b')
    })

    test('everything handed out is exactly the bytes, and no Buffer', () => {
      clear(engine)
      apply(engine, [{ table: 2, key: Buffer.of(9), value: Buffer.of(1, 2, 3) }])
      using snapshot = engine.snapshot()
      const [k, v] = [Uint8Array.of(9), Uint8Array.of(1, 2, 3)]
      const lent = snapshot.lend(2, k)!
      expect([lent.length, lent.byteLength]).toEqual([3, 3])
      expect([lent, snapshot.get(2, k), ...snapshot.getMany(2, [k])]).toStrictEqual([v, v, v])
      expect([snapshot.seekLE(2, k), snapshot.seekGE(2, k), ...snapshot.range(2)]).toStrictEqual([
        [k, v],
        [k, v],
        [k, v],
      ])
      expect(snapshot.lend(2, Uint8Array.of(8))).toBeUndefined()
    })

    test('the bytes given to a batch are not kept', () => {
      clear(engine)
      const [k, v] = [Buffer.of(1), Buffer.of(2)]
      apply(engine, [{ table: 1, key: k, value: v }])
      k.fill(9)
      v.fill(9)
      using snapshot = engine.snapshot()
      expect([...snapshot.range(1)].map((entry) => entry.map(hex))).toEqual([['01', '02']])
    })

    test('a range goes on over the state in which it began', () => {
      clear(engine)
      const keys = Array.from({ length: 300 }, (_, i) => Uint8Array.of(i >> 8, i & 255))
      apply(
        engine,
        keys.map((k) => ({ table: 1, key: k, value: k })),
      )
      using snapshot = engine.snapshot()
      let count = 0
      for (const _ of snapshot.range(1)) if (count++ === 0) clear(engine)
      expect(count).toBe(300)
      using empty = engine.snapshot()
      expect([...empty.range(1)]).toEqual([])
    })

    test('a disposed snapshot refuses to read, and can be disposed again', () => {
      const snapshot = engine.snapshot()
      snapshot[Symbol.dispose]()
      expectToRefuse(snapshot)
      snapshot[Symbol.dispose]()
    })

    test.each([0, KEY_BYTES_MAX + 1])('a key of %i bytes is refused, and its batch with it', (length) => {
      clear(engine)
      const good = { table: 1, key: Uint8Array.of(1), value: Uint8Array.of(1) } as const
      const bad = { table: 1, key: new Uint8Array(length), value: Uint8Array.of(1) } as const
      expect(() => apply(engine, [good, bad])).toThrow(RangeError)
      expect(() => apply(engine, [good, { ...bad, value: undefined }])).toThrow(RangeError)
      using snapshot = engine.snapshot()
      expect([...snapshot.range(1)]).toEqual([])
    })

    test('flush resolves, also when there was nothing to write', async () => {
      await engine.flush()
      apply(engine, [{ table: 1, key: Uint8Array.of(1), value: Uint8Array.of(1) }])
      await engine.flush()
    })

    test('close ends the snapshots that are open', async () => {
      const other = await open()
      const snapshot = other.snapshot()
      await other.close()
      expectToRefuse(snapshot)
      expect(() => other.snapshot()).toThrow('closed')
      expect(() => apply(other, [])).toThrow('closed')
    })
  })
}

function expectToRead(
  snapshot: KeyValueSnapshot,
  model: Model,
  probes: readonly Uint8Array[],
  range: RangeBounds,
): void {
  for (const number of CONTRACT_TABLES) {
    const entries = [...(model.get(number) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
    expect(snapshot.getMany(number, probes).map(hexOf)).toEqual(probes.map((k) => model.get(number)?.get(hex(k))))
    for (const probe of probes) {
      const at = hex(probe)
      expect(hexOf(snapshot.get(number, probe))).toBe(model.get(number)?.get(at))
      expect(hexOf(snapshot.lend(number, probe))).toBe(model.get(number)?.get(at))
      expect(hexEntry(snapshot.seekLE(number, probe))).toEqual(entries.findLast(([k]) => k <= at))
      expect(hexEntry(snapshot.seekGE(number, probe))).toEqual(entries.find(([k]) => k >= at))
    }
    expect([...snapshot.range(number)].map(hexEntry)).toEqual(entries)
    const [from, to] = [hexOf(range.from) ?? '', hexOf(range.to) ?? 'g']
    const within = entries.filter(([k]) => from <= k && k < to)
    expect([...snapshot.range(number, range)].map(hexEntry)).toEqual(range.reverse ? within.reverse() : within)
  }
}

function expectToRefuse(snapshot: KeyValueSnapshot): void {
  const k = Uint8Array.of(1)
  for (const read of [() => snapshot.get(1, k), () => snapshot.lend(1, k), () => snapshot.seekLE(1, k)]) {
    expect(read).toThrow('disposed')
  }
  expect(() => [...snapshot.range(1)]).toThrow('disposed')
}

function apply(engine: KeyValueEngine, writes: readonly Write[], failure?: Error): void {
  engine.batch((batch) => {
    for (const { table: number, key: k, value: v } of writes) {
      if (v === undefined) batch.del(number, k)
      else batch.put(number, k, v)
    }
    if (failure !== undefined) throw failure
  })
}

function after(model: Model, writes: readonly Write[]): Model {
  const next = new Map(CONTRACT_TABLES.map((number) => [number, new Map(model.get(number))]))
  for (const { table: number, key: k, value: v } of writes) {
    if (v === undefined) next.get(number)?.delete(hex(k))
    else next.get(number)?.set(hex(k), hex(v))
  }
  return next
}

function clear(engine: KeyValueEngine): void {
  using snapshot = engine.snapshot()
  const keys = CONTRACT_TABLES.flatMap((number) => [...snapshot.range(number)].map(([k]) => [number, k] as const))
  apply(
    engine,
    keys.map(([number, k]) => ({ table: number, key: k, value: undefined })),
  )
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

function hexOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && hex(bytes)
}

function hexEntry(entry: Entry | undefined): [string, string] | undefined {
  return entry && [hex(entry[0]), hex(entry[1])]
}
