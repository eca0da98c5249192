import type { RawJson } from './raw-json.ts'

/** A block the gateway can be asked for once `latest` and hashes are resolved. */
export type BlockId = number | 'pending'

export interface BlockOptions {
  /** From 0.14.0, also `l2_gas_consumed` and `next_l2_gas_price`. Recordings are given as they are. */
  readonly withFeeMarketInfo?: boolean
}

export interface StateUpdateOptions extends BlockOptions {
  /** `{block, state_update}` in place of the state update. */
  readonly includeBlock: boolean
  /** With `includeBlock`, also `signature` where there is one (0.14.3). */
  readonly includeSignature: boolean
}

/** What a poll for the block being built says it knows (protocol 8.6). */
export interface PreConfirmedQuery {
  readonly block: number | 'latest'
  /** `0x…`, or empty on the first poll; undefined in the form before 0.14.3. */
  readonly blockIdentifier: string | undefined
  readonly knownTransactionCount: number | undefined
}

/**
 * What a feeder gateway knows, apart from HTTP: recordings, a simulated chain, or the store of a node.
 *
 * Answers are the JSON text that goes out (protocol 8.2 to 8.7), `undefined` for what is not there. Hashes are `0x…` in
 * lower case without leading zeros, numbers safe integers ≥ 0. A method may throw a `FeederError` to have the server say
 * just that; any other error becomes a 500.
 */
export interface FeederAnswers {
  /** The number that `latest` means now, undefined before the first block. */
  latest(): number | undefined
  blockNumber(hash: string): Promise<number | undefined>
  blockHash(number: number): Promise<string | undefined>
  /** Numbers above `latest` may be answered too. */
  block(at: BlockId, options?: BlockOptions): Promise<RawJson | undefined>
  stateUpdate(at: BlockId, options: StateUpdateOptions): Promise<RawJson | undefined>
  /**
   * What `stateUpdate` answers with the block and nothing else, compressed by gzip, where it is kept like that. Without
   * this method, or where it gives nothing, `stateUpdate` is asked.
   */
  zippedStateUpdate?(number: number): Promise<Uint8Array | undefined>
  signature(number: number): Promise<RawJson | undefined>
  blockTraces(at: BlockId): Promise<RawJson | undefined>
  preConfirmedBlock(query: PreConfirmedQuery): Promise<RawJson | undefined>
  transaction(hash: string): Promise<RawJson | undefined>
  classByHash(hash: string): Promise<RawJson | undefined>
  compiledClassByHash(hash: string): Promise<RawJson | undefined>
  publicKey(): Promise<RawJson | undefined>
  contractAddresses(): Promise<RawJson | undefined>
}
