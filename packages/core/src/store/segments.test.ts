import { createHash } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { decodePayload, encodePayload, PAYLOAD_BYTES_MAX, PAYLOAD_HEAD_BYTES } from './payload.ts'
import { SegmentFiles } from './segment-files.ts'
import { MemorySegments, type PayloadLocation, type Segments } from './segments.ts'

const root = mkdtempSync(join(tmpdir(), 'deoxys-segments-'))
afterAll(() => rmSync(root, { recursive: true }))

let dirs = 0
const newDir = (): string => {
  const dir = join(root, `${dirs++}`)
  mkdirSync(dir)
  return dir
}

const text = (length: number) => new Uint8Array(length).map((_, i) => i % 50)
/** Does not shrink. */
const noise = (length: number) =>
  new Uint8Array(createHash('shake256', { outputLength: length }).update('noise').digest())

const payload = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.integer({ min: 0, max: 3000 }).map(text),
  fc.integer({ min: 1, max: 3000 }).map(noise),
)

/** Appends and commits; the lengths that a database would have then. */
function commit(segments: Segments, lengths: number[], payloads: readonly Uint8Array[]): PayloadLocation[] {
  const batch = segments.begin()
  const locations = payloads.map((bytes) => batch.append(bytes))
  segments.write(batch)
  for (const [segment, length] of batch.lengths) lengths[segment] = length
  segments.advance(batch)
  return locations
}

describe('a payload', () => {
  test('comes back as it was, no longer than one head more', () => {
    fc.assert(
      fc.property(payload, (bytes) => {
        const encoded = encodePayload(bytes)
        expect(encoded.length).toBeLessThanOrEqual(bytes.length + PAYLOAD_HEAD_BYTES)
        expect(decodePayload(encoded, {})).toEqual(new Uint8Array(bytes))
      }),
    )
    expect(encodePayload(text(3000)).length).toBeLessThan(1000)
  })

  test('with one bit flipped is refused, or is still right', () => {
    for (const original of [text(400), noise(100)]) {
      const encoded = encodePayload(original)
      let refused = 0
      for (let bit = 0; bit < encoded.length * 8; bit++) {
        const damaged = encoded.slice()
        damaged[bit >> 3]! ^= 1 << (bit & 7)
        try {
          expect(decodePayload(damaged, { segment: 7 })).toEqual(original)
        } catch (error) {
          expect(error).toMatchObject({ data: { code: 'PAYLOAD_CORRUPT', segment: 7 } })
          refused += 1
        }
      }
      // What zstd does not use.
      expect(encoded.length * 8 - refused).toBeLessThan(8)
    }
  })

  test('cut short, or with a false length, is refused', () => {
    for (const encoded of [encodePayload(text(400)), encodePayload(noise(40))]) {
      for (let length = 0; length < encoded.length; length++) {
        expect(() => decodePayload(encoded.slice(0, length), {})).toThrow('damaged')
      }
      for (const claimed of [0, 39, 399, 401, PAYLOAD_BYTES_MAX + 1, 0xffffffff]) {
        const damaged = encoded.slice()
        new DataView(damaged.buffer).setUint32(1, claimed)
        expect(() => decodePayload(damaged, {})).toThrow('damaged')
      }
    }
  })

  test('that is too large is refused when it is written', () => {
    expect(() => encodePayload(new Uint8Array(PAYLOAD_BYTES_MAX + 1))).toThrow(
      expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE' }),
    )
  })
})

type Step = { readonly append: readonly Uint8Array[]; readonly fate: 'commit' | 'drop' | 'write only' } | 'reopen'

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      append: fc.array(payload, { maxLength: 5 }),
      fate: fc.constantFrom('commit' as const, 'commit' as const, 'drop' as const, 'write only' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant('reopen' as const) },
)

describe.each(['memory', 'files'] as const)('segments: %s', (kind) => {
  test('every committed payload is there, whatever happened in between', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const dir = newDir()
        const lengths: number[] = []
        const open = (): Segments =>
          kind === 'memory' ? new MemorySegments() : SegmentFiles.open({ dir, lengths, bytesMax: 2000 })
        let segments = open()
        const committed: (readonly [PayloadLocation, Uint8Array])[] = []
        for (const next of steps) {
          if (next === 'reopen') {
            if (kind === 'memory') continue
            segments.close()
            segments = open()
          } else if (next.fate === 'commit') {
            const locations = commit(segments, lengths, next.append)
            locations.forEach((location, i) => {
              committed.push([location, next.append[i]!])
            })
          } else {
            const batch = segments.begin()
            for (const bytes of next.append) batch.append(bytes)
            if (next.fate === 'write only') segments.write(batch)
          }
        }
        for (const [location, bytes] of committed) expect(segments.read(location)).toEqual(new Uint8Array(bytes))
        segments.close()
      }),
      { numRuns: 60 },
    )
  })
})

