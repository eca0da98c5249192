import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { decodePayload } from './payload.ts'
import { type PayloadLocation, type PlacedPayload, SegmentBatch, type SegmentEnd, type Segments } from './segments.ts'
import { DAMAGED_HINT, StoreError, writeFailed } from './store-error.ts'

/** Files that are kept open for reading. */
const OPEN_FILES_MAX = 64

const FILE_NAME = /^(\d{8})\.seg$/

export interface SegmentFilesOptions {
  readonly dir: string
  /** The committed length of every segment, from 0 on without a gap. */
  readonly lengths: readonly number[]
  /** At which size a segment is closed. */
  readonly bytesMax: number
}

/** Segments as files 00000000.seg, 00000001.seg, … of a directory that is there. One writes, any number read. */
export class SegmentFiles implements Segments {
  readonly #dir: string
  readonly #bytesMax: number
  /** In the order of their use, the latest last. */
  readonly #files = new Map<number, number>()
  #end: SegmentEnd

  private constructor({ dir, lengths, bytesMax }: SegmentFilesOptions) {
    this.#dir = dir
    this.#bytesMax = bytesMax
    this.#end = { segment: Math.max(0, lengths.length - 1), length: lengths.at(-1) ?? 0 }
  }

  /** For reading alone: nothing is checked before it is read. */
  static openReadOnly(dir: string): SegmentFiles {
    return new SegmentFiles({ dir, lengths: [], bytesMax: 0 })
  }

  /**
   * For writing. Whatever no commit names is cut off: tails, and files behind the last.
   * @throws StoreError SEGMENT_MISSING, SEGMENT_TORN; then nothing is changed.
   */
  static open(options: SegmentFilesOptions): SegmentFiles {
    const files = new SegmentFiles(options)
    try {
      files.#recover(options.lengths)
    } catch (error) {
      files.close()
      throw error
    }
    return files
  }

  begin(): SegmentBatch {
    return new SegmentBatch(this.#end, this.#bytesMax)
  }

  write(batch: SegmentBatch): void {
    try {
      for (const segment of batch.lengths.keys()) {
        this.#writeSegment(
          segment,
          batch.payloads.filter(({ location }) => location.segment === segment),
        )
      }
    } catch (cause) {
      throw writeFailed(`cannot write to ${this.#dir}`, cause)
    }
  }

  advance({ end }: SegmentBatch): void {
    this.#end = end
  }

  read(location: PayloadLocation): Uint8Array {
    const bytes = Buffer.allocUnsafe(location.length)
    const file = this.#openForReading(location.segment)
    for (let at = 0; at < bytes.length; ) {
      const count = readSync(file, bytes, at, bytes.length - at, location.offset + at)
      if (count === 0) throw this.#torn(location.segment, location.offset + location.length, location.offset + at)
      at += count
    }
    return decodePayload(bytes, location)
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file)
    this.#files.clear()
  }

  #recover(lengths: readonly number[]): void {
    const excess: [segment: number, length: number][] = []
    lengths.forEach((length, segment) => {
      const { size } = fstatSync(this.#openForReading(segment))
      if (size < length) throw this.#torn(segment, length, size)
      if (size > length) excess.push([segment, length])
    })
    for (const [segment, length] of excess) truncateSync(this.#pathOf(segment), length)
    for (const name of readdirSync(this.#dir)) {
      const segment = FILE_NAME.exec(name)?.[1]
      if (segment !== undefined && Number(segment) >= lengths.length) rmSync(join(this.#dir, name))
    }
  }

  #writeSegment(segment: number, payloads: readonly PlacedPayload[]): void {
    withFile(this.#pathOf(segment), constants.O_RDWR | constants.O_CREAT, (file) => {
      for (const { location, bytes } of payloads) writeAll(file, bytes, location.offset)
      fdatasyncSync(file)
    })
    // A new file is durable with its name alone.
    if (payloads[0]?.location.offset === 0) withFile(this.#dir, constants.O_RDONLY, fsyncSync)
  }

  #openForReading(segment: number): number {
    const open = this.#files.get(segment)
    const file = open ?? this.#openFile(segment)
    this.#files.delete(segment)
    this.#files.set(segment, file)
    if (this.#files.size > OPEN_FILES_MAX) {
      const [oldest, oldestFile] = this.#files.entries().next().value!
      closeSync(oldestFile)
      this.#files.delete(oldest)
    }
    return file
  }

  #openFile(segment: number): number {
    const path = this.#pathOf(segment)
    try {
      return openSync(path, constants.O_RDONLY)
    } catch (cause) {
      const data = { code: 'SEGMENT_MISSING', segment, path } as const
      throw new StoreError(`segment file ${path} cannot be opened`, data, { hint: DAMAGED_HINT, cause })
    }
  }

  #torn(segment: number, expected: number, found: number): StoreError {
    const path = this.#pathOf(segment)
    const data = { code: 'SEGMENT_TORN', segment, path, expected, found } as const
    return new StoreError(`segment file ${path} ends at byte ${found}, not ${expected}`, data, { hint: DAMAGED_HINT })
  }

  #pathOf(segment: number): string {
    return join(this.#dir, `${`${segment}`.padStart(8, '0')}.seg`)
  }
}

function withFile(path: string, flags: number, use: (file: number) => void): void {
  const file = openSync(path, flags, 0o644)
  try {
    use(file)
  } finally {
    closeSync(file)
  }
}

function writeAll(file: number, bytes: Uint8Array, offset: number): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, offset + at)
}
