import { FELT_BYTES } from '../base/felt.ts'
import { BINARY, DEAD, DIRTY, NONE, type NodeArena, sharePage } from './node-arena.ts'
import type { Page, PageChanges } from './node-source.ts'
import { encodePage, PAGE_BYTES_MAX, pageKey, pageShape, rootPageKey, rootPageShape } from './page-codec.ts'

interface LoadedPage {
  readonly key: Uint8Array
  readonly page: Uint8Array
  /** The node that was the page's first element. */
  readonly top: number
}

/** A slab lives as long as any page in it. */
const SLAB_BYTES_MIN = 8192
const SLAB_BYTES_MAX = 262_144

/** Remembers the pages that were read, and tells them apart from the pages that are to be. */
export class PageLog {
  readonly #loaded = new Map<string, LoadedPage>()
  readonly #copies = new PageCopies()

  readonly add = (key: Uint8Array, page: Uint8Array, top: number): void => {
    this.#loaded.set(nameOf(key), { key, page: this.#copies.add(page, page.length), top })
  }

  /** The changes from the loaded pages to the tries below `roots`, whose hashes are all known. */
  compare(arena: NodeArena, roots: ReadonlyMap<number, number>): PageChanges {
    const puts: Page[] = []
    const replaced: Page[] = []
    const kept = new Set<string>()
    for (const [key, page] of dirtyPages(arena, roots, this.#copies)) {
      const name = nameOf(key)
      const old = this.#loaded.get(name)
      if (old !== undefined) {
        kept.add(name)
        if (Buffer.compare(old.page, page) === 0) continue
        replaced.push([key, old.page])
      }
      puts.push([key, page])
    }
    const deletes: Uint8Array[] = []
    for (const [name, { key, page, top }] of this.#loaded) {
      // A page whose top is untouched lies where it lay; any other was either written above or is gone.
      if (kept.has(name) || (arena.flags[top]! & (DIRTY | DEAD)) === 0) continue
      deletes.push(key)
      replaced.push([key, page])
    }
    return { deletes, puts, replaced }
  }
}

/** Copies of pages, many in one piece of memory: allocating each by itself takes longer than encoding it. */
class PageCopies {
  #slab = new Uint8Array(0)
  #used = 0

  add(page: Uint8Array, length: number): Uint8Array {
    if (this.#used + length > this.#slab.length) {
      this.#slab = new Uint8Array(Math.max(length, Math.min(2 * this.#slab.length, SLAB_BYTES_MAX), SLAB_BYTES_MIN))
      this.#used = 0
    }
    const copy = this.#slab.subarray(this.#used, this.#used + length)
    copy.set(page.subarray(0, length))
    this.#used += length
    return copy
  }
}

/** Every page with a dirty node, by trie in the order of `roots`, top first: nearly in key order. */
function* dirtyPages(arena: NodeArena, roots: ReadonlyMap<number, number>, copies: PageCopies): Generator<Page> {
  const out = new Uint8Array(PAGE_BYTES_MAX)
  const tops: number[] = []
  for (const [trieId, root] of roots) {
    if (root === NONE || (arena.flags[root]! & DIRTY) === 0) continue
    const rootLength = encodePage(arena, root, rootPageShape(trieId), out)
    yield [rootPageKey(trieId), copies.add(out, rootLength)]
    pushDirtyTops(arena, root, tops)
    while (tops.length > 0) {
      const top = tops.pop()!
      const depth = arena.depth[top]!
      const length = encodePage(arena, top, pageShape(trieId, depth), out)
      yield [pageKey(trieId, depth, arena.keys, top * FELT_BYTES), copies.add(out, length)]
      pushDirtyTops(arena, top, tops)
    }
  }
}

/** Pushes the tops of the dirty pages right below the page of `node`, the leftmost last. */
function pushDirtyTops(arena: NodeArena, node: number, tops: number[]): void {
  if (arena.kind[node] !== BINARY) return
  for (const child of [arena.right[node]!, arena.left[node]!]) {
    if (arena.kind[child] !== BINARY || (arena.flags[child]! & DIRTY) === 0) continue
    if (sharePage(arena.depth[node]!, arena.depth[child]!)) pushDirtyTops(arena, child, tops)
    else tops.push(child)
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
}
