import type { Felt } from '../base/felt.ts'
import type { BlockId, ContractAddresses } from './decode-small-answers.ts'

/** What a poll for the block under construction says it knows (protocol 8.6). */
export interface PreConfirmedQuery {
  readonly block: number | 'latest'
  /** As the last answer gave it; undefined on the first poll. */
  readonly identifier: string | undefined
  /** Transactions known of that block, those not executed yet left out. */
  readonly knownCount: number
}

/**
 * Where blocks come from, as sync sees it: a feeder gateway, or something in this process that answers like one. The
 * answers about a block or a class are the JSON as it was sent, not looked into; whoever asked decodes them, and owns
 * the bytes: their buffer holds nothing else and may be transferred.
 *
 * Every method rejects with a `GatewayError` when there is no answer, with a `DecodeError` when the answer is not JSON
 * or, where it is decoded here, says something else than it should, and with `signal.reason` when cancelled.
 */
export interface BlockSource {
  /** For logs and errors, as `https://host/feeder_gateway`. */
  readonly name: string
  /**
   * For a source that tries again by itself: how often so far it was told to slow down, or got no answer in time. Whoever
   * asks for much at once asks for less when it grows.
   */
  readonly setbacks?: number
  /** `{block, state_update}` */
  fetchStateUpdateWithBlock(number: number, signal: AbortSignal): Promise<Uint8Array>
  fetchBlock(number: number, signal: AbortSignal): Promise<Uint8Array>
  fetchStateUpdate(number: number, signal: AbortSignal): Promise<Uint8Array>
  fetchSignature(number: number, signal: AbortSignal): Promise<Uint8Array>
  /** A class of any kind, as of the latest block. */
  fetchClass(hash: Felt, signal: AbortSignal): Promise<Uint8Array>
  /** The CASM of a Sierra class, as of the latest block. */
  fetchCompiledClass(hash: Felt, signal: AbortSignal): Promise<Uint8Array>
  fetchPublicKey(signal: AbortSignal): Promise<Felt>
  fetchContractAddresses(signal: AbortSignal): Promise<ContractAddresses>
  /** The hash the source has at a height: how a reorg is traced back (protocol 8.9). */
  fetchHeader(number: number, signal: AbortSignal): Promise<BlockId>
  fetchLatestHeader(signal: AbortSignal): Promise<BlockId>
  /** The block under construction, or what is new of it; rejects where there is none. Not every source can tell. */
  fetchPreConfirmedBlock?(query: PreConfirmedQuery, signal: AbortSignal): Promise<Uint8Array>
}
