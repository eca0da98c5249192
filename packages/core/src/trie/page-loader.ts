import { FELT_BYTES } from '../base/felt.ts'
import { KEY_BITS, LEAF, NONE, type NodeArena } from './node-arena.ts'
import { type NodeSource, PageError } from './node-source.ts'
import { decodePage, pageKey, pageShape, rootPageKey, rootPageShape } from './page-codec.ts'

/** Called for each page that gets into the arena; `page` is the source's and must be copied to be kept. */
export type OnLoad = (trieId: number, top: number, isRoot: boolean, page: Uint8Array) => void

/** Brings pages of a source into an arena. */
export class PageLoader {
  readonly #source: NodeSource
  readonly #arena: NodeArena
  readonly #onLoad: OnLoad | undefined

  constructor(source: NodeSource, arena: NodeArena, onLoad?: OnLoad) {
    this.#source = source
    this.#arena = arena
    this.#onLoad = onLoad
  }

  /** The root of a trie, as a new node, or `NONE`. */
  loadRoot(trieId: number): number {
    const key = rootPageKey(trieId)
    const page = this.#source.getPage(key)
    if (page === undefined) return NONE
    const root = this.#arena.add(LEAF, KEY_BITS, NONE)
    if (!decodePage(this.#arena, root, page, rootPageShape(trieId))) throw new PageError('PAGE_CORRUPT', trieId, key)
    this.#onLoad?.(trieId, root, true, page)
    return root
  }

  /** Turns a stub into the binary node it stands for, with the rest of its page below it. @throws PageError */
  readonly loadStub = (trieId: number, stub: number): void => {
    const arena = this.#arena
    const depth = arena.depth[stub]!
    const key = pageKey(trieId, depth, arena.keys, stub * FELT_BYTES)
    const page = this.#source.getPage(key)
    if (page === undefined) throw new PageError('PAGE_MISSING', trieId, key)
    if (!decodePage(arena, stub, page, pageShape(trieId, depth))) throw new PageError('PAGE_CORRUPT', trieId, key)
    this.#onLoad?.(trieId, stub, false, page)
  }
}
