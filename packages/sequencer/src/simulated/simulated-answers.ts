import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { hexFromFelt } from '@deoxys/core/protocol'
import type { BlockId, BlockOptions, FeederAnswers, PreConfirmedQuery, StateUpdateOptions } from '../feeder-answers.ts'
import { appendMembers, type RawJson, sliceMember } from '../raw-json.ts'
import { ETH_TOKEN, STRK_TOKEN } from './account-transactions.ts'
import { renderSignature } from './block-record.ts'
import type { BlockSupply } from './block-supply.ts'
import { L1_CORE_CONTRACT, type SimulatedBlock } from './chain-builder.ts'
import { feeMarketInfo } from './fee-market-info.ts'
import { type Json, printJson } from './print-json.ts'
import type { EthereumAddress } from './render-block.ts'
import {
  blockIdentifier,
  renderItems,
  renderPendingBlock,
  renderPreConfirmed,
  type Seen,
} from './render-pre-confirmed.ts'
import { renderStateDiff } from './render-state-update.ts'
import { StateChanges } from './state-changes.ts'
import type { Timeline } from './timeline.ts'

const unzip = promisify(gunzip)

export interface SimulatedAnswersOptions {
  readonly supply: BlockSupply
  readonly timeline: Timeline
  readonly ethereumAddress: EthereumAddress
}

/**
 * A simulated chain as a feeder gateway knows it. While time runs, the next block is under construction: pending before
 * 0.14.0, pre-confirmed in every version, growing between the blocks.
 */
export class SimulatedAnswers implements FeederAnswers {
  readonly #supply: BlockSupply
  readonly #timeline: Timeline
  readonly #ethereumAddress: EthereumAddress

  constructor({ supply, timeline, ethereumAddress }: SimulatedAnswersOptions) {
    this.#supply = supply
    this.#timeline = timeline
    this.#ethereumAddress = ethereumAddress
  }

  latest(): number {
    return this.#timeline.latest()
  }

  async blockNumber(hash: string): Promise<number | undefined> {
    return this.#timeline.blockNumber(hash)
  }

  async blockHash(number: number): Promise<string | undefined> {
    return this.#timeline.meta(number)?.hash
  }

  async block(at: BlockId, options?: BlockOptions): Promise<RawJson | undefined> {
    if (at === 'pending') return this.#pending((block, seen) => renderPendingBlock(block, seen, this.#ethereumAddress))
    const both = await this.#text(at)
    if (both === undefined) return undefined
    const block = sliceMember(both, 'block')!
    return options?.withFeeMarketInfo ? appendMembers(block, feeMarketInfo(block)) : block
  }

  async stateUpdate(at: BlockId, options: StateUpdateOptions): Promise<RawJson | undefined> {
    if (at === 'pending') return this.#pendingStateUpdate(options)
    const meta = this.#timeline.meta(at)
    const both = await this.#text(at)
    if (meta === undefined || both === undefined) return undefined
    if (!options.includeBlock) return sliceMember(both, 'state_update')
    const whole = options.withFeeMarketInfo ? withFeeMarketInfo(both) : both
    if (!options.includeSignature) return whole
    return appendMembers(whole, [['signature', answer(meta.signature)]])
  }

