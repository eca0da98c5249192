import { type DeoxysNode, type Head, hexFromFelt, type Log } from '@deoxys/core'
import type { StatusLine } from './status-line.ts'

const REDRAW_MS = 250

/** Between log lines about progress, where there is no terminal. */
const LOG_MS = 5000

/** The time over which the speed is taken. */
const SPEED_MS = 10_000

/** Shows how far a node is: a line that is drawn over on a terminal, log lines elsewhere. */
export function showProgress(node: DeoxysNode, statusLine: StatusLine, log: Log): { end(): void } {
  const speed = new Speed()
  const update = () => speed.add(node.head()?.number ?? -1, performance.now())
  const draw = () => {
    update()
    statusLine.set(describe(node, speed))
  }
  const say = () => {
    update()
    const { head, target } = node.progress()
    if (head === undefined || target === undefined || head.number >= target) return
    log.info({}, describe(node, speed))
  }
  const onSealed = ({ number, hash }: Head) => log.info({}, `block ${number} sealed, ${hexFromFelt(hash)}`)
  const onSynced = () => {
    log.info({}, `in step with the gateway at block ${node.head()?.number ?? 'none'}`)
    node.events.on('sealed', onSealed)
  }
  node.events.once('synced', onSynced)
  const timer = statusLine.isShown ? setInterval(draw, REDRAW_MS) : setInterval(say, LOG_MS)
  return {
    end() {
      clearInterval(timer)
      node.events.off('synced', onSynced).off('sealed', onSealed)
      statusLine.clear()
    },
  }
}

/** Blocks a second over the last `SPEED_MS`. */
class Speed {
  readonly #samples: { readonly height: number; readonly ms: number }[] = []

  add(height: number, ms: number): void {
    this.#samples.push({ height, ms })
    while (this.#samples.length > 2 && ms - this.#samples[0]!.ms > SPEED_MS) this.#samples.shift()
  }

  get blocksPerSecond(): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)]
    if (first === undefined || last === undefined || last.ms === first.ms) return 0
    return ((last.height - first.height) * 1000) / (last.ms - first.ms)
  }
}

function describe(node: DeoxysNode, { blocksPerSecond }: Speed): string {
  const { head, target, queued, queuedBytes, inFlight } = node.progress()
  const height = head?.number ?? -1
  const parts = [
    `block ${head === undefined ? '-' : height} of ${target ?? '?'}`,
    `${blocksPerSecond.toFixed(1)} blocks/s`,
    `fetching ${inFlight}, waiting to be sealed ${queued} (${(queuedBytes / 2 ** 20).toFixed(1)} MiB)`,
  ]
  const rest = (target ?? height) - height
  if (rest > 0 && blocksPerSecond > 0) parts.push(`${duration(rest / blocksPerSecond)} to go`)
  if (target !== undefined && rest <= 0) parts.push('in step')
  return parts.join(' | ')
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.round(hours / 24)} days`
}
