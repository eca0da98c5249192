/** Heights in flight at the start: a round trip of 200 ms then costs 12 ms a block. */
export const FETCH_WINDOW_START = 16

/** What is left of the window however often a gateway complains. */
export const FETCH_WINDOW_MIN = 4

/** What hides a round trip of a second, where blocks are small. */
export const FETCH_WINDOW_MAX = 64

/** The answers in flight together, in bytes: each alone may have 128 MiB. */
export const FETCH_BYTES_MAX = 256 * 2 ** 20

/** Weight of the newest answer in the size that is expected, where it is smaller; a larger one counts at once. */
const SHRINK_WEIGHT = 0.1

/** A height in flight. */
export interface Height {
  readonly number: number
  /** Of its answer, once it is here. */
  bytes: number | undefined
  /** Whose turn it is. */
  waitsFor: 'network' | 'verifier' | 'seal'
}

/**
 * How many heights are asked for at once. It grows while sealing waits for the network, is halved when a gateway is asked
 * too much, and is bounded by the bytes that are in flight, or will be if answers are as large as of late.
 */
export class FetchWindow {
  #size = FETCH_WINDOW_START
  /** Answers since the window was halved. */
  #answers = FETCH_WINDOW_START
  /** A gateway has complained before. */
  #isCautious = false
  #expectedBytes = 0
  readonly #heights = new Set<Height>()

  get size(): number {
    return Math.floor(this.#size)
  }

  get inFlight(): number {
    return this.#heights.size
  }

  /** Whether one more height may be asked for; always where none is. */
  get hasRoom(): boolean {
    if (this.#heights.size === 0) return true
    let bytes = this.#expectedBytes
    for (const height of this.#heights) bytes += height.bytes ?? this.#expectedBytes
    return this.#heights.size < this.size && bytes <= FETCH_BYTES_MAX
  }

  open(number: number): Height {
    const height: Height = { number, bytes: undefined, waitsFor: 'network' }
    this.#heights.add(height)
    return height
  }

  answered(height: Height, bytes: number): void {
    height.bytes = bytes
    this.#answers += 1
    this.#expectedBytes = Math.max(bytes, this.#expectedBytes + SHRINK_WEIGHT * (bytes - this.#expectedBytes))
  }

  close(height: Height): void {
    this.#heights.delete(height)
  }

  clear(): void {
    this.#heights.clear()
  }

  /** Sealing waits for a height, and the network is why. After a complaint, the whole window counts as much as one did. */
  starve(): void {
    this.#size = Math.min(FETCH_WINDOW_MAX, this.#size + (this.#isCautious ? 1 / this.#size : 1))
  }

  /** A gateway refuses for the number of requests, or is late. Once for the heights that were in flight together. */
  halve(): void {
    if (this.#answers < this.size) return
    this.#answers = 0
    this.#isCautious = true
    this.#size = Math.max(FETCH_WINDOW_MIN, this.#size / 2)
  }
}
