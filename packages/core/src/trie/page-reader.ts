import { FELT_BYTES, type Felt, ZERO } from '../base/felt.ts'
import { bitAt, copyBytes, KEY_BITS } from './node-arena.ts'
import { type NodeSource, PageError } from './node-source.ts'
import {
  assertKey,
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

/** The root of a trie in the source, `ZERO` when it is empty. */
export function getRoot(source: NodeSource, trieId: number): Felt {
  const page = source.getPage(rootPageKey(trieId))
  return page === undefined ? ZERO : copyOf(page, 0, FELT_BYTES)
}

/** The value under `key`, `ZERO` when absent. Reads the pages on the way, adds no node. @throws PageError, RangeError */
export function getLeaf(source: NodeSource, trieId: number, key: Felt): Felt {
  assertKey(key)
  const pageName = rootPageKey(trieId)
  const page = source.getPage(pageName)
  return page === undefined ? ZERO : readLeaf(source, trieId, key, pageName, page, rootPageShape(trieId))
}

/** The same from the page of a stub at `depth` on the way to `key`. */
export function getLeafBelow(source: NodeSource, trieId: number, key: Felt, depth: number): Felt {
  const pageName = pageKey(trieId, depth, key, 0)
  const page = source.getPage(pageName)
  if (page === undefined) throw new PageError('PAGE_MISSING', trieId, pageName)
  return readLeaf(source, trieId, key, pageName, page, pageShape(trieId, depth))
}

function readLeaf(
  source: NodeSource,
  trieId: number,
  key: Felt,
  pageName: Uint8Array,
  page: Uint8Array,
  shape: PageShape,
): Felt {
  const end = findEnd(page, shape, key)
  if (end < 0) throw new PageError('PAGE_CORRUPT', trieId, pageName)
  if (page[end] === STUB_TAG) {
    const depth = page[end + 1]!
    return stubIsOnTheWay(page, end, shape, key) ? getLeafBelow(source, trieId, key, depth) : ZERO
  }
  const { keyBytes } = shape
  for (let i = 0; i < keyBytes; i++) {
    if (page[end + 1 + i] !== key[FELT_BYTES - keyBytes + i]) return ZERO
  }
  const lengthAt = end + 1 + keyBytes
  return copyOf(page, lengthAt + 1, page[lengthAt]!)
}

/**
 * The offset of the leaf or stub that the bits of `key` lead to, or -1 when the page is malformed.
 * Edges are skipped unseen, so the end's own path decides whether the key is there.
 */
function findEnd(page: Uint8Array, shape: PageShape, key: Felt): number {
  let offset = elementsStart(shape)
  let hashBytes = 0
  while (offset < page.length) {
    const tag = page[offset]!
    const next = offset + elementBytes(page, offset, shape, hashBytes)
    if (tag >= LEAF_TAG) return next <= page.length ? offset : -1
    offset = bitAt(key, 0, tag) === 0 ? next : skipSubtree(page, next, shape)
    hashBytes = FELT_BYTES
  }
  return -1
}

/** The offset behind the element at `start` and all below it; past the page when it is malformed. */
function skipSubtree(page: Uint8Array, start: number, shape: PageShape): number {
  let offset = start
  for (let pending = 1; pending > 0; ) {
    // Behind the page there are no binaries either, so this ends.
    pending += page[offset]! < LEAF_TAG ? 1 : -1
    offset += elementBytes(page, offset, shape, FELT_BYTES)
  }
  return offset
}

function stubIsOnTheWay(page: Uint8Array, offset: number, shape: PageShape, key: Felt): boolean {
  const depth = page[offset + 1]!
  const count = stubPathBytes(shape, depth)
  const first = FELT_BYTES - shape.keyBytes
  for (let i = 0; i < count - 1; i++) if (page[offset + 2 + i] !== key[first + i]) return false
  const mask = 0xff << ((KEY_BITS - depth) & 7)
  return page[offset + 1 + count] === (key[first + count - 1]! & mask & 0xff)
}

/** The big-endian number of `length` bytes as a felt. */
function copyOf(page: Uint8Array, offset: number, length: number): Felt {
  const out = new Uint8Array(FELT_BYTES)
  copyBytes(page, offset, out, FELT_BYTES - length, length)
  return out
}
