import type { Felt } from '../base/felt.ts'
import { type BlockHeader, headerCodec } from './block.ts'
import { ByteReader, ByteWriter, decode, encode, felt } from './codec.ts'
import { type Receipt, receiptCodec } from './receipt.ts'
import { type StateUpdate, stateUpdateCodec } from './state-update.ts'
import { type Transaction, transactionCodec } from './transaction.ts'

/**
 * The layout of what is stored of a block, and of what travels on the bus: two frames.
 *
 *     BLOCK frame  u32 n ‖ u32 offset × (2n + 1) ‖ header ‖ (transaction ‖ receipt) × n
 *     STATE frame  the state update
 *
 * Offsets count from the start of the frame; entry 2i is transaction i, 2i + 1 its receipt, the last one the end. So
 * a reader takes one transaction out without decoding the others. Compression is the store's.
 */
export interface Block {
  readonly header: BlockHeader
  readonly transactions: readonly Transaction[]
  readonly receipts: readonly Receipt[]
}

export function encodeBlockFrame(block: Block): Uint8Array {
  const count = block.transactions.length
  const to = new ByteWriter()
  to.u32(count)
  for (let i = 0; i <= 2 * count; i++) to.u32(0)
  headerCodec.write(to, block.header)
  block.transactions.forEach((transaction, i) => {
    to.patchU32(offsetAt(2 * i), to.length)
    transactionCodec.write(to, transaction)
    to.patchU32(offsetAt(2 * i + 1), to.length)
    receiptCodec.write(to, block.receipts[i]!)
  })
  to.patchU32(offsetAt(2 * count), to.length)
  return to.finish()
}

/** Reads a BLOCK frame part by part. What it returns are views into `bytes`. */
export class BlockFrame {
  readonly #bytes: Uint8Array
  readonly transactionCount: number

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.transactionCount = new ByteReader(bytes).u32()
  }

  header(): BlockHeader {
    return headerCodec.read(new ByteReader(this.#bytes, offsetAt(2 * this.transactionCount + 1)))
  }

  /** 0 ≤ index < transactionCount. */
  transaction(index: number): Transaction {
    return transactionCodec.read(this.#part(2 * index))
  }

  /** The hash of `transaction(index)` alone, which follows its tag in every layout. */
  transactionHash(index: number): Felt {
    const part = this.#part(2 * index)
    part.u8()
    return felt.read(part)
  }

  receipt(index: number): Receipt {
    return receiptCodec.read(this.#part(2 * index + 1))
  }

  transactions(): Transaction[] {
    return Array.from({ length: this.transactionCount }, (_, i) => this.transaction(i))
  }

  receipts(): Receipt[] {
    return Array.from({ length: this.transactionCount }, (_, i) => this.receipt(i))
  }

  block(): Block {
    return { header: this.header(), transactions: this.transactions(), receipts: this.receipts() }
  }

  #part(entry: number): ByteReader {
    if (entry < 0 || entry >= 2 * this.transactionCount) throw new RangeError(`the frame has no part ${entry}`)
    return new ByteReader(this.#bytes, new ByteReader(this.#bytes, offsetAt(entry)).u32())
  }
}

function offsetAt(entry: number): number {
  return 4 + 4 * entry
}

export function encodeStateFrame(update: StateUpdate): Uint8Array {
  return encode(stateUpdateCodec, update)
}

export function decodeStateFrame(bytes: Uint8Array): StateUpdate {
  return decode(stateUpdateCodec, bytes)
}
