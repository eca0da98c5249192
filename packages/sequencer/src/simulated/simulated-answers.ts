import type { Clock } from '@deoxys/core'
import { hexFromFelt } from '@deoxys/core/protocol'
import type { Kernel } from '@deoxys/kernel'
import type { BlockId, FeederAnswers, StateUpdateOptions } from '../feeder-answers.ts'
import type { RawJson } from '../raw-json.ts'
import { ETH_TOKEN, STRK_TOKEN } from './account-transactions.ts'
import { BLOCKS_MAX, type ChainBuilder, L1_CORE_CONTRACT, type SimulatedBlock } from './chain-builder.ts'
import { checksumAddress } from './ethereum-address.ts'
import { type Json, printJson } from './print-json.ts'
import { type EthereumAddress, renderBlock } from './render-block.ts'
import { renderStateUpdate } from './render-state-update.ts'
import { renderTransaction } from './render-transaction.ts'

export interface SimulatedAnswersOptions {
  readonly chain: ChainBuilder
  readonly kernel: Kernel
  /** Blocks there are from the start. */
  readonly blocks: number
  /** Then one more comes each time; without it, none. */
  readonly blockTimeMs: number | undefined
  readonly clock: Clock
}

/** A simulated chain as a feeder gateway knows it. Blocks are closed ones: none is pending or being built. */
export class SimulatedAnswers implements FeederAnswers {
  readonly #chain: ChainBuilder
  readonly #blocks: number
  readonly #blockTimeMs: number
  readonly #clock: Clock
  readonly #startMs: number
  readonly #ethereumAddress: EthereumAddress

  constructor({ chain, kernel, blocks, blockTimeMs = Number.POSITIVE_INFINITY, clock }: SimulatedAnswersOptions) {
    this.#chain = chain
    this.#blocks = blocks
    this.#blockTimeMs = blockTimeMs
    this.#clock = clock
    this.#startMs = clock.now()
    this.#ethereumAddress = (address) => checksumAddress(kernel, address)
  }

  latest(): number {
    const grown = Math.floor((this.#clock.now() - this.#startMs) / this.#blockTimeMs)
    return Math.min(this.#blocks + grown, BLOCKS_MAX) - 1
  }

  async blockNumber(hash: string): Promise<number | undefined> {
    this.#catchUp()
    return this.#chain.getBlockNumber(hash)
  }

  async blockHash(number: number): Promise<string | undefined> {
    const block = this.#get(number)
    return block && hexFromFelt(block.header.hash)
  }

  async block(at: BlockId): Promise<RawJson | undefined> {
    const block = this.#get(at)
    return block && answer(renderBlock(block, this.#ethereumAddress))
  }

  async stateUpdate(at: BlockId, options: StateUpdateOptions): Promise<RawJson | undefined> {
    const block = this.#get(at)
    if (block === undefined) return undefined
    const update = renderStateUpdate(block)
    if (!options.includeBlock) return answer(update)
    return answer({
      block: renderBlock(block, this.#ethereumAddress),
      state_update: update,
      signature: options.includeSignature ? renderSignature(block) : undefined,
    })
  }

  async signature(number: number): Promise<RawJson | undefined> {
    const block = this.#get(number)
    return block && answer({ block_hash: hexFromFelt(block.header.hash), signature: renderSignature(block) })
  }

  async blockTraces(): Promise<undefined> {}

  async preConfirmedBlock(): Promise<undefined> {}

  async transaction(hash: string): Promise<RawJson | undefined> {
    this.#catchUp()
    const place = this.#chain.getTransactionPlace(hash)
    if (place === undefined) return undefined
    const [number, index] = place
    const { header, transactions, receipts } = this.#chain.buildBlock(number)
    return answer({
      execution_status: receipts[index]!.revertError === undefined ? 'SUCCEEDED' : 'REVERTED',
      finality_status: 'ACCEPTED_ON_L2',
      status: 'ACCEPTED_ON_L2',
      block_hash: hexFromFelt(header.hash),
      block_number: number,
      transaction_index: index,
      transaction: renderTransaction(transactions[index]!),
    })
  }

  async classByHash(hash: string): Promise<RawJson | undefined> {
    this.#catchUp()
    const text = this.#chain.getClass(hash)?.text
    return text === undefined ? undefined : Buffer.from(text)
  }

  async compiledClassByHash(hash: string): Promise<RawJson | undefined> {
    this.#catchUp()
    const text = this.#chain.getClass(hash)?.compiled?.text
    return text === undefined ? undefined : Buffer.from(text)
  }

  async publicKey(): Promise<RawJson> {
    return answer(hexFromFelt(this.#chain.network.publicKey))
  }

  async contractAddresses(): Promise<RawJson> {
    return answer({
      Starknet: L1_CORE_CONTRACT,
      strk_l2_token_address: hexFromFelt(STRK_TOKEN),
      eth_l2_token_address: hexFromFelt(ETH_TOKEN),
    })
  }

  /** A block that is there by now. */
  #get(at: BlockId): SimulatedBlock | undefined {
    return at !== 'pending' && at <= this.latest() ? this.#chain.buildBlock(at) : undefined
  }

  /** What is looked up by hash must have been built. */
  #catchUp(): void {
    this.#get(this.latest())
  }
}

function renderSignature({ header }: SimulatedBlock): Json {
  return (header.signature ?? []).map((value) => hexFromFelt(value))
}

function answer(value: Json): RawJson {
  return Buffer.from(printJson(value))
}
