/**
 * Pages: how tries lie in the database.
 *
 * One page holds all binary nodes of one trie whose depth lies in [D, D + 4) below one path of D bits, D a multiple
 * of 4, and the leaves right below them with their values. There is no other copy of the values. Edges are not
 * stored: an edge is the gap between two depths. A trie has one layout only, so equal contents mean equal pages.
 *
 *     key of the page with the root    trieId u32 BE
 *     key of any other page            trieId u32 BE | path | D u8
 *       path  the first ceil((D + 5) / 8) bytes of the 32-byte key below, bits past D cleared
 *
 *     page     [root hash, 32 B, only in the page with the root] | elements, preorder
 *     binary   depth u8 (0 … 250) | outer hash 32 B, absent in the first element | left element | right element
 *     leaf     251 | key: its last K bytes | n u8 | value: its last n bytes, the first of them not 0
 *                [| outer hash 32 B, only in the contracts trie and not in the first element]
 *     stub     252 | depth u8 | path | outer hash 32 B
 *       path  bytes [32 - K, 32 - ((251 - depth) >> 3)) of the 32-byte key below, bits past depth cleared
 *
 * Keys, hashes and values are big-endian. K = 32 in the page with the root, else ceil((251 - D) / 8). A stub is a
 * binary node that has a page of its own, whose key follows from its depth and path. The outer hash is the one the
 * parent hashes: that of the edge above, if there is one. A leaf's is computed when it is needed, but the contracts
 * trie stores it, being small and often written. The root hash is the outer hash of the root.
 *
 * A trie of one leaf is a page of one leaf; an empty trie has no page.
 */
import { FELT_BYTES, type Felt, isBelowPrime } from '../base/felt.ts'
import {
  BINARY,
  bitAt,
  copyBytes,
  HAS_OUTER,
  HAS_OWN,
  KEY_BITS,
  LEADING_BITS,
  LEAF,
  type NodeArena,
  PAGE_LEVELS,
  STUB,
  sharePage,
} from './node-arena.ts'
import { CONTRACTS_TRIE } from './node-source.ts'

export const LEAF_TAG = KEY_BITS
export const STUB_TAG = KEY_BITS + 1

const LEAF_BYTES_MAX = 1 + FELT_BYTES + 1 + FELT_BYTES

/** Full page with the root of a trie of 16 leaves: 1,551 bytes, but in the contracts trie 2,063. */
export const PAGE_BYTES_MAX = FELT_BYTES + 1 + 14 * (1 + FELT_BYTES) + 2 ** PAGE_LEVELS * (LEAF_BYTES_MAX + FELT_BYTES)

/** What the reader of a page must know that the page does not say. */
export interface PageShape {
  readonly isRoot: boolean
  /** The depth that a first element must have if it is binary; -1 in the page with the root, where it may be any. */
  readonly topDepth: number
  /** K of the header. */
  readonly keyBytes: number
  readonly hasLeafHashes: boolean
}

export function rootPageShape(trieId: number): PageShape {
  return { isRoot: true, topDepth: -1, keyBytes: FELT_BYTES, hasLeafHashes: trieId === CONTRACTS_TRIE }
}

/** The page whose top is a node at `depth`. */
export function pageShape(trieId: number, depth: number): PageShape {
  const keyBytes = (KEY_BITS - firstLevel(depth) + 7) >> 3
  return { isRoot: false, topDepth: depth, keyBytes, hasLeafHashes: trieId === CONTRACTS_TRIE }
}

export function rootPageKey(trieId: number): Uint8Array {
  const out = new Uint8Array(4)
  writeTrieId(out, trieId)
  return out
}

/** The key of the page whose top is a node at `depth` on the way to the key at `keys[offset, offset + 32)`. */
export function pageKey(trieId: number, depth: number, keys: Uint8Array, offset: number): Uint8Array {
  const level = firstLevel(depth)
  const bits = level + LEADING_BITS
  const length = (bits + 7) >> 3
  const out = new Uint8Array(4 + length + 1)
  writeTrieId(out, trieId)
  copyBytes(keys, offset, out, 4, length)
  out[3 + length]! &= 0xff << (length * 8 - bits)
  out[4 + length] = level
  return out
}

function writeTrieId(out: Uint8Array, trieId: number): void {
  out[0] = trieId >>> 24
  out[1] = trieId >>> 16
  out[2] = trieId >>> 8
  out[3] = trieId
}

function firstLevel(depth: number): number {
  return depth - (depth % PAGE_LEVELS)
}

/** @throws RangeError unless `key` is 32 bytes below 2^251. */
export function assertKey(key: Felt): void {
  if (key.length !== FELT_BYTES || key[0]! >> (8 - LEADING_BITS) !== 0) {
    throw new RangeError(`not a trie key: 0x${Buffer.from(key).toString('hex')}`)
  }
}

