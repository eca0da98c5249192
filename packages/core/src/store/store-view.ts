import { type Felt, ZERO } from '../base/felt.ts'
import type { BlockHeader } from '../chain/block.ts'
import { BlockFrame, decodeStateFrame } from '../chain/frame.ts'
import type { LedgerMask } from '../chain/ledger.ts'
import type { StateUpdate } from '../chain/state-update.ts'
import type { NodeSource } from '../trie/node-source.ts'
import type { KeyValueSnapshot } from './engine.ts'
import { U32_MAX } from './record-codec.ts'
import type { PayloadLocation, Segments } from './segments.ts'
import { DAMAGED_HINT, StoreError } from './store-error.ts'
import { TableReader } from './table-reader.ts'
import {
  BLOCK_HASHES,
  CASM,
  CLASS_HASH_HISTORY,
  CLASSES,
  type ClassRecord,
  COMPILED_CLASS_HASHES,
  CONTRACTS,
  type ContractRecord,
  HEAD,
  HEADER_HASH,
  HEADERS,
  type Head,
  type HeaderRecord,
  NONCE_HISTORY,
  PAGE_UNDO,
  PAGES,
  STORAGE_HISTORY,
  type TransactionPlace,
  TX_INDEX,
  VERIFICATION,
} from './tables.ts'

/**
 * The store as it was at one commit. Every read is a plain synchronous function, and what it returns is the caller's.
 * Numbers are block numbers; −1 is before the first block, and above the head the state is that of the head. Any read may
 * throw StoreError when the store is damaged, and Error (a bug) once the view is disposed.
 */
export class StoreView implements Disposable {
  readonly #snapshot: KeyValueSnapshot
  readonly #segments: Segments
  readonly #rows: TableReader
  /** The last frame read: a transaction is looked up and then taken out of the same block. */
  #lastFrame: { readonly location: PayloadLocation; readonly frame: BlockFrame } | undefined

  constructor(snapshot: KeyValueSnapshot, segments: Segments) {
    this.#snapshot = snapshot
    this.#segments = segments
    this.#rows = new TableReader(snapshot)
  }

  /** The newest block, undefined in an empty store. */
  head(): Head | undefined {
    return this.#rows.meta(HEAD)
  }

  headerAt(number: number): BlockHeader | undefined {
    return this.#headerRecord(number)?.header
  }

  blockHashAt(number: number): Felt | undefined {
    const bytes = isU32(number) ? this.#rows.getBytes(HEADERS, number) : undefined
    return bytes?.subarray(HEADER_HASH.start, HEADER_HASH.end)
  }

  blockNumberOf(hash: Felt): number | undefined {
    return this.#rows.get(BLOCK_HASHES, hash)
  }

