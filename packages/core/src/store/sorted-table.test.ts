import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SortedTable, type TableChange } from './sorted-table.ts'

const keyOf = (n: number) => Uint8Array.of(n >> 8, n & 255)

const change = fc
  .record({ at: fc.nat({ max: 999 }), value: fc.option(fc.nat({ max: 255 }), { nil: undefined, freq: 3 }) })
  .map(({ at, value }) => ({ at, value }))

/** Enough to fill many chunks, and to empty them again. */
const batch = fc.oneof(
  fc.array(change, { maxLength: 20 }),
  fc
    .record({
      from: fc.nat({ max: 900 }),
      count: fc.nat({ max: 700 }),
      value: fc.option(fc.nat({ max: 255 }), { nil: undefined }),
    })
    .map(({ from, count, value }) => Array.from({ length: count }, (_, i) => ({ at: (from + i) % 1000, value }))),
)

test('reads as a sorted map after every change, and so do the tables before', () => {
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 8 }), fc.nat({ max: 999 }), fc.nat({ max: 999 }), (batches, from, to) => {
      const model = new Map<number, number>()
      let table = SortedTable.EMPTY
      const history: { readonly table: SortedTable; readonly entries: number[][] }[] = []
      for (const changes of batches) {
        for (const { at, value } of changes) {
          if (value === undefined) model.delete(at)
          else model.set(at, value)
        }
        table = table.with(
          changes.map(
            ({ at, value }): TableChange => [keyOf(at), value === undefined ? undefined : Uint8Array.of(value)],
          ),
        )
        history.push({ table, entries: [...model].sort(([a], [b]) => a - b) })
      }
      for (const { table: past, entries } of history) {
        expect(numbers(past.range(undefined, undefined, false))).toEqual(entries)
        const within = entries.filter(([at]) => from <= at! && at! < to)
        expect(numbers(past.range(keyOf(from), keyOf(to), false))).toEqual(within)
        expect(numbers(past.range(keyOf(from), keyOf(to), true))).toEqual(within.toReversed())
        expect(numbers([past.seekLE(keyOf(from))])).toEqual(entries.filter(([at]) => at! <= from).slice(-1))
        expect(numbers([past.seekGE(keyOf(from))])).toEqual(entries.filter(([at]) => at! >= from).slice(0, 1))
        expect(past.get(keyOf(from))?.[0]).toBe(entries.find(([at]) => at === from)?.[1])
      }
    }),
    { numRuns: 60 },
  )
})

function numbers(entries: Iterable<readonly [Uint8Array, Uint8Array] | undefined>): number[][] {
  return [...entries].flatMap((entry) =>
    entry === undefined ? [] : [[(entry[0][0]! << 8) | entry[0][1]!, entry[1][0]!]],
  )
}
