import { readMemory } from './proc.ts'

/** Samples are no closer together than this. */
const SAMPLE_MS = 100

/** Of the blocks, this share warms up: caches fill, code is compiled. The slope is of the rest. */
const WARM_UP = 1 / 3

export interface MemoryFigures {
  /** MiB. */
  readonly peakRss: number
  readonly peakAnonymous: number
  /** MiB per 1000 blocks, by least squares, without the first third; null for fewer than three samples. */
  readonly slopeRss: number | null
  readonly slopeAnonymous: number | null
}

/** The memory of this process while blocks come in. */
export class MemorySamples {
  readonly #samples: { readonly block: number; readonly rss: number; readonly anonymous: number }[] = []
  readonly #timer: NodeJS.Timeout
  #lastMs = 0

  constructor(head: () => number) {
    this.#timer = setInterval(() => this.take(head()), SAMPLE_MS)
  }

  take(block: number): void {
    const now = performance.now()
    if (now - this.#lastMs < SAMPLE_MS) return
    this.#lastMs = now
    const { rss, anonymous } = readMemory()
    this.#samples.push({ block, rss, anonymous })
  }

  end(): MemoryFigures {
    clearInterval(this.#timer)
    const { peak, anonymous } = readMemory()
    const blocks = this.#samples.map(({ block }) => block)
    const [first, last] = [Math.min(...blocks), Math.max(...blocks)]
    const settled = this.#samples.filter(({ block }) => block >= first + (last - first) * WARM_UP)
    const slope = (pick: (sample: (typeof settled)[number]) => number) =>
      slopeOf(settled.map((sample) => [sample.block / 1000, pick(sample)]))
    return {
      peakRss: peak,
      peakAnonymous: this.#samples.reduce((most, sample) => Math.max(most, sample.anonymous), anonymous),
      slopeRss: slope((sample) => sample.rss),
      slopeAnonymous: slope((sample) => sample.anonymous),
    }
  }
}

/** By least squares; null where the points do not tell. */
function slopeOf(points: readonly (readonly [x: number, y: number])[]): number | null {
  if (points.length < 3) return null
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const spread = mean(points.map(([x]) => (x - meanX) ** 2))
  return spread === 0 ? null : mean(points.map(([x, y]) => (x - meanX) * (y - meanY))) / spread
}