export function elementsStart(shape: PageShape): number {
  return shape.isRoot ? FELT_BYTES : 0
}

/**
 * Bytes of the element at `offset` without those below it; `hashBytes` is 0 for the first of a page, else 32.
 * More than the page has when it is malformed, so a walk over the elements ends.
 */
export function elementBytes(page: Uint8Array, offset: number, shape: PageShape, hashBytes: number): number {
  const tag = page[offset]!
  if (tag === LEAF_TAG) {
    const valueBytes = page[offset + 1 + shape.keyBytes]
    if (valueBytes === undefined || valueBytes === 0 || valueBytes > FELT_BYTES) return page.length + 1
    return 1 + shape.keyBytes + 1 + valueBytes + (shape.hasLeafHashes ? hashBytes : 0)
  }
  if (tag === STUB_TAG) {
    const depth = page[offset + 1]
    const topDepth = page[elementsStart(shape)]!
    if (depth === undefined || depth >= KEY_BITS || !isBelowPage(depth, topDepth)) return page.length + 1
    return 2 + stubPathBytes(shape, depth) + FELT_BYTES
  }
  const isFirstOfPage = hashBytes === 0 && !shape.isRoot
  if (tag > STUB_TAG || (isFirstOfPage && tag !== shape.topDepth)) return page.length + 1
  return 1 + hashBytes
}

function isBelowPage(depth: number, topDepth: number): boolean {
  return depth > topDepth && !sharePage(depth, topDepth)
}

/** Bytes of path in a stub. */
export function stubPathBytes(shape: PageShape, depth: number): number {
  return shape.keyBytes - ((KEY_BITS - depth) >> 3)
}

/**
 * Adds the nodes of a page below `top`, which becomes the page's first element: a new root, or the stub that the page
 * belongs to, whose hashes, flags and key stay. False when the bytes are no page; the arena is then of no more use.
 */
export function decodePage(arena: NodeArena, top: number, page: Uint8Array, shape: PageShape): boolean {
  if (shape.isRoot && decodeOuter(arena, top, page, 0) < 0) return false
  const end = decodeElement(arena, top, top, page, elementsStart(shape), shape)
  return end === page.length && arena.keys[top * FELT_BYTES]! >> (8 - LEADING_BITS) === 0
}

/** The offset behind the element, or -1. Depths rise within one page's levels, which bounds the recursion. */
function decodeElement(
  arena: NodeArena,
  node: number,
  top: number,
  page: Uint8Array,
  start: number,
  shape: PageShape,
): number {
  if (start < 0 || start >= page.length) return -1
  const tag = page[start]!
  if (node !== top) arena.copyKey(top, node)
  if (tag === LEAF_TAG) {
    if (node === top && !shape.isRoot) return -1
    return decodeLeaf(arena, node, page, start + 1, shape, shape.hasLeafHashes && node !== top)
  }
  if (tag === STUB_TAG) return node === top ? -1 : decodeStub(arena, node, top, page, start + 1, shape)
  if (tag > STUB_TAG) return -1
  let offset = start + 1
  if (node === top) {
    if (!shape.isRoot && tag !== shape.topDepth) return -1
  } else {
    if (tag <= arena.depth[arena.up[node]!]! || !sharePage(tag, arena.depth[top]!)) return -1
    offset = decodeOuter(arena, node, page, offset)
  }
  arena.kind[node] = BINARY
  arena.depth[node] = tag
  takeOwnFromOuter(arena, node)
  const left = arena.add(LEAF, KEY_BITS, node)
  const right = arena.add(LEAF, KEY_BITS, node)
  arena.left[node] = left
  arena.right[node] = right
  offset = decodeElement(arena, left, top, page, offset, shape)
  offset = decodeElement(arena, right, top, page, offset, shape)
  if (offset < 0 || !isFork(arena, tag, left, right)) return -1
  if (node === top && !shape.isRoot && arena.firstDifference(node, left) < tag) return -1
  arena.copyKey(left, node)
  return offset
}

/** Whether the keys of the children part at `depth`. With this everywhere, every key is where it belongs. */
function isFork(arena: NodeArena, depth: number, left: number, right: number): boolean {
  return arena.firstDifference(left, right) === depth && bitAt(arena.keys, left * FELT_BYTES, depth) === 0
}

