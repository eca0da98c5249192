import type { Network } from '@deoxys/core'
import type { RawJson } from '../raw-json.ts'
import { type BlockMeta, type BlockRecord, recordOf } from './block-record.ts'
import type { BlockSupply } from './block-supply.ts'
import type { ChainBuilder, SimulatedBlock } from './chain-builder.ts'
import type { EthereumAddress } from './render-block.ts'

/** Where a chain in memory ends: at some 10 KB a small block. */
export const LIVE_BLOCKS_MAX = 10_000

/** Blocks kept apart from their text, for what is asked of a block under construction and just after. */
const APART_MAX = 3

/** Blocks that are made when they are asked for, and kept compressed in memory. */
export class LiveSupply implements BlockSupply {
  readonly network: Network
  readonly blocksMax = LIVE_BLOCKS_MAX
  readonly #builder: ChainBuilder
  readonly #ethereumAddress: EthereumAddress
  readonly #records: BlockRecord[] = []
  /** The last ones made, by number. */
  readonly #apart = new Map<number, SimulatedBlock>()
  #branch = 0

  constructor(builder: ChainBuilder, ethereumAddress: EthereumAddress) {
    this.#builder = builder
    this.#ethereumAddress = ethereumAddress
    this.network = builder.network
  }

  meta(number: number): BlockMeta {
    return this.#record(number).meta
  }

  async gzip(number: number): Promise<Uint8Array> {
    return this.#record(number).gzip
  }

  building(number: number): SimulatedBlock | undefined {
    if (number < this.blocksMax) this.#record(number)
    return this.#apart.get(number)
  }

  fork(keep: number): void {
    this.#builder.fork(keep, this.#branch + 1)
    this.#branch += 1
    this.#records.splice(keep + 1)
    for (const number of this.#apart.keys()) if (number > keep) this.#apart.delete(number)
  }

  async classText(hash: string): Promise<RawJson | undefined> {
    const text = this.#builder.getClass(hash)?.text
    return text === undefined ? undefined : Buffer.from(text)
  }

  async compiledClassText(hash: string): Promise<RawJson | undefined> {
    const text = this.#builder.getClass(hash)?.compiled?.text
    return text === undefined ? undefined : Buffer.from(text)
  }

  #record(number: number): BlockRecord {
    if (!(number >= 0 && number < this.blocksMax)) throw new RangeError(`block ${number} of ${this.blocksMax}`)
    while (this.#records.length <= number) this.#append()
    return this.#records[number]!
  }

  #append(): void {
    const block = this.#builder.build()
    const { number } = block.header
    this.#records.push(recordOf(block, this.#ethereumAddress))
    this.#apart.set(number, block)
    this.#apart.delete(number - APART_MAX)
  }
}
