import { FELT_BYTES } from '../base/felt.ts'
import { BINARY, DEAD, DIRTY, NONE, type NodeArena, sharePage } from './node-arena.ts'
import type { PageChange } from './node-source.ts'
import { encodePage, PAGE_BYTES_MAX, pageKey, pageShape, rootPageKey, rootPageShape } from './page-codec.ts'

/** A slab lives as long as any page in it. */
const SLAB_BYTES_MIN = 8192
const SLAB_BYTES_MAX = 262_144

/** A page as it was read. */
interface LoadedPage {
  readonly trieId: number
  /** The node that was the page's first element. */
  readonly top: number
  readonly isRoot: boolean
  readonly bytes: Uint8Array
}

type Roots = ReadonlyMap<number, number>

/** Remembers the pages that were read, and tells them apart from the pages that are to be. */
export class PageLog {
  readonly #arena: NodeArena
  readonly #copies = new PageCopies()
  readonly #encoded = new Uint8Array(PAGE_BYTES_MAX)
  /** By top. */
  readonly #loaded = new Map<number, LoadedPage>()

  readonly add = (trieId: number, top: number, isRoot: boolean, page: Uint8Array): void => {
    this.#loaded.set(top, { trieId, top, isRoot, bytes: this.#copies.add(page) })
  }

  constructor(arena: NodeArena) {
    this.#arena = arena
  }

  /** The changes from the loaded pages to the tries below `roots`, whose hashes are all known. */
  *compare(roots: Roots): Generator<PageChange, void, void> {
    const moved = this.#movedPages(roots)
    for (const { trieId, top, isRoot } of dirtyPages(this.#arena, roots)) {
      const key = this.#keyOf(trieId, top, isRoot)
      const old = this.#takeOld(moved, top, isRoot, key)
      const page = this.#encode(trieId, top, isRoot)
      if (old === undefined || !isSame(old, page)) yield { key, page, old }
    }
    for (const { trieId, top, isRoot, bytes } of moved.values()) {
      yield { key: this.#keyOf(trieId, top, isRoot), page: undefined, old: bytes }
    }
  }

  /** Pages whose top begins none or another page now, by key. They are few: any other lies where it lay. */
  #movedPages(roots: Roots): Map<string, LoadedPage> {
    const { flags, up, depth } = this.#arena
    const moved = new Map<string, LoadedPage>()
    for (const page of this.#loaded.values()) {
      const { trieId, top, isRoot } = page
      const isRootNow = roots.get(trieId) === top
      const isInside = !isRootNow && sharePage(depth[up[top]!]!, depth[top]!)
      if ((flags[top]! & DEAD) === 0 && isRoot === isRootNow && !isInside) continue
      moved.set(nameOf(this.#keyOf(trieId, top, isRoot)), page)
    }
    return moved
  }

  /** What was read under the key of the page that now begins with `top`, if anything; out of `moved` if it is there. */
  #takeOld(moved: Map<string, LoadedPage>, top: number, isRoot: boolean, key: Uint8Array): Uint8Array | undefined {
    const loaded = this.#loaded.get(top)
    if (loaded?.isRoot === isRoot) return loaded.bytes
    const name = nameOf(key)
    const found = moved.get(name)
    moved.delete(name)
    return found?.bytes
  }

  #keyOf(trieId: number, top: number, isRoot: boolean): Uint8Array {
    if (isRoot) return rootPageKey(trieId)
    return pageKey(trieId, this.#arena.depth[top]!, this.#arena.keys, top * FELT_BYTES)
  }

  /** Valid until the next one. */
  #encode(trieId: number, top: number, isRoot: boolean): Uint8Array {
    const shape = isRoot ? rootPageShape(trieId) : pageShape(trieId, this.#arena.depth[top]!)
    return this.#encoded.subarray(0, encodePage(this.#arena, top, shape, this.#encoded))
  }
}

/** Copies of pages, many in one piece of memory: allocating each by itself takes longer than encoding it. */
class PageCopies {
  #slab = new Uint8Array(0)
  #used = 0

  add(page: Uint8Array): Uint8Array {
    const { length } = page
    if (this.#used + length > this.#slab.length) {
      this.#slab = new Uint8Array(Math.max(length, Math.min(2 * this.#slab.length, SLAB_BYTES_MAX), SLAB_BYTES_MIN))
      this.#used = 0
    }
    const copy = this.#slab.subarray(this.#used, this.#used + length)
    copy.set(page)
    this.#used += length
    return copy
  }
}

/** Where a page is in the arena. */
type PlacedPage = Pick<LoadedPage, 'trieId' | 'top' | 'isRoot'>

/** Every page with a dirty node, by trie in the order of `roots`, top first: nearly in key order. */
function* dirtyPages(arena: NodeArena, roots: Roots): Generator<PlacedPage> {
  const tops: number[] = []
  for (const [trieId, root] of roots) {
    if (root === NONE || (arena.flags[root]! & DIRTY) === 0) continue
    yield { trieId, top: root, isRoot: true }
    pushDirtyTops(arena, root, tops)
    while (tops.length > 0) {
      const top = tops.pop()!
      yield { trieId, top, isRoot: false }
      pushDirtyTops(arena, top, tops)
    }
  }
}

/** Pushes the tops of the dirty pages right below the page of `node`, the leftmost last. */
function pushDirtyTops(arena: NodeArena, node: number, tops: number[]): void {
  if (arena.kind[node] !== BINARY) return
  pushDirtyTop(arena, node, arena.right[node]!, tops)
  pushDirtyTop(arena, node, arena.left[node]!, tops)
}

function pushDirtyTop(arena: NodeArena, parent: number, node: number, tops: number[]): void {
  if (arena.kind[node] !== BINARY || (arena.flags[node]! & DIRTY) === 0) return
  if (sharePage(arena.depth[parent]!, arena.depth[node]!)) pushDirtyTops(arena, node, tops)
  else tops.push(node)
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return at === a.length
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
}
