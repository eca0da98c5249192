import type { Entry } from './engine.ts'

/** A key and its new value; undefined deletes. */
export type TableChange = readonly [key: Uint8Array, value: Uint8Array | undefined]

/** Entries a chunk may have. A change copies the chunks it falls into, and the list of chunks. */
const CHUNK_ENTRIES_MAX = 128

type Chunk = readonly Entry[]

/** Sorted entries that never change, in chunks that a table shares with the one it was made from. */
export class SortedTable {
  static readonly EMPTY: SortedTable = new SortedTable([])

  /** In order, none empty. */
  readonly #chunks: readonly Chunk[]

  private constructor(chunks: readonly Chunk[]) {
    this.#chunks = chunks
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const entry = this.seekLE(key)
    return entry !== undefined && Buffer.compare(entry[0], key) === 0 ? entry[1] : undefined
  }

  seekLE(key: Uint8Array): Entry | undefined {
    const chunk = this.#chunks[this.#chunkOf(key)]
    return chunk?.[countBelow(chunk, key, true) - 1]
  }

  seekGE(key: Uint8Array): Entry | undefined {
    for (const entry of this.range(key, undefined, false)) return entry
    return undefined
  }

  /** From `from`, up to but not including `to`. */
  *range(from: Uint8Array | undefined, to: Uint8Array | undefined, reverse: boolean): Generator<Entry, void, void> {
    const first = from === undefined ? 0 : Math.max(0, this.#chunkOf(from))
    const last = to === undefined ? this.#chunks.length - 1 : this.#chunkOf(to)
    const step = reverse ? -1 : 1
    for (let at = reverse ? last : first; at >= first && at <= last; at += step) {
      const chunk = this.#chunks[at]
      if (chunk === undefined) return
      const begin = from === undefined ? 0 : countBelow(chunk, from, false)
      const end = to === undefined ? chunk.length : countBelow(chunk, to, false)
      for (let i = reverse ? end - 1 : begin; i >= begin && i < end; i += step) yield chunk[i]!
    }
  }

  /** This table after the changes; of several to one key the last counts. */
  with(changes: readonly TableChange[]): SortedTable {
    const sorted = changes.toSorted(([a], [b]) => Buffer.compare(a, b)) // stable
    if (this.#chunks.length === 0) return new SortedTable(split(merge([], sorted)))
    const chunks: Chunk[] = []
    let next = 0
    this.#chunks.forEach((chunk, at) => {
      const following = this.#chunks[at + 1]?.[0]
      const start = next
      while (next < sorted.length && (!following || Buffer.compare(sorted[next]![0], following[0]) < 0)) next++
      if (next === start) chunks.push(chunk)
      else chunks.push(...split(merge(chunk, sorted.slice(start, next))))
    })
    return new SortedTable(chunks)
  }

  /** The chunk that holds `key` if any does; −1 below the first. */
  #chunkOf(key: Uint8Array): number {
    let low = 0
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (Buffer.compare(this.#chunks[middle]![0]![0], key) <= 0) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

/** How many entries lie below `key`, or at it too. */
function countBelow(chunk: Chunk, key: Uint8Array, orAt: boolean): number {
  let low = 0
  let high = chunk.length
  while (low < high) {
    const middle = (low + high) >> 1
    const order = Buffer.compare(chunk[middle]![0], key)
    if (order < 0 || (orAt && order === 0)) low = middle + 1
    else high = middle
  }
  return low
}

function merge(chunk: Chunk, changes: readonly TableChange[]): Entry[] {
  const out: Entry[] = []
  let at = 0
  changes.forEach(([key, value], i) => {
    const following = changes[i + 1]
    if (following !== undefined && Buffer.compare(following[0], key) === 0) return
    while (at < chunk.length && Buffer.compare(chunk[at]![0], key) < 0) out.push(chunk[at++]!)
    if (at < chunk.length && Buffer.compare(chunk[at]![0], key) === 0) at++
    if (value !== undefined) out.push([key, value])
  })
  out.push(...chunk.slice(at))
  return out
}

function split(entries: readonly Entry[]): Chunk[] {
  const chunks: Chunk[] = []
  const count = Math.ceil(entries.length / CHUNK_ENTRIES_MAX)
  for (let i = 0; i < count; i++) {
    chunks.push(entries.slice(Math.floor((i * entries.length) / count), Math.floor(((i + 1) * entries.length) / count)))
  }
  return chunks
}
