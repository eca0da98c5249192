import type { NodeSource, PageChanges } from '../node-source.ts'

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
  apply(changes: PageChanges): void {
    const old = new Map(changes.replaced.map(([key, page]) => [hex(key), page]))
    const touched = [...changes.deletes, ...changes.puts.map(([key]) => key)].map(hex)
    if (new Set(touched).size !== touched.length) throw new Error('a key is changed twice')
    for (const name of touched) {
      const before = this.pages.get(name)
      const said = old.get(name)
      if (before === undefined ? said !== undefined : said === undefined || Buffer.compare(before, said) !== 0) {
        throw new Error(`replaced is wrong for ${name}`)
      }
    }
    if (changes.replaced.some(([key]) => !touched.includes(hex(key)))) throw new Error('replaced has too much')
    for (const key of changes.deletes) {
      if (!this.pages.delete(hex(key))) throw new Error(`deleted, but never there: ${hex(key)}`)
    }
    for (const [key, page] of changes.puts) this.pages.set(hex(key), page)
  }

  /** Takes back what `apply` did, from the undo log's part alone. */
  revert(changes: PageChanges): void {
    for (const [key] of changes.puts) this.pages.delete(hex(key))
    for (const [key, page] of changes.replaced) this.pages.set(hex(key), page)
  }

  /** Equal states give equal snapshots. */
  snapshot(): Record<string, string> {
    return Object.fromEntries([...this.pages].map(([key, page]) => [key, hex(page)] as const).sort())
  }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
