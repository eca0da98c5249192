import { taskOf, tell } from './child.ts'

/** Asks a node for random stored blocks at a fixed rate, whether or not the last answer is there. Ends when asked to. */
export interface RpcTask {
  readonly url: string
  readonly perSecond: number
  /** The first block to ask for. */
  readonly from: number
}

export interface RpcFigures {
  readonly answered: number
  readonly failed: number
  /** Milliseconds from the moment a request was due until its answer was read; null without any. */
  readonly p50: number | null
  readonly p99: number | null
  readonly max: number | null
}

export type RpcMessage = { readonly kind: 'done'; readonly figures: RpcFigures }

/** Before the head is asked for again. */
const HEAD_MS = 1000

const { url, perSecond, from } = taskOf<RpcTask>()
const times: number[] = []
let [failed, head, isOver] = [0, -1, false]

process.on('message', () => {
  isOver = true
  clearInterval(asking)
  clearInterval(looking)
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? null
  const figures = { answered: times.length, failed, p50: at(0.5), p99: at(0.99), max: at(1) }
  tell({ kind: 'done', figures } satisfies RpcMessage)
  process.disconnect?.()
})
process.on('disconnect', () => process.exit())

async function request(method: string, params: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const text = await response.text()
  if (text.includes('"error":', 0) && !text.includes('"result":')) throw new Error(text.slice(0, 200))
  return text
}

async function look(): Promise<void> {
  try {
    head = JSON.parse(String(await request('starknet_blockNumber', []))).result ?? head
  } catch {
    // There is no block yet, or the node is gone.
  }
}

async function ask(): Promise<void> {
  if (head < from) return
  const due = performance.now()
  const block_number = from + Math.floor(Math.random() * (head - from + 1))
  try {
    await request('starknet_getBlockWithTxs', { block_id: { block_number } })
    if (!isOver) times.push(performance.now() - due)
  } catch {
    if (!isOver) failed += 1
  }
}

const asking = setInterval(() => void ask(), 1000 / perSecond)
const looking = setInterval(() => void look(), HEAD_MS)
void look()