  /** What `stateUpdate` with the block and without anything else answers, compressed. */
  async zippedStateUpdate(number: number): Promise<Uint8Array | undefined> {
    if (this.#timeline.meta(number) === undefined) return undefined
    const zipped = await this.#supply.gzip(number)
    this.#timeline.given(number)
    return zipped
  }

  async signature(number: number): Promise<RawJson | undefined> {
    const meta = this.#timeline.meta(number)
    return meta && answer(renderSignature(meta))
  }

  async blockTraces(): Promise<undefined> {}

  async preConfirmedBlock(query: PreConfirmedQuery): Promise<RawJson | undefined> {
    const latest = this.#timeline.latest()
    const number = query.block === 'latest' ? latest + 1 : query.block
    if (!this.#timeline.isRunning || number < latest || number > latest + 1) return undefined
    const block = this.#supply.building(number)
    if (block === undefined) return undefined
    const seen = number === latest ? all(block) : this.#seen(block)
    if (query.blockIdentifier === undefined) return answer(renderPreConfirmed(block, seen, this.#ethereumAddress))
    return answer(this.#preConfirmedChange(block, seen.executed, query))
  }

  /** The form with `changed`. Candidates are left out: who knows one would not be told what became of it. */
  #preConfirmedChange(block: SimulatedBlock, executed: number, query: PreConfirmedQuery): Json {
    const { blockIdentifier: known, knownTransactionCount: count = 0 } = query
    const identifier = blockIdentifier(block)
    const seen = { executed, received: executed }
    const round = { block_number: block.header.number, block_identifier: identifier, changed: true }
    if (known !== identifier || count > executed) {
      return { ...renderPreConfirmed(block, seen, this.#ethereumAddress), ...round }
    }
    if (count === executed) return { changed: false }
    return { ...renderItems(block, count, seen, this.#ethereumAddress), ...round }
  }

  async transaction(hash: string): Promise<RawJson | undefined> {
    const place = this.#timeline.transactionPlace(hash)
    if (place === undefined) return undefined
    const [number, index] = place
    const block = await this.block(number)
    if (block === undefined) return undefined
    const { block_hash, transactions, transaction_receipts: receipts }: PrintedBlock = JSON.parse(String(block))
    const { execution_status, revert_error } = receipts[index]!
    return answer({
      execution_status,
      finality_status: 'ACCEPTED_ON_L2',
      status: 'ACCEPTED_ON_L2',
      block_hash,
      block_number: number,
      transaction_index: index,
      transaction: transactions[index]!,
      revert_error,
    })
  }

  async classByHash(hash: string): Promise<RawJson | undefined> {
    return this.#timeline.hasClass(hash) ? this.#supply.classText(hash) : undefined
  }

  async compiledClassByHash(hash: string): Promise<RawJson | undefined> {
    return this.#timeline.hasClass(hash) ? this.#supply.compiledClassText(hash) : undefined
  }

  async publicKey(): Promise<RawJson> {
    return answer(hexFromFelt(this.#supply.network.publicKey))
  }

  async contractAddresses(): Promise<RawJson> {
    return answer({
      Starknet: L1_CORE_CONTRACT,
      strk_l2_token_address: hexFromFelt(STRK_TOKEN),
      eth_l2_token_address: hexFromFelt(ETH_TOKEN),
    })
  }

  async #text(number: number): Promise<RawJson | undefined> {
    const zipped = await this.zippedStateUpdate(number)
    return zipped && unzip(zipped)
  }

  /** Undefined while nothing is pending: then `pending` means the latest block. */
  #pending(render: (block: SimulatedBlock, seen: Seen) => Json): RawJson | undefined {
    if (!this.#timeline.isRunning) return undefined
    const block = this.#supply.building(this.#timeline.latest() + 1)
    return block?.rules.hasPending ? answer(render(block, this.#seen(block))) : undefined
  }

  #pendingStateUpdate({ includeBlock }: StateUpdateOptions): RawJson | undefined {
    return this.#pending((block, seen) => {
      const { oldRoot } = block.update
      const stateUpdate = {
        old_root: hexFromFelt(oldRoot),
        state_diff: renderStateDiff(
          StateChanges.merge(block.transactionDiffs().slice(0, seen.executed)).toStateDiff(),
          block.rules,
        ),
      }
      if (!includeBlock) return stateUpdate
      return { block: renderPendingBlock(block, seen, this.#ethereumAddress), state_update: stateUpdate }
    })
  }

  /** Of the next block, as far as its time has run: one transaction waits to be executed. */
  #seen({ transactions }: SimulatedBlock): Seen {
    const executed = Math.floor(this.#timeline.progress() * (transactions.length + 1))
    return { executed, received: Math.min(transactions.length, executed + 1) }
  }
}

/** The part of a block's text that is read again. */
interface PrintedBlock {
  readonly block_hash: string
  readonly transactions: readonly Json[]
  readonly transaction_receipts: readonly { readonly execution_status: string; readonly revert_error?: string }[]
}

function all({ transactions }: SimulatedBlock): Seen {
  return { executed: transactions.length, received: transactions.length }
}

function withFeeMarketInfo(both: RawJson): RawJson {
  const block = sliceMember(both, 'block')!
  return appendMembers(answer({}), [
    ['block', appendMembers(block, feeMarketInfo(block))],
    ['state_update', sliceMember(both, 'state_update')!],
  ])
}

function answer(value: Json): RawJson {
  return Buffer.from(printJson(value))
}
