import { decodePayload, encodePayload } from './payload.ts'

/**
 * Payloads lie in append-only segments; the database names where. A batch appends in memory, `write` brings it to disk,
 * and only then the database commits what names it, together with the new lengths:
 *
 *     begin → append … append → write (durable) → [commit of the database] → advance
 *
 * What lies behind the committed lengths is nobody's: a batch that fails leaves it, the next one writes over it, and
 * opening cuts it off.
 */
export interface Segments {
  /** A batch that goes on where the committed one ended. Dropping it leaves nothing. */
  begin(): SegmentBatch
  /** Makes the payloads of `batch` durable. @throws StoreError WRITE_FAILED */
  write(batch: SegmentBatch): void
  /** After the commit of what names them. */
  advance(batch: SegmentBatch): void
  /** New bytes. @throws StoreError SEGMENT_MISSING, SEGMENT_TORN, PAYLOAD_CORRUPT */
  read(location: PayloadLocation): Uint8Array
  close(): void
}

/** Where a payload lies; `length` is that of the bytes in the segment, and `offset` its first. */
export interface PayloadLocation {
  readonly segment: number
  readonly offset: number
  readonly length: number
}

/** Where the last segment ends. */
export interface SegmentEnd {
  readonly segment: number
  readonly length: number
}

export interface PlacedPayload {
  readonly location: PayloadLocation
  readonly bytes: Uint8Array
}

/** A segment is closed before it grows beyond this. Offsets are u32. */
export const SEGMENT_BYTES_MAX = 2 ** 30

/** What one commit appends. */
export class SegmentBatch {
  readonly payloads: PlacedPayload[] = []
  /** The length of every segment that gets a payload. */
  readonly lengths = new Map<number, number>()
  readonly #bytesMax: number
  #end: SegmentEnd

  constructor(end: SegmentEnd, bytesMax: number) {
    this.#end = end
    this.#bytesMax = bytesMax
  }

  get end(): SegmentEnd {
    return this.#end
  }

  /** @throws StoreError PAYLOAD_TOO_LARGE */
  append(payload: Uint8Array): PayloadLocation {
    const bytes = encodePayload(payload)
    const { segment: last, length: used } = this.#end
    const isFull = used > 0 && used + bytes.length > this.#bytesMax
    const location = { segment: isFull ? last + 1 : last, offset: isFull ? 0 : used, length: bytes.length }
    this.#end = { segment: location.segment, length: location.offset + bytes.length }
    this.lengths.set(this.#end.segment, this.#end.length)
    this.payloads.push({ location, bytes })
    return location
  }
}

/** Segments of the engine in memory. */
export class MemorySegments implements Segments {
  readonly #payloads = new Map<string, Uint8Array>()
  #end: SegmentEnd = { segment: 0, length: 0 }

  begin(): SegmentBatch {
    return new SegmentBatch(this.#end, SEGMENT_BYTES_MAX)
  }

  write({ payloads }: SegmentBatch): void {
    for (const { location, bytes } of payloads) this.#payloads.set(placeOf(location), bytes)
  }

  advance({ end }: SegmentBatch): void {
    this.#end = end
  }

  read(location: PayloadLocation): Uint8Array {
    const bytes = this.#payloads.get(placeOf(location))
    if (bytes === undefined) throw new Error(`no payload was written at ${placeOf(location)}`)
    return decodePayload(bytes, location)
  }

  close(): void {
    this.#payloads.clear()
  }
}

function placeOf({ segment, offset }: PayloadLocation): string {
  return `${segment}/${offset}`
}
