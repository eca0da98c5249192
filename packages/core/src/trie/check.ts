import { FELT_BYTES, type Felt, ZERO } from '../base/felt.ts'
import { copyBytes } from './node-arena.ts'
import { type NodeSource, PageError } from './node-source.ts'
import {
  elementBytes,
  elementsStart,
  LEAF_TAG,
  type PageShape,
  pageKey,
  pageShape,
  rootPageKey,
  rootPageShape,
  STUB_TAG,
  stubPathBytes,
} from './page-codec.ts'

interface PlacedPage {
  readonly key: Uint8Array
  readonly shape: PageShape
  /** A key below the page, right in the bits above it. */
  readonly path: Felt
}

/**
 * The keys of all pages of a trie, parents first, left before right: in the order of the keys but for the root. What the
 * database has besides these, over all tries, is orphaned. Memory: up to 16 keys a level. @throws PageError
 */
export function* reachablePages(source: NodeSource, trieId: number): Generator<Uint8Array> {
  const rootKey = rootPageKey(trieId)
  const pending: PlacedPage[] = []
  if (source.getPage(rootKey) !== undefined) pending.push({ key: rootKey, shape: rootPageShape(trieId), path: ZERO })
  while (pending.length > 0) {
    const place = pending.pop()!
    const page = source.getPage(place.key)
    if (page === undefined) throw new PageError('PAGE_MISSING', trieId, place.key)
    pending.push(...pagesBelow(trieId, place, page).reverse())
    yield place.key
  }
}

function pagesBelow(trieId: number, { key, shape, path }: PlacedPage, page: Uint8Array): PlacedPage[] {
  const found: PlacedPage[] = []
  const start = elementsStart(shape)
  let offset = start
  for (let pending = 1; pending > 0; ) {
    const length = elementBytes(page, offset, shape, offset === start ? 0 : FELT_BYTES)
    if (offset + length > page.length) throw new PageError('PAGE_CORRUPT', trieId, key)
    pending += page[offset]! < LEAF_TAG ? 1 : -1
    if (page[offset] === STUB_TAG) {
      const depth = page[offset + 1]!
      const below = new Uint8Array(path)
      copyBytes(page, offset + 2, below, FELT_BYTES - shape.keyBytes, stubPathBytes(shape, depth))
      found.push({ key: pageKey(trieId, depth, below, 0), shape: pageShape(trieId, depth), path: below })
    }
    offset += length
  }
  if (offset !== page.length) throw new PageError('PAGE_CORRUPT', trieId, key)
  return found
}
