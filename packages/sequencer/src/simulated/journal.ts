/** Undoes one change. */
type Undo = () => void

/**
 * What was done to maps, lists and objects, block by block, so that a chain can go back and take another way. Changes
 * that go through it are undone by `back`; it remembers the last `depthMax` blocks.
 */
export class Journal {
  readonly depthMax: number
  /** One list a block, the oldest first. */
  readonly #blocks: Undo[][] = []

  constructor(depthMax: number) {
    this.depthMax = depthMax
  }

  /** Blocks that can be undone now. */
  get depth(): number {
    return this.#blocks.length
  }

  /** What is done from now on belongs to a new block. */
  beginBlock(): void {
    this.#blocks.push([])
    if (this.#blocks.length > this.depthMax) this.#blocks.shift()
  }

  /** Undoes the last `count` blocks. @throws RangeError beyond what it remembers; then nothing is undone */
  back(count: number): void {
    if (count > this.depth) throw new RangeError(`${count} blocks back, of the ${this.depth} that are remembered`)
    for (const block of this.#blocks.splice(this.depth - count).reverse()) {
      for (let i = block.length - 1; i >= 0; i--) block[i]!()
    }
  }

  /** What was done until the next block begins cannot be undone any more, nor what is done until then. */
  forget(): void {
    this.#blocks.length = 0
  }

  set<K, V>(map: Map<K, V>, key: K, value: V): void {
    const old = map.get(key)
    this.#record(old === undefined ? () => map.delete(key) : () => map.set(key, old))
    map.set(key, value)
  }

  delete<K, V>(map: Map<K, V>, key: K): void {
    const old = map.get(key)
    if (old === undefined) return
    this.#record(() => map.set(key, old))
    map.delete(key)
  }

  add<T>(set: Set<T>, item: T): void {
    if (set.has(item)) return
    this.#record(() => set.delete(item))
    set.add(item)
  }

  push<T>(list: T[], item: T): void {
    this.#record(() => list.pop())
    list.push(item)
  }

  assign<T extends object, K extends keyof T>(target: T, name: K, value: T[K]): void {
    const old = target[name]
    this.#record(() => {
      target[name] = old
    })
    target[name] = value
  }

  #record(undo: Undo): void {
    this.#blocks.at(-1)?.push(undo)
  }
}
