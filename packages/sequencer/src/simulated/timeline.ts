import type { Clock } from '@deoxys/core'
import type { BlockMeta } from './block-record.ts'
import type { BlockSupply } from './block-supply.ts'

/** When block `at` has come, the last `depth` blocks, it among them, make room for others. */
export interface Reorg {
  readonly at: number
  /** 1 ≤ depth ≤ at: block 0 stays. */
  readonly depth: number
}

export interface TimelineOptions {
  readonly supply: BlockSupply
  /** Blocks there are from the start, at least 1. */
  readonly blocks: number
  /** In the order they come. */
  readonly reorgs: readonly Reorg[]
  /** Then one more comes each time; without it, none. */
  readonly blockTimeMs: number | undefined
  readonly clock: Clock
}

/** @throws RangeError for a reorg that cannot be */
export function verifyReorgs(reorgs: readonly Reorg[]): void {
  for (const { at, depth } of reorgs) {
    const isPossible = Number.isSafeInteger(at) && Number.isSafeInteger(depth) && depth >= 1 && depth <= at
    if (!isPossible) throw new RangeError(`reorg: block ${at} cannot go back by ${depth}, for block 0 stays`)
  }
}

/**
 * Which blocks of a supply there are by now, and when the chain takes another way.
 *
 * A reorg of the script comes
 * - where blocks behind it are due already: once block `at` was given out, and the new branch is there at once;
 * - else in its turn, in the place of the next block: `latest` goes back, and grows again.
 */
export class Timeline {
  readonly #supply: BlockSupply
  readonly #blockTimeMs: number
  readonly #clock: Clock
  readonly #reorgs: Reorg[]
  readonly #index = new BlockIndex()
  /** Blocks that are due; those behind a reorg that has not come yet are held back. */
  #due: number
  #ticks = 0
  readonly #startMs: number

  constructor({ supply, blocks, reorgs, blockTimeMs = Number.POSITIVE_INFINITY, clock }: TimelineOptions) {
    verifyReorgs(reorgs)
    this.#supply = supply
    this.#blockTimeMs = blockTimeMs
    this.#clock = clock
    this.#reorgs = [...reorgs]
    this.#due = blocks
    this.#startMs = clock.now()
  }

  /** Number of the newest block there is now. */
  latest(): number {
    this.#catchUp()
    return this.#height - 1
  }

  get isRunning(): boolean {
    return this.#blockTimeMs !== Number.POSITIVE_INFINITY
  }

  /** How far the next block is, 0 ≤ x < 1; 0 where time stands still. */
  progress(): number {
    this.#catchUp()
    if (!this.isRunning) return 0
    return (((this.#clock.now() - this.#startMs) / this.#blockTimeMs) % 1) * (this.#height === this.#due ? 1 : 0)
  }

  /** `count` blocks come now, a scripted reorg in the place of one. Returns `latest`. */
  grow(count: number): number {
    this.#catchUp()
    for (let i = 0; i < count; i++) this.#step()
    return this.#height - 1
  }

  /** The last `depth` blocks go now. Returns `latest`. @throws RangeError when they cannot; then they are still there */
  reorg(depth: number): number {
    this.#catchUp()
    this.#fork({ at: this.#height - 1, depth })
    this.#due = this.#height
    return this.#height - 1
  }

  /** Block `number` was given out. */
  given(number: number): void {
    const next = this.#reorgs[0]
    if (next?.at !== number || this.#height !== number + 1) return
    const isLast = this.#due === this.#height
    if (isLast && this.isRunning) return
    this.#reorgs.shift()
    const due = this.#due
    this.#fork(next)
    this.#due = due
  }

  /** Undefined when there is no such block by now. */
  meta(number: number): BlockMeta | undefined {
    return number <= this.latest() ? this.#supply.meta(number) : undefined
  }

  blockNumber(hash: string): number | undefined {
    return this.#lookUp().numbers.get(hash)
  }

  transactionPlace(hash: string): readonly [block: number, index: number] | undefined {
    return this.#lookUp().transactions.get(hash)
  }

  /** Whether a block that there is by now has brought the class. */
  hasClass(hash: string): boolean {
    return this.#lookUp().classes.has(hash)
  }

  /** Blocks that can be seen: up to the next reorg, of those that are due. */
  get #height(): number {
    return Math.min(this.#due, (this.#reorgs[0]?.at ?? Number.POSITIVE_INFINITY) + 1)
  }

  #catchUp(): void {
    if (!this.isRunning) return
    const ticks = Math.floor((this.#clock.now() - this.#startMs) / this.#blockTimeMs)
    while (this.#ticks < ticks && this.#step()) this.#ticks += 1
    this.#ticks = ticks
  }

  /** One block more, or the reorg that is next. False when neither can be. */
  #step(): boolean {
    const next = this.#reorgs[0]
    if (next !== undefined && this.#due === next.at + 1) {
      this.#reorgs.shift()
      this.#fork(next)
      this.#due = next.at + 1 - next.depth
      return true
    }
    if (this.#due >= this.#supply.blocksMax) return false
    this.#due += 1
    return true
  }

  #fork({ at, depth }: Reorg): void {
    if (!(Number.isSafeInteger(depth) && depth >= 1 && depth <= at)) {
      throw new RangeError(`block ${at} cannot go back by ${depth}: block 0 stays`)
    }
    this.#supply.fork(at - depth)
    this.#index.truncate(at - depth + 1)
    this.#due = at - depth + 1
  }

  #lookUp(): BlockIndex {
    const latest = this.latest()
    while (this.#index.count <= latest) this.#index.add(this.#supply.meta(this.#index.count))
    return this.#index
  }
}

/** Finds blocks, transactions and classes by hash. */
class BlockIndex {
  readonly numbers = new Map<string, number>()
  readonly transactions = new Map<string, readonly [block: number, index: number]>()
  /** Class hash → the first block that names it. */
  readonly classes = new Map<string, number>()
  readonly #metas: BlockMeta[] = []

  get count(): number {
    return this.#metas.length
  }

  add(meta: BlockMeta): void {
    const { number } = meta
    this.#metas.push(meta)
    this.numbers.set(meta.hash, number)
    meta.transactions.forEach((hash, i) => {
      this.transactions.set(hash, [number, i])
    })
    for (const hash of meta.classes) if (!this.classes.has(hash)) this.classes.set(hash, number)
  }

  /** Only blocks below `count` are left. */
  truncate(count: number): void {
    for (const { number, hash, transactions, classes } of this.#metas.splice(count)) {
      this.numbers.delete(hash)
      for (const transaction of transactions) this.transactions.delete(transaction)
      for (const cls of classes) if (this.classes.get(cls) === number) this.classes.delete(cls)
    }
  }
}
