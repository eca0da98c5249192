import type { Felt } from '../base/felt.ts'
import type { BlockHeader } from '../chain/block.ts'
import { ByteWriter } from '../chain/codec.ts'
import type { LedgerMask } from '../chain/ledger.ts'
import { FIRST_STORAGE_TRIE, type PageChange } from '../trie/node-source.ts'
import { type KeyValueEngine, type RangeBounds, readSnapshot } from './engine.ts'
import type { SegmentBatch, Segments } from './segments.ts'
import { writeFailed } from './store-error.ts'
import { StoreView } from './store-view.ts'
import { TableReader } from './table-reader.ts'
import { TableWrites } from './table-writes.ts'
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
  HEADERS,
  type Head,
  NEXT_CONTRACT_ID,
  NONCE_HISTORY,
  PAGE_UNDO,
  PAGES,
  SEGMENTS,
  STORAGE_HISTORY,
  TX_INDEX,
  VERIFICATION,
} from './tables.ts'

/** For how many blocks back `pagesAt` can answer: about 1 MB a block (trie 7). */
export const PAGE_UNDO_BLOCKS = 128

/** Of memory that is kept from batch to batch: a range of 64 full blocks takes half of it. */
const SPARE_BYTES_MAX = 2 ** 25

export interface NewBlock {
  readonly header: BlockHeader
  /** `encodeBlockFrame` */
  readonly blockFrame: Uint8Array
  /** `encodeStateFrame` */
  readonly stateFrame: Uint8Array
  /** By index. */
  readonly transactionHashes: readonly Felt[]
}

export interface NewClass extends ClassRecord {
  /** The exact text. */
  readonly body: Uint8Array
}

/** What a batch writes to. */
export interface BatchTarget {
  readonly engine: KeyValueEngine
  readonly segments: Segments
  /** Batches committed so far. */
  commits: number
  /** Memory for the rows of the next batch: growing anew each time would keep the garbage collector busy. */
  spareLog?: ByteWriter | undefined
}

/**
 * Writes that become visible together at `commit`, or never: a batch that is dropped leaves nothing. Of several writes
 * to one thing the last counts, and removing what is not there does nothing. Reads go through a view, which does not see
 * the batch. Bytes given to it must not change before `commit`. One batch at a time.
 */
export class StoreBatch {
  readonly #target: BatchTarget
  readonly #base: number
  readonly #payloads: SegmentBatch
  readonly #log: ByteWriter
  readonly #rows: TableWrites
  #nextContractId: number | undefined
  #isOver = false

  constructor(target: BatchTarget) {
    this.#target = target
    this.#base = target.commits
    this.#payloads = target.segments.begin()
    this.#log = target.spareLog ?? new ByteWriter()
    this.#rows = new TableWrites(this.#log)
    target.spareLog = undefined
  }

  /** Undefined when the last block was removed. */
  setHead(head: Head | undefined): void {
    this.#rows.setMeta(HEAD, head)
  }

