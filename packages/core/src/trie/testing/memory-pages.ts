import type { NodeSource, PageChange } from '../node-source.ts'

/** Pages in a map, as strict as a database may be: the bytes handed out die with the next call. */
export class MemoryPages implements NodeSource {
  readonly pages = new Map<string, Uint8Array>()
  reads = 0
  #lent: Uint8Array | undefined

  getPage(key: Uint8Array): Uint8Array | undefined {
    this.#lent?.fill(0xff)
    this.reads += 1
    const page = this.pages.get(hex(key))
    // At an odd offset, as a database gives no alignment.
    this.#lent = page === undefined ? undefined : Buffer.concat([Buffer.of(0), page]).subarray(1)
    return this.#lent
  }

  /** @throws Error when the changes do not fit what is there. */
  apply(changes: Iterable<PageChange>): void {
    const touched = new Set<string>()
    for (const { key, page, old } of changes) {
      const name = hex(key)
      if (touched.has(name)) throw new Error(`${name} is changed twice`)
      touched.add(name)
      const before = this.pages.get(name)
      if (before === undefined ? old !== undefined : old === undefined || Buffer.compare(before, old) !== 0) {
        throw new Error(`old is wrong for ${name}`)
      }
      if (page !== undefined) this.pages.set(name, Uint8Array.from(page))
      else if (!this.pages.delete(name)) throw new Error(`deleted, but never there: ${name}`)
    }
  }

  /** Takes back what `apply` did, from the undo log's part alone. */
  revert(changes: Iterable<PageChange>): void {
    for (const { key, old } of changes) {
      if (old === undefined) this.pages.delete(hex(key))
      else this.pages.set(hex(key), old)
    }
  }

  /** Equal states give equal snapshots. */
  snapshot(): Record<string, string> {
    return Object.fromEntries([...this.pages].map(([key, page]) => [key, hex(page)] as const).sort())
  }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
