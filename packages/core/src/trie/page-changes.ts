import { ByteLog } from '../base/byte-log.ts'
import { FELT_BYTES } from '../base/felt.ts'
import { BINARY, DEAD, DIRTY, NONE, type NodeArena, sharePage } from './node-arena.ts'
import type { PageChange } from './node-source.ts'
import { encodePage, PAGE_BYTES_MAX, pageKey, pageShape, rootPageKey, rootPageShape } from './page-codec.ts'

/** A page as it was read. Its bytes lie in the log. */
interface LoadedPage {
  readonly trieId: number
  /** The node that was the page's first element. */
  readonly top: number
  readonly isRoot: boolean
  readonly start: number
  readonly end: number
}

type Roots = ReadonlyMap<number, number>

/** Remembers the pages that were read, and tells them apart from the pages that are to be. */
export class PageLog {
  readonly #arena: NodeArena
  readonly #log = new ByteLog()
  /** By top. */
  readonly #loaded = new Map<number, LoadedPage>()

  constructor(arena: NodeArena) {
    this.#arena = arena
  }

  readonly add = (trieId: number, top: number, isRoot: boolean, page: Uint8Array): void => {
    const start = this.#log.add(page)
    this.#loaded.set(top, { trieId, top, isRoot, start, end: start + page.length })
  };

  /** The changes from the loaded pages to the tries below `roots`, whose hashes are all known. */
  *compare(roots: Roots): Generator<PageChange, void, void> {
    const moved = this.#movedPages(roots)
    for (const { trieId, top, isRoot } of dirtyPages(this.#arena, roots)) {
      const key = this.#keyOf(trieId, top, isRoot)
      const loaded = this.#takeOld(moved, top, isRoot, key)
      const start = this.#encode(trieId, top, isRoot)
      if (loaded !== undefined && this.#isSame(loaded, start)) continue
      yield { key, page: this.#log.bytes.subarray(start, this.#log.length), old: loaded && this.#bytesOf(loaded) }
    }
    for (const loaded of moved.values()) {
      const { trieId, top, isRoot } = loaded
      yield { key: this.#keyOf(trieId, top, isRoot), page: undefined, old: this.#bytesOf(loaded) }
    }
  }

  #bytesOf({ start, end }: LoadedPage): Uint8Array {
    return this.#log.bytes.subarray(start, end)
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
  #takeOld(moved: Map<string, LoadedPage>, top: number, isRoot: boolean, key: Uint8Array): LoadedPage | undefined {
    if (moved.size > 0) {
      const name = nameOf(key)
      const found = moved.get(name)
      if (moved.delete(name)) return found
    }
    const loaded = this.#loaded.get(top)
    return loaded?.isRoot === isRoot ? loaded : undefined
  }

  #keyOf(trieId: number, top: number, isRoot: boolean): Uint8Array {
    if (isRoot) return rootPageKey(trieId)
    return pageKey(trieId, this.#arena.depth[top]!, this.#arena.keys, top * FELT_BYTES)
  }

  /** Adds the page to the end of the log; returns where it starts. */
  #encode(trieId: number, top: number, isRoot: boolean): number {
    const log = this.#log
    const shape = isRoot ? rootPageShape(trieId) : pageShape(trieId, this.#arena.depth[top]!)
    const start = log.reserve(PAGE_BYTES_MAX)
    log.length = encodePage(this.#arena, top, shape, log.bytes, start)
    return start
  }

  /** Whether the page at the end of the log has the bytes of `old`. */
  #isSame(old: LoadedPage, start: number): boolean {
    const { bytes, length } = this.#log
    if (length - start !== old.end - old.start) return false
    let at = start
    while (at < length && bytes[at] === bytes[old.start + at - start]) at++
    return at === length
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

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
}
