import type { ChainView, DeoxysNode } from '@deoxys/core'
import { eraCandidates, type Felt, hexFromFelt, isAtLeast, isZero, parseFelt } from '@deoxys/core/protocol'
import type { Kernel } from '@deoxys/kernel'
import type { BlockId, FeederAnswers, StateUpdateOptions } from './feeder-answers.ts'
import type { RawJson } from './raw-json.ts'
import { checksumAddress } from './simulated/ethereum-address.ts'
import { type Json, type JsonMembers, printJson } from './simulated/print-json.ts'
import { renderBlock } from './simulated/render-block.ts'
import { renderStateUpdate } from './simulated/render-state-update.ts'
import { renderTransaction } from './simulated/render-transaction.ts'

/** What a node has to be asked. */
export type AnsweringNode = Pick<DeoxysNode, 'network' | 'head' | 'read' | 'getCompiledClass'>

export interface NodeAnswersOptions {
  readonly node: AnsweringNode
  /** For the spelling of addresses on L1. */
  readonly kernel: Kernel
}

/** Bytes of a felt in front of an address on L1, zero unless it is none: messages may go to any felt. */
const PADDING_BYTES = 12

/**
 * The store of a node as a feeder gateway knows it, so that other nodes can sync from it and check everything again. There
 * is no answer where the node keeps nothing: pending and pre-confirmed blocks, traces, fee market info; every block is
 * `ACCEPTED_ON_L2`. A compiled class that nobody asked for before is fetched, checked and kept. Signatures are given in
 * today's form, over the block hash (protocol 7); one that the node got in the old form does not verify like that, for the
 * obsolete commitment that it also covers is not kept.
 */
export class NodeAnswers implements FeederAnswers {
  readonly #node: AnsweringNode
  readonly #ethereumAddress: (address: Felt) => string

  constructor({ node, kernel }: NodeAnswersOptions) {
    this.#node = node
    this.#ethereumAddress = (address) =>
      address.subarray(0, PADDING_BYTES).every((byte) => byte === 0)
        ? checksumAddress(kernel, address)
        : hexFromFelt(address)
  }

  latest(): number | undefined {
    return this.#node.head()?.number
  }

  async blockNumber(hash: string): Promise<number | undefined> {
    return this.#node.read((view) => view.blockNumberOf(feltOf(hash)))
  }

  async blockHash(number: number): Promise<string | undefined> {
    const hash = this.#node.read((view) => view.blockHashAt(number))
    return hash && hexFromFelt(hash)
  }

  async block(at: BlockId): Promise<RawJson | undefined> {
    return at === 'pending' ? undefined : answer(this.#node.read((view) => this.#block(view, at)))
  }

  async stateUpdate(at: BlockId, options: StateUpdateOptions): Promise<RawJson | undefined> {
    if (at === 'pending') return undefined
    return answer(
      this.#node.read((view) => {
        const update = view.stateUpdateAt(at)
        if (update === undefined) return undefined
        const stateUpdate = renderStateUpdate({ update, rules: { compiledClassHash: 2 } })
        if (!options.includeBlock) return stateUpdate
        const signature = options.includeSignature ? signatureAt(view, at)?.signature : undefined
        return { block: this.#block(view, at), state_update: stateUpdate, signature }
      }),
    )
  }

  async signature(number: number): Promise<RawJson | undefined> {
    return answer(this.#node.read((view) => signatureAt(view, number)))
  }

  async blockTraces(): Promise<undefined> {}

  async preConfirmedBlock(): Promise<undefined> {}

  async transaction(hash: string): Promise<RawJson | undefined> {
    return answer(this.#node.read((view) => transactionOf(view, feltOf(hash))))
  }

  async classByHash(hash: string): Promise<RawJson | undefined> {
    return this.#node.read((view) => view.classBody(feltOf(hash)))
  }

  async compiledClassByHash(hash: string): Promise<RawJson | undefined> {
    return this.#node.getCompiledClass(feltOf(hash))
  }

  async publicKey(): Promise<RawJson | undefined> {
    return answer(hexFromFelt(this.#node.network.publicKey))
  }

  async contractAddresses(): Promise<RawJson | undefined> {
    const { l1CoreContract } = this.#node.network
    return answer(l1CoreContract === undefined ? undefined : { Starknet: l1CoreContract })
  }

  /** In today's form of the answer, which has L2 gas prices for blocks of any age. */
  #block(view: ChainView, number: number): JsonMembers | undefined {
    const block = view.blockFrame(number)?.block()
    if (block === undefined) return undefined
    const { version, sequencerAddress } = block.header
    const [era] = eraCandidates([this.#node.network], number, version === '' ? undefined : version)
    const rules = { era: era!, hasFullHeader: isAtLeast(version, '0.9.1'), hasL2Gas: true }
    return {
      ...renderBlock({ ...block, rules }, this.#ethereumAddress),
      // Some blocks have an address without a version.
      sequencer_address: isZero(sequencerAddress) ? undefined : hexFromFelt(sequencerAddress),
    }
  }
}

function signatureAt(view: ChainView, number: number) {
  const header = view.blockFrame(number)?.header()
  if (header?.signature === undefined) return undefined
  const [r, s] = header.signature
  return { block_hash: hexFromFelt(header.hash), signature: [hexFromFelt(r), hexFromFelt(s)] }
}

function transactionOf(view: ChainView, hash: Felt): JsonMembers | undefined {
  const place = view.transactionAt(hash)
  const frame = place && view.blockFrame(place.number)
  if (place === undefined || frame === undefined) return undefined
  const { revertError } = frame.receipt(place.index)
  return {
    execution_status: revertError === undefined ? 'SUCCEEDED' : 'REVERTED',
    finality_status: 'ACCEPTED_ON_L2',
    status: 'ACCEPTED_ON_L2',
    block_hash: hexFromFelt(frame.header().hash),
    block_number: place.number,
    transaction_index: place.index,
    transaction: renderTransaction(frame.transaction(place.index)),
    revert_error: revertError,
  }
}

/** `hash` is one the server has read. */
function feltOf(hash: string): Felt {
  const felt = parseFelt(hash)
  if (felt === undefined) throw new Error(`${hash} is no felt`)
  return felt
}

function answer(value: Json | undefined): RawJson | undefined {
  return value === undefined ? undefined : Buffer.from(printJson(value))
}
