import { FELT_BYTES, type Felt } from '../base/felt.ts'
import { type BlockHeader, headerCodec } from '../chain/block.ts'
import { type Codec, felt, list, oneOf, struct, text, u32 } from '../chain/codec.ts'
import type { LedgerMask } from '../chain/ledger.ts'
import {
  bytesField,
  codecRecord,
  feltField,
  type RecordCodec,
  record,
  restField,
  shortFeltField,
  single,
  u32Field,
} from './record-codec.ts'
import type { PayloadLocation } from './segments.ts'

/**
 * The table of tables. Keys are big-endian, and what has a history ends in the block number, so that the newest entry
 * up to block n is one `seekLE`. Numbers are never used again; another layout of a row is another `SCHEMA_VERSION`.
 */
export interface Table<Key, Value> {
  readonly number: number
  readonly name: string
  readonly key: RecordCodec<Key>
  readonly value: RecordCodec<Value>
  /** How many payload locations end the value. */
  readonly payloads: number
  /** Whether equal blocks give equal rows, but for locations, whatever the way here: these rows make the digest. */
  readonly isChain: boolean
}

export const SCHEMA_VERSION = 1

/** The newest block. */
export interface Head {
  readonly number: number
  readonly hash: Felt
  readonly stateRoot: Felt
  /** Empty before 0.9.1. */
  readonly version: string
}

/** Whose blocks a store holds. A `Network` fits. */
export interface ChainIdentity {
  readonly name: string
  readonly chainIds: readonly Felt[]
}

export interface HeaderRecord {
  readonly header: BlockHeader
  readonly blockFrame: PayloadLocation
  readonly stateFrame: PayloadLocation
}

export interface TransactionPlace {
  readonly number: number
  readonly index: number
}

export interface ContractRecord {
  /** Also the id of its storage trie: `FIRST_STORAGE_TRIE` or above. */
  readonly id: number
  readonly classHash: Felt
  readonly nonce: Felt
}

export type ClassKind = 'cairo0' | 'sierra'

export interface ClassRecord {
  readonly kind: ClassKind
  /** The block that declared it, or first used it where none did. */
  readonly declaredAt: number
  /** False for a Cairo 0 class whose hash is on the list of those nobody can recompute. */
  readonly isVerified: boolean
}

const location: Codec<PayloadLocation> = struct({ segment: u32, offset: u32, length: u32 })

export const PAYLOAD_LOCATION: RecordCodec<PayloadLocation> = codecRecord(location)
export const LOCATION_BYTES = 12

const byNumber = single(u32Field)
const byHash = single(feltField)
const byContractAndNumber = record<{ contractId: number; number: number }>({ contractId: u32Field, number: u32Field })
const shortFelt = single(shortFeltField)
const bytes = single(restField)

const chain = { isChain: true, payloads: 0 } as const
const local = { isChain: false, payloads: 0 } as const

/** name of a `MetaField` → its value */
export const META: Table<Uint8Array, Uint8Array> = { ...local, number: 0, name: 'meta', key: bytes, value: bytes }

/** segment → its committed length in bytes */
export const SEGMENTS: Table<number, number> = {
  ...local,
  number: 1,
  name: 'segments',
  key: byNumber,
  value: single(u32Field),
}

/** number → header, and where the frames lie */
export const HEADERS: Table<number, HeaderRecord> = {
  ...chain,
  number: 2,
  name: 'headers',
  key: byNumber,
  value: codecRecord(struct<HeaderRecord>({ header: headerCodec, blockFrame: location, stateFrame: location })),
  payloads: 2,
}

/** block hash → number */
export const BLOCK_HASHES: Table<Felt, number> = {
  ...chain,
  number: 3,
  name: 'blockHashes',
  key: byHash,
  value: single(u32Field),
}

/** first 8 bytes of the transaction hash ‖ number ‖ index → nothing. So hashes that begin alike have a row each. */
export const TX_INDEX: Table<TransactionPlace & { readonly hash: Felt }, Uint8Array> = {
  ...chain,
  number: 4,
  name: 'txIndex',
  key: record({ hash: bytesField(8), number: u32Field, index: u32Field }),
  value: bytes,
}

/** address → contract id, class hash, nonce: the newest state */
export const CONTRACTS: Table<Felt, ContractRecord> = {
  ...chain,
  number: 5,
  name: 'contracts',
  key: byHash,
  value: record<ContractRecord>({ id: u32Field, classHash: feltField, nonce: shortFeltField }),
}