  /** Transactions and receipts, decoded one by one as they are asked for. */
  blockFrame(number: number): BlockFrame | undefined {
    const location = this.#headerRecord(number)?.blockFrame
    if (location === undefined) return undefined
    const last = this.#lastFrame
    if (last?.location.segment === location.segment && last.location.offset === location.offset) return last.frame
    const frame = new BlockFrame(this.#segments.read(location))
    this.#lastFrame = { location, frame }
    return frame
  }

  stateUpdateAt(number: number): StateUpdate | undefined {
    const location = this.#headerRecord(number)?.stateFrame
    return location && decodeStateFrame(this.#segments.read(location))
  }

  /** Where the transaction is; where its hash occurs more than once, the first place. */
  transactionAt(hash: Felt): TransactionPlace | undefined {
    const from = TX_INDEX.key.encode({ hash, number: 0, index: 0 })
    const to = TX_INDEX.key.encode({ hash, number: U32_MAX, index: U32_MAX })
    for (const { number, index } of this.#rows.keys(TX_INDEX, { from, to })) {
      const frame = this.blockFrame(number)
      if (frame === undefined || index >= frame.transactionCount) throw damaged(TX_INDEX.name, number)
      if (Buffer.compare(frame.transactionHash(index), hash) === 0) return { number, index }
    }
    return undefined
  }

  verificationAt(number: number): LedgerMask | undefined {
    return isU32(number) ? this.#rows.get(VERIFICATION, number) : undefined
  }

  /** A contract as the newest block left it. */
  contract(address: Felt): ContractRecord | undefined {
    return this.#rows.get(CONTRACTS, address)
  }

  /** After block `number`: `ZERO` for a key that was not written, undefined when there was no such contract. */
  storageAt(address: Felt, key: Felt, number: number): Felt | undefined {
    const contractId = this.contract(address)?.id
    if (contractId === undefined) return undefined
    const value = this.#rows.newest(STORAGE_HISTORY, { contractId, key, number })
    return value ?? (this.#existsAt(contractId, number) ? ZERO : undefined)
  }

  /** The block at or before `number` that wrote the slot last, be it zero; undefined when none did. */
  storageUpdatedAt(address: Felt, key: Felt, number: number): number | undefined {
    const contractId = this.contract(address)?.id
    return contractId === undefined ? undefined : this.#rows.newestNumber(STORAGE_HISTORY, { contractId, key, number })
  }

  /** After block `number`: undefined when there was no such contract. */
  nonceAt(address: Felt, number: number): Felt | undefined {
    const contractId = this.contract(address)?.id
    if (contractId === undefined) return undefined
    const nonce = this.#rows.newest(NONCE_HISTORY, { contractId, number })
    return nonce ?? (this.#existsAt(contractId, number) ? ZERO : undefined)
  }

  /** After block `number`: `ZERO` for a contract without a class (0x1, 0x2), undefined when there was no such contract. */
  classHashAt(address: Felt, number: number): Felt | undefined {
    const contractId = this.contract(address)?.id
    return contractId === undefined ? undefined : this.#rows.newest(CLASS_HASH_HISTORY, { contractId, number })
  }

  classRecord(hash: Felt): ClassRecord | undefined {
    const found = this.#rows.get(CLASSES, hash)
    return found && { kind: found.kind, declaredAt: found.declaredAt, isVerified: found.isVerified }
  }

  /** The exact text of the class. */
  classBody(hash: Felt): Uint8Array | undefined {
    const location = this.#rows.get(CLASSES, hash)?.body
    return location && this.#segments.read(location)
  }

  /** The class's compiled class hash after block `number`; undefined before its declaration and for Cairo 0 classes. */
  compiledClassHashAt(classHash: Felt, number: number): Felt | undefined {
    return this.#rows.newest(COMPILED_CLASS_HASHES, { classHash, number })
  }

  casmBody(classHash: Felt): Uint8Array | undefined {
    const location = this.#rows.get(CASM, classHash)
    return location && this.#segments.read(location)
  }

  /** The pages of all tries as the newest block left them. */
  get pages(): NodeSource {
    return { getPage: (key) => this.#rows.lend(PAGES, key) }
  }

  /** The pages as block `number` left them, undefined where they were not kept; `StoreBatch.applyPages` says when. */
  pagesAt(number: number): NodeSource | undefined {
    const head = this.head()?.number ?? -1
    for (let at = head; at > number; at--) {
      if (!this.#rows.has(PAGE_UNDO, { number: at, pageKey: NO_PAGE })) return undefined
    }
    if (number < 0 || number > head) return undefined
    return {
      getPage: (pageKey) => {
        for (let at = number + 1; at <= head; at++) {
          const page = this.#rows.lend(PAGE_UNDO, { number: at, pageKey })
          if (page !== undefined) return page.length === 0 ? undefined : page
        }
        return this.#rows.lend(PAGES, pageKey)
      },
    }
  }

  [Symbol.dispose](): void {
    this.#snapshot[Symbol.dispose]()
  }

  #headerRecord(number: number): HeaderRecord | undefined {
    return isU32(number) ? this.#rows.get(HEADERS, number) : undefined
  }

  #existsAt(contractId: number, number: number): boolean {
    return this.#rows.newest(CLASS_HASH_HISTORY, { contractId, number }) !== undefined
  }
}

function isU32(number: number): boolean {
  return number >>> 0 === number
}

const NO_PAGE = new Uint8Array(0)

function damaged(table: string, number: number): StoreError {
  const data = { code: 'RECORD_DAMAGED', table, number } as const
  return new StoreError(`the table ${table} names block ${number}, which is not there`, data, { hint: DAMAGED_HINT })
}
