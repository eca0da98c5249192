import { CodedError } from '../base/errors.ts'
import type { JsonValue } from '../base/json.ts'

/**
 * Every error an answer may carry: those of JSON-RPC 2.0, then those of the Starknet specification 0.10 with its numbers
 * and its exact texts (protocol 11.6), each under the name it has there.
 */
export const RPC_ERRORS = {
  PARSE_ERROR: { number: -32700, message: 'Parse error' },
  INVALID_REQUEST: { number: -32600, message: 'Invalid Request' },
  METHOD_NOT_FOUND: { number: -32601, message: 'Method not found' },
  INVALID_PARAMS: { number: -32602, message: 'Invalid params' },
  INTERNAL_ERROR: { number: -32603, message: 'Internal error' },
  /** Of the numbers that JSON-RPC leaves to the server; other nodes use this one too. */
  ANSWER_TOO_LARGE: { number: -32003, message: 'Response too large' },

  FAILED_TO_RECEIVE_TXN: { number: 1, message: 'Failed to write transaction' },
  NO_TRACE_AVAILABLE: { number: 10, message: 'No trace available for transaction' },
  CONTRACT_NOT_FOUND: { number: 20, message: 'Contract not found' },
  ENTRYPOINT_NOT_FOUND: { number: 21, message: 'Requested entry point does not exist in the contract' },
  BLOCK_NOT_FOUND: { number: 24, message: 'Block not found' },
  INVALID_TXN_INDEX: { number: 27, message: 'Invalid transaction index in a block' },
  CLASS_HASH_NOT_FOUND: { number: 28, message: 'Class hash not found' },
  TXN_HASH_NOT_FOUND: { number: 29, message: 'Transaction hash not found' },
  PAGE_SIZE_TOO_BIG: { number: 31, message: 'Requested page size is too big' },
  NO_BLOCKS: { number: 32, message: 'There are no blocks' },
  INVALID_CONTINUATION_TOKEN: { number: 33, message: 'The supplied continuation token is invalid or unknown' },
  TOO_MANY_KEYS_IN_FILTER: { number: 34, message: 'Too many keys provided in a filter' },
  CONTRACT_ERROR: { number: 40, message: 'Contract error' },
  TRANSACTION_EXECUTION_ERROR: { number: 41, message: 'Transaction execution error' },
  STORAGE_PROOF_NOT_SUPPORTED: {
    number: 42,
    message: "the node doesn't support storage proofs for blocks that are too far in the past",
  },
  CLASS_ALREADY_DECLARED: { number: 51, message: 'Class already declared' },
  INVALID_TRANSACTION_NONCE: { number: 52, message: 'Invalid transaction nonce' },
  INSUFFICIENT_RESOURCES_FOR_VALIDATE: {
    number: 53,
    message: "The transaction's resources don't cover validation or the minimal transaction fee",
  },
  INSUFFICIENT_ACCOUNT_BALANCE: {
    number: 54,
    message:
      "Account balance is smaller than the transaction's maximal fee (calculated as the sum of each resource's limit x max price)",
  },
  VALIDATION_FAILURE: { number: 55, message: 'Account validation failed' },
  COMPILATION_FAILED: { number: 56, message: 'Compilation failed' },
  CONTRACT_CLASS_SIZE_IS_TOO_LARGE: { number: 57, message: 'Contract class size is too large' },
  NON_ACCOUNT: { number: 58, message: 'Sender address is not an account contract' },
  DUPLICATE_TX: { number: 59, message: 'A transaction with the same hash already exists in the mempool' },
  COMPILED_CLASS_HASH_MISMATCH: {
    number: 60,
    message: 'the compiled class hash did not match the one supplied in the transaction',
  },
  UNSUPPORTED_TX_VERSION: { number: 61, message: 'the transaction version is not supported' },
  UNSUPPORTED_CONTRACT_CLASS_VERSION: { number: 62, message: 'the contract class version is not supported' },
  UNEXPECTED_ERROR: { number: 63, message: 'An unexpected error occurred' },
  REPLACEMENT_TRANSACTION_UNDERPRICED: { number: 64, message: 'Replacement transaction is underpriced' },
  FEE_BELOW_MINIMUM: { number: 65, message: 'Transaction fee below minimum' },
  INVALID_SUBSCRIPTION_ID: { number: 66, message: 'Invalid subscription id' },
  TOO_MANY_ADDRESSES_IN_FILTER: { number: 67, message: 'Too many addresses in filter sender_address filter' },
  TOO_MANY_BLOCKS_BACK: { number: 68, message: 'Cannot go back more than 1024 blocks' },
  INVALID_PROOF: { number: 69, message: 'The proof field in the invoke v3 transaction is invalid' },
  COMPILATION_ERROR: { number: 100, message: 'Failed to compile the contract' },
} as const satisfies Readonly<Record<string, { readonly number: number; readonly message: string }>>

export type RpcErrorName = keyof typeof RPC_ERRORS

/** A request cannot be answered. It is thrown by methods and by `Rpc.request`, and written into the answers of `Rpc.handle`. */
export class RpcError extends CodedError<{
  readonly code: RpcErrorName
  /** The `code` of the answer. */
  readonly number: number
  /** The `data` of the answer. */
  readonly detail?: JsonValue
}> {
  constructor(name: RpcErrorName, detail?: JsonValue) {
    const { number, message } = RPC_ERRORS[name]
    const text = typeof detail === 'string' ? `${message}: ${detail}` : message
    super(text, { code: name, number, ...(detail === undefined ? {} : { detail }) })
  }
}

/** The member `error` of an answer. */
export interface ErrorObject {
  readonly code: number
  readonly message: string
  readonly data?: JsonValue
}

export function errorObject({ data: { code, number, detail } }: RpcError): ErrorObject {
  return { code: number, message: RPC_ERRORS[code].message, ...(detail === undefined ? {} : { data: detail }) }
}
