import { type Felt, parseFelt } from '../base/felt.ts'
import { decodeBlockNumber } from './decode-block.ts'
import { DecodeError, parseAnswer, parseJson } from './json-reader.ts'

/** Which block: an answer with `headerOnly` says no more. */
export interface BlockId {
  readonly number: number
  readonly hash: Felt
}

/** Reads the first two fields of a whole block too, which is what a gateway without `headerOnly` sends. @throws DecodeError */
export function decodeBlockId(bytes: Uint8Array): BlockId {
  const reader = parseAnswer(bytes)
  return { number: decodeBlockNumber(reader), hash: reader.felt('block_hash') }
}

/** The key a network signs its blocks with, an x coordinate: a bare JSON string. @throws DecodeError */
export function decodePublicKey(bytes: Uint8Array): Felt {
  const key = parseJson(bytes)
  const felt = typeof key === 'string' ? parseFelt(key) : undefined
  if (felt === undefined) throw new DecodeError('', 'is not a felt')
  return felt
}

export interface ContractAddresses {
  /** The Starknet core contract on L1, 20 bytes as the gateway spells them. */
  readonly l1CoreContract: string
  readonly strkToken: Felt | undefined
  readonly ethToken: Felt | undefined
}

/** @throws DecodeError */
export function decodeContractAddresses(bytes: Uint8Array): ContractAddresses {
  const reader = parseAnswer(bytes)
  const l1CoreContract = reader.text('Starknet')
  if (!/^0x[0-9a-fA-F]{40}$/.test(l1CoreContract)) reader.fail('is not an Ethereum address', 'Starknet')
  return {
    l1CoreContract,
    strkToken: reader.optional('strk_l2_token_address', reader.felt, undefined),
    ethToken: reader.optional('eth_l2_token_address', reader.felt, undefined),
  }
}

/** What a gateway says instead of an answer (protocol 8.8). */
export interface ErrorBody {
  /** As `StarknetErrorCode.BLOCK_NOT_FOUND`. */
  readonly code: string
  readonly message: string
}

/** Undefined for bytes that are no such body, as the pages of proxies between here and the gateway. */
export function decodeErrorBody(bytes: Uint8Array): ErrorBody | undefined {
  try {
    const reader = parseAnswer(bytes)
    const code = reader.text('code')
    if (!/^Stark(net)?ErrorCode\.\w{1,100}$/.test(code)) return undefined
    return { code, message: reader.optional('message', reader.text, '') }
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