  /** @throws StoreError PAYLOAD_TOO_LARGE */
  putBlock({ header, blockFrame, stateFrame, transactionHashes }: NewBlock): void {
    const { number } = header
    this.#rows.put(HEADERS, number, {
      header,
      blockFrame: this.#payloads.append(blockFrame),
      stateFrame: this.#payloads.append(stateFrame),
    })
    this.#rows.put(BLOCK_HASHES, header.hash, number)
    transactionHashes.forEach((hash, index) => {
      this.#rows.put(TX_INDEX, { hash, number, index }, NOTHING)
    })
  }

  /** Takes out what `putBlock` and `putVerification` wrote of a stored block. @throws StoreError when it is damaged */
  removeBlock(number: number): void {
    const { engine, segments } = this.#target
    const [hash, frame] = readSnapshot(engine, (snapshot) => {
      const view = new StoreView(snapshot, segments)
      return [view.blockHashAt(number), view.blockFrame(number)]
    })
    if (hash === undefined || frame === undefined) throw new Error(`block ${number} is not stored`)
    for (let index = 0; index < frame.transactionCount; index++) {
      this.#rows.del(TX_INDEX, { hash: frame.transactionHash(index), number, index })
    }
    this.#rows.del(BLOCK_HASHES, hash)
    this.#rows.del(HEADERS, number)
    this.#rows.del(VERIFICATION, number)
  }

  putVerification(number: number, checks: LedgerMask): void {
    this.#rows.put(VERIFICATION, number, checks)
  }

  /**
   * The id of a new contract and of its storage trie: `FIRST_STORAGE_TRIE` and up, each used once. Take them by block,
   * within a block by address: ids are part of the digest.
   */
  newContractId(): number {
    const id = this.#contractIds()
    this.#nextContractId = id + 1
    return id
  }

  /**
   * The contract after the newest block. When it is new it also gets an entry in the class hash history, `ZERO` if it has
   * no class (0x1, 0x2), for that says from which block on it exists.
   */
  setContract(address: Felt, contract: ContractRecord): void {
    this.#rows.put(CONTRACTS, address, contract)
  }

  /**
   * Takes back `setContract` and `newContractId` of a stored contract, not its histories. Contracts go as they came: all
   * those that a block created, the newest block first.
   */
  removeContract(address: Felt): void {
    const { engine } = this.#target
    const contract = readSnapshot(engine, (snapshot) => new TableReader(snapshot).get(CONTRACTS, address))
    if (contract === undefined) throw new Error('the contract to remove is not stored')
    this.#rows.del(CONTRACTS, address)
    this.#nextContractId = Math.min(this.#contractIds(), contract.id)
  }

  addStorageHistory(contractId: number, key: Felt, number: number, value: Felt): void {
    this.#rows.put(STORAGE_HISTORY, { contractId, key, number }, value)
  }

  removeStorageHistory(contractId: number, key: Felt, number: number): void {
    this.#rows.del(STORAGE_HISTORY, { contractId, key, number })
  }

  addNonceHistory(contractId: number, number: number, nonce: Felt): void {
    this.#rows.put(NONCE_HISTORY, { contractId, number }, nonce)
  }

  removeNonceHistory(contractId: number, number: number): void {
    this.#rows.del(NONCE_HISTORY, { contractId, number })
  }

  addClassHashHistory(contractId: number, number: number, classHash: Felt): void {
    this.#rows.put(CLASS_HASH_HISTORY, { contractId, number }, classHash)
  }

  removeClassHashHistory(contractId: number, number: number): void {
    this.#rows.del(CLASS_HASH_HISTORY, { contractId, number })
  }

  /** @throws StoreError PAYLOAD_TOO_LARGE */
  putClass(hash: Felt, { kind, declaredAt, isVerified, body }: NewClass): void {
    this.#rows.put(CLASSES, hash, { kind, declaredAt, isVerified, body: this.#payloads.append(body) })
  }

  /** And its compiled class, if there is one. */
  removeClass(hash: Felt): void {
    this.#rows.del(CLASSES, hash)
    this.#rows.del(CASM, hash)
  }

  /** What the leaf of the class trie hashes from block `number` on: at the declaration and at a migration. */
  addCompiledClassHash(classHash: Felt, number: number, compiledClassHash: Felt): void {
    this.#rows.put(COMPILED_CLASS_HASHES, { classHash, number }, compiledClassHash)
  }

  removeCompiledClassHash(classHash: Felt, number: number): void {
    this.#rows.del(COMPILED_CLASS_HASHES, { classHash, number })
  }

  /** @throws StoreError PAYLOAD_TOO_LARGE */
  putCasm(classHash: Felt, body: Uint8Array): void {
    this.#rows.put(CASM, classHash, this.#payloads.append(body))
  }

  /**
   * The tries as block `number` leaves them, −1 for the empty ones; at most once a batch. For the block right after the
   * stored head, what it replaces is kept for `pagesAt`, for `PAGE_UNDO_BLOCKS` blocks. Several blocks at once keep
   * nothing, as no block among them could be answered for. Going back drops what was kept of the blocks above.
   */
  applyPages(changes: Iterable<PageChange>, number: number): void {
    const isNext = readSnapshot(this.#target.engine, (snapshot) => {
      const rows = new TableReader(snapshot)
      const head = rows.meta(HEAD)?.number ?? -1
      if (number <= head) this.#removeUndo(rows, { from: undoKey(number + 1) })
      else this.#removeUndo(rows, { to: undoKey(Math.max(0, number - PAGE_UNDO_BLOCKS + 1)) })
      return number === head + 1
    })
    if (isNext) this.#rows.put(PAGE_UNDO, { number, pageKey: NOTHING }, NOTHING)
    for (const { key, page, old } of changes) {
      if (page === undefined) this.#rows.del(PAGES, key)
      else this.#rows.put(PAGES, key, page)
      if (isNext) this.#rows.put(PAGE_UNDO, { number, pageKey: key }, old ?? NOTHING)
    }
  }

  /**
   * Makes it all visible. A kill at any moment leaves all or nothing; a power cut may take the newest commits until
   * `Store.flush` resolved. @throws StoreError WRITE_FAILED: nothing of it is stored, and the batch is of no more use.
   */
  commit(): void {
    const { engine, segments, commits } = this.#target
    if (this.#isOver || commits !== this.#base)
      throw new Error('the batch was committed, or another one since it began')
    this.#isOver = true
    for (const [segment, length] of this.#payloads.lengths) this.#rows.put(SEGMENTS, segment, length)
    if (this.#nextContractId !== undefined) this.#rows.setMeta(NEXT_CONTRACT_ID, this.#nextContractId)
    segments.write(this.#payloads)
    try {
      this.#rows.apply(engine)
    } catch (cause) {
      throw writeFailed('cannot commit', cause)
    }
    segments.advance(this.#payloads)
    this.#target.commits += 1
    if (this.#log.buffer.length <= SPARE_BYTES_MAX) this.#target.spareLog = this.#log
  }

  #contractIds(): number {
    if (this.#nextContractId !== undefined) return this.#nextContractId
    const stored = readSnapshot(this.#target.engine, (snapshot) => new TableReader(snapshot).meta(NEXT_CONTRACT_ID))
    return stored ?? FIRST_STORAGE_TRIE
  }

  #removeUndo(rows: TableReader, bounds: RangeBounds): void {
    for (const key of rows.keys(PAGE_UNDO, bounds)) this.#rows.del(PAGE_UNDO, key)
  }
}

const NOTHING = new Uint8Array(0)

/** Where the undo rows of a block begin. */
function undoKey(number: number): Uint8Array {
  return PAGE_UNDO.key.encode({ number, pageKey: NOTHING })
}