function decodeLeaf(
  arena: NodeArena,
  node: number,
  page: Uint8Array,
  start: number,
  shape: PageShape,
  hasHash: boolean,
): number {
  const { keyBytes } = shape
  const end = (node + 1) * FELT_BYTES
  let offset = start
  copyBytes(page, offset, arena.keys, end - keyBytes, keyBytes)
  offset += keyBytes
  const valueBytes = page[offset++]
  if (valueBytes === undefined || valueBytes === 0 || valueBytes > FELT_BYTES) return -1
  if (offset + valueBytes > page.length) return -1
  copyBytes(page, offset, arena.own, end - valueBytes, valueBytes)
  offset += valueBytes
  if (!isBelowPrime(arena.own, node * FELT_BYTES)) return -1
  arena.kind[node] = LEAF
  arena.depth[node] = KEY_BITS
  arena.flags[node]! |= HAS_OWN
  return hasHash ? decodeOuter(arena, node, page, offset) : offset
}

function decodeStub(
  arena: NodeArena,
  node: number,
  top: number,
  page: Uint8Array,
  start: number,
  shape: PageShape,
): number {
  const depth = page[start]
  if (depth === undefined || depth >= KEY_BITS || !isBelowPage(depth, arena.depth[top]!)) return -1
  const pathBytes = stubPathBytes(shape, depth)
  const end = (node + 1) * FELT_BYTES
  copyBytes(page, start + 1, arena.keys, end - shape.keyBytes, pathBytes)
  arena.kind[node] = STUB
  arena.depth[node] = depth
  const offset = decodeOuter(arena, node, page, start + 1 + pathBytes)
  takeOwnFromOuter(arena, node)
  return offset
}

function decodeOuter(arena: NodeArena, node: number, page: Uint8Array, offset: number): number {
  if (offset + FELT_BYTES > page.length) return -1
  copyBytes(page, offset, arena.outer, node * FELT_BYTES, FELT_BYTES)
  arena.flags[node]! |= HAS_OUTER
  return isBelowPrime(arena.outer, node * FELT_BYTES) ? offset + FELT_BYTES : -1
}

function takeOwnFromOuter(arena: NodeArena, node: number): void {
  if ((arena.flags[node]! & (HAS_OUTER | HAS_OWN)) === HAS_OUTER && arena.edgeLength(node) === 0) {
    arena.copyOuterToOwn(node)
  }
}

/** Writes the page whose first element is `top` to the start of `out` (`PAGE_BYTES_MAX`); returns its length. */
export function encodePage(arena: NodeArena, top: number, shape: PageShape, out: Uint8Array): number {
  if (shape.isRoot) encodeOuter(arena, top, out, 0)
  return encodeElement(arena, top, top, shape, out, elementsStart(shape))
}

function encodeElement(
  arena: NodeArena,
  node: number,
  top: number,
  shape: PageShape,
  out: Uint8Array,
  start: number,
): number {
  const depth = arena.depth[node]!
  if (arena.kind[node] === LEAF) return encodeLeaf(arena, node, shape, shape.hasLeafHashes && node !== top, out, start)
  if (!sharePage(depth, arena.depth[top]!)) return encodeStub(arena, node, shape, out, start)
  if (arena.kind[node] === STUB) throw new Error('a node of this page is not loaded')
  let offset = start
  out[offset++] = depth
  if (node !== top) offset = encodeOuter(arena, node, out, offset)
  offset = encodeElement(arena, arena.left[node]!, top, shape, out, offset)
  return encodeElement(arena, arena.right[node]!, top, shape, out, offset)
}

function encodeLeaf(
  arena: NodeArena,
  node: number,
  shape: PageShape,
  hasHash: boolean,
  out: Uint8Array,
  start: number,
): number {
  const { keyBytes } = shape
  const end = (node + 1) * FELT_BYTES
  let offset = start
  out[offset++] = LEAF_TAG
  copyBytes(arena.keys, end - keyBytes, out, offset, keyBytes)
  offset += keyBytes
  let valueBytes = FELT_BYTES
  while (valueBytes > 0 && arena.own[end - valueBytes] === 0) valueBytes--
  out[offset++] = valueBytes
  copyBytes(arena.own, end - valueBytes, out, offset, valueBytes)
  offset += valueBytes
  return hasHash ? encodeOuter(arena, node, out, offset) : offset
}

function encodeStub(arena: NodeArena, node: number, shape: PageShape, out: Uint8Array, start: number): number {
  const depth = arena.depth[node]!
  const pathBytes = stubPathBytes(shape, depth)
  let offset = start
  out[offset++] = STUB_TAG
  out[offset++] = depth
  copyBytes(arena.keys, (node + 1) * FELT_BYTES - shape.keyBytes, out, offset, pathBytes)
  offset += pathBytes
  out[offset - 1]! &= 0xff << ((KEY_BITS - depth) & 7)
  return encodeOuter(arena, node, out, offset)
}

function encodeOuter(arena: NodeArena, node: number, out: Uint8Array, offset: number): number {
  copyBytes(arena.outer, node * FELT_BYTES, out, offset, FELT_BYTES)
  return offset + FELT_BYTES
}