/** page key → page (trie/page-codec.ts): the newest state */
export const PAGES: Table<Uint8Array, Uint8Array> = { ...chain, number: 6, name: 'pages', key: bytes, value: bytes }

/** contract id ‖ slot ‖ number → value */
export const STORAGE_HISTORY: Table<{ contractId: number; key: Felt; number: number }, Felt> = {
  ...chain,
  number: 7,
  name: 'storageHistory',
  key: record({ contractId: u32Field, key: feltField, number: u32Field }),
  value: shortFelt,
}

/** contract id ‖ number → nonce */
export const NONCE_HISTORY: Table<{ contractId: number; number: number }, Felt> = {
  ...chain,
  number: 8,
  name: 'nonceHistory',
  key: byContractAndNumber,
  value: shortFelt,
}

/** contract id ‖ number → class hash; the first entry says since when the contract exists */
export const CLASS_HASH_HISTORY: Table<{ contractId: number; number: number }, Felt> = {
  ...chain,
  number: 9,
  name: 'classHashHistory',
  key: byContractAndNumber,
  value: shortFelt,
}

/** class hash → kind, declaration, and where the text lies */
export const CLASSES: Table<Felt, ClassRecord & { readonly body: PayloadLocation }> = {
  ...chain,
  number: 10,
  name: 'classes',
  key: byHash,
  value: codecRecord(
    struct<ClassRecord & { readonly body: PayloadLocation }>({
      kind: oneOf<ClassKind>('cairo0', 'sierra'),
      declaredAt: u32,
      isVerified: oneOf(false, true),
      body: location,
    }),
  ),
  payloads: 1,
}

/** class hash ‖ number → compiled class hash: at the declaration and at migrations */
export const COMPILED_CLASS_HASHES: Table<{ classHash: Felt; number: number }, Felt> = {
  ...chain,
  number: 11,
  name: 'compiledClassHashes',
  key: record({ classHash: feltField, number: u32Field }),
  value: shortFelt,
}

/** class hash → where the compiled class lies, as far as it was fetched */
export const CASM: Table<Felt, PayloadLocation> = {
  ...local,
  number: 12,
  name: 'casm',
  key: byHash,
  value: PAYLOAD_LOCATION,
  payloads: 1,
}

/**
 * number ‖ page key → the page before that block, empty where there was none. The row with an empty page key says that
 * the block's pages were kept.
 */
export const PAGE_UNDO: Table<{ number: number; pageKey: Uint8Array }, Uint8Array> = {
  ...local,
  number: 13,
  name: 'pageUndo',
  key: record({ number: u32Field, pageKey: restField }),
  value: bytes,
}

/** number → what was verified */
export const VERIFICATION: Table<number, LedgerMask> = {
  ...local,
  number: 14,
  name: 'verification',
  key: byNumber,
  value: single(u32Field),
}

/** By number. */
export const TABLES: readonly Omit<Table<never, unknown>, 'key' | 'value'>[] = [
  META,
  SEGMENTS,
  HEADERS,
  BLOCK_HASHES,
  TX_INDEX,
  CONTRACTS,
  PAGES,
  STORAGE_HISTORY,
  NONCE_HISTORY,
  CLASS_HASH_HISTORY,
  CLASSES,
  COMPILED_CLASS_HASHES,
  CASM,
  PAGE_UNDO,
  VERIFICATION,
]

/** One value of the table `meta`. Names are never used again. */
export interface MetaField<T> {
  readonly name: Uint8Array
  readonly value: RecordCodec<T>
}

export const SCHEMA: MetaField<number> = { name: Buffer.from('schema'), value: single(u32Field) }

export const CHAIN: MetaField<ChainIdentity> = {
  name: Buffer.from('chain'),
  value: codecRecord(struct<ChainIdentity>({ name: text, chainIds: list(felt) })),
}

export const HEAD: MetaField<Head> = {
  name: Buffer.from('head'),
  value: codecRecord(struct<Head>({ number: u32, hash: felt, stateRoot: felt, version: text })),
}

/** The id of the next new contract. */
export const NEXT_CONTRACT_ID: MetaField<number> = { name: Buffer.from('nextContractId'), value: single(u32Field) }

/** Where the block hash lies in a value of `HEADERS`, which begins with the number. */
export const HEADER_HASH = { start: 4, end: 4 + FELT_BYTES } as const