describe('segment files', () => {
  const bytesMax = 1000

  /** Three segments, all closed again. */
  function prepare(): { dir: string; lengths: number[]; locations: PayloadLocation[]; open: () => SegmentFiles } {
    const dir = newDir()
    const lengths: number[] = []
    const open = () => SegmentFiles.open({ dir, lengths, bytesMax })
    const files = open()
    const locations = commit(
      files,
      lengths,
      Array.from({ length: 6 }, () => noise(450)),
    )
    files.close()
    expect(lengths).toEqual([918, 918, 918])
    return { dir, lengths, locations, open }
  }

  const pathOf = (dir: string, segment: number) => join(dir, `0000000${segment}.seg`)

  test('are closed before they grow too large, and a payload larger than a segment has one for itself', () => {
    const { dir, open, lengths } = prepare()
    const files = open()
    const [large, next] = commit(files, lengths, [noise(3000), noise(10)])
    expect([large, next]).toEqual([
      { segment: 3, offset: 0, length: 3009 },
      { segment: 4, offset: 0, length: 19 },
    ])
    expect(readdirSync(dir)).toHaveLength(5)
    files.close()
  })

  test('begin with 0, even when the first payload is larger than a segment', () => {
    const dir = newDir()
    const lengths: number[] = []
    const files = SegmentFiles.open({ dir, lengths, bytesMax })
    const [first] = commit(files, lengths, [noise(3000)])
    expect(first?.segment).toBe(0)
    files.close()
    SegmentFiles.open({ dir, lengths, bytesMax }).close()
  })

  test('lose on opening what no commit names: a tail, whole files, and nothing else', () => {
    const { dir, lengths, locations, open } = prepare()
    const before = [0, 1, 2].map((segment) => readFileSync(pathOf(dir, segment)))
    writeFileSync(pathOf(dir, 2), 'the beginning of a payload', { flag: 'a' })
    writeFileSync(pathOf(dir, 3), 'a segment of a batch that was not committed')
    writeFileSync(join(dir, 'notes.txt'), 'not a segment')
    const files = open()
    expect(readdirSync(dir).sort()).toEqual(['00000000.seg', '00000001.seg', '00000002.seg', 'notes.txt'])
    expect([0, 1, 2].map((segment) => readFileSync(pathOf(dir, segment)))).toEqual(before)
    for (const location of locations) expect(files.read(location)).toEqual(noise(450))
    const [added] = commit(files, lengths, [noise(20)])
    expect(added).toEqual({ segment: 2, offset: 918, length: 29 })
    files.close()
  })

  test('that are missing or short are one error on opening, and nothing is cut', () => {
    for (const damage of ['missing', 'short'] as const) {
      const { dir, open } = prepare()
      if (damage === 'missing') rmSync(pathOf(dir, 1))
      else truncateSync(pathOf(dir, 1), 917)
      writeFileSync(pathOf(dir, 0), 'more', { flag: 'a' })
      const path = pathOf(dir, 1)
      const data =
        damage === 'missing'
          ? { code: 'SEGMENT_MISSING', segment: 1, path }
          : { code: 'SEGMENT_TORN', segment: 1, path, expected: 918, found: 917 }
      expect(open).toThrow(expect.objectContaining({ data }))
      expect(statSync(pathOf(dir, 0)).size).toBe(922)
    }
  })

  test('for a reader, are one error on reading', () => {
    const { dir, locations } = prepare()
    rmSync(pathOf(dir, 0))
    truncateSync(pathOf(dir, 1), 700)
    const files = SegmentFiles.openReadOnly(dir)
    expect(() => files.read(locations[0]!)).toThrow(expect.objectContaining({ code: 'SEGMENT_MISSING' }))
    expect(files.read(locations[2]!)).toEqual(noise(450))
    expect(() => files.read(locations[3]!)).toThrow(expect.objectContaining({ code: 'SEGMENT_TORN' }))
    files.close()
  })

  test('that cannot be written are one error, and the next batch works', () => {
    const { dir, lengths, open } = prepare()
    const files = open()
    rmSync(dir, { recursive: true })
    const batch = files.begin()
    batch.append(noise(10))
    expect(() => files.write(batch)).toThrow(expect.objectContaining({ code: 'WRITE_FAILED' }))
    expect(files.begin().append(noise(10))).toEqual({ segment: 2, offset: lengths[2], length: 19 })
    files.close()
  })

  test('can be more than are kept open', () => {
    const dir = newDir()
    const lengths: number[] = []
    const files = SegmentFiles.open({ dir, lengths, bytesMax: 10 })
    const locations = commit(
      files,
      lengths,
      Array.from({ length: 150 }, (_, i) => noise(20 + i)),
    )
    for (const order of [locations, locations.toReversed()]) {
      for (const location of order) expect(files.read(location)).toEqual(noise(location.length - PAYLOAD_HEAD_BYTES))
    }
    files.close()
  })
})
