import { equalFelts, type Felt, ONE, ZERO } from '../base/felt.ts'
import type { BlockStatus, GasPrice, L1DataMode, ReportedBlock, ReportedHeader } from '../chain/block.ts'
import type { OpenHeader } from '../chain/pre-confirmed.ts'
import type { Receipt } from '../chain/receipt.ts'
import type { Transaction } from '../chain/transaction.ts'
import { decodeReceipt } from './decode-receipt.ts'
import { decodeTransaction } from './decode-transaction.ts'
import type { JsonReader } from './json-reader.ts'

/** The highest number a stored header has room for (a u32). */
const BLOCK_NUMBER_MAX = 0xffff_ffff

/**
 * A closed block (protocol 8.3) in any shape a gateway gave it over the years.
 * @throws DecodeError also for a block that is not accepted (yet, or any more), for receipts that are not those of the
 *   transactions in their order, and for a type or version of transaction that this node does not know
 */
export function decodeBlock(reader: JsonReader): ReportedBlock {
  const header = decodeHeader(reader)
  const transactions = reader.objects('transactions').map(decodeTransaction)
  return { header, transactions, receipts: decodeReceipts(reader, transactions) }
}

function decodeHeader(reader: JsonReader): ReportedHeader {
  const status = decodeStatus(reader) // First: others lack most of what follows.
  const optionalFelt = (name: string) => reader.optional(name, reader.felt, undefined)
  return {
    number: decodeBlockNumber(reader),
    hash: reader.felt('block_hash'),
    parentHash: reader.felt('parent_block_hash'),
    stateRoot: decodeStateRoot(reader),
    status,
    ...decodeOpenHeader(reader),
    transactionCommitment: optionalFelt('transaction_commitment'),
    eventCommitment: optionalFelt('event_commitment'),
    receiptCommitment: optionalFelt('receipt_commitment'),
    stateDiffCommitment: optionalFelt('state_diff_commitment'),
    stateDiffLength: reader.optional('state_diff_length', reader.integer, undefined),
  }
}

/** What a block says of itself before it is closed. @throws DecodeError */
export function decodeOpenHeader(reader: JsonReader): OpenHeader {
  return {
    timestamp: reader.integer('timestamp'),
    sequencerAddress: reader.optional('sequencer_address', reader.felt, undefined),
    version: decodeVersion(reader),
    l1DataMode: reader.optional(
      'l1_da_mode',
      (name) => reader.oneOf<L1DataMode>(name, ['CALLDATA', 'BLOB']),
      'CALLDATA',
    ),
    l1GasPrice: decodeL1GasPrice(reader),
    l1DataGasPrice: decodeNewerGasPrice(reader, 'l1_data_gas_price'),
    l2GasPrice: decodeNewerGasPrice(reader, 'l2_gas_price'),
  }
}

/** 0 ≤ n < 2^32. @throws DecodeError */
export function decodeBlockNumber(reader: JsonReader): number {
  const number = reader.integer('block_number')
  return number <= BLOCK_NUMBER_MAX ? number : reader.fail('is above 2^32 - 1', 'block_number')
}

const NOT_ACCEPTED = ['PENDING', 'PRE_CONFIRMED', 'ABORTED', 'REVERTED']

function decodeStatus(reader: JsonReader): BlockStatus {
  const status = reader.text('status')
  if (NOT_ACCEPTED.includes(status)) return reader.fail(`is ${status}: this is not an accepted block`, 'status')
  return reader.oneOf<BlockStatus>('status', ['ACCEPTED_ON_L2', 'ACCEPTED_ON_L1'])
}

function decodeStateRoot(reader: JsonReader): Felt {
  return reader.felt(!reader.has('state_root') && reader.has('state_commitment') ? 'state_commitment' : 'state_root')
}

/** As it stands, for it is hashed as a short string. An empty one is none. */
function decodeVersion(reader: JsonReader): string | undefined {
  const version = reader.optional('starknet_version', reader.text, '')
  if (!/^[\x21-\x7e]{0,31}$/.test(version)) return reader.fail('is not a version', 'starknet_version')
  return version === '' ? undefined : version
}

/** One object since 0.13.1; two fields in 0.13.0; before that wei alone; in the oldest recordings nothing. */
function decodeL1GasPrice(reader: JsonReader): GasPrice {
  if (reader.has('l1_gas_price')) return decodeGasPrice(reader.object('l1_gas_price'))
  return {
    wei: reader.optional(reader.has('eth_l1_gas_price') ? 'eth_l1_gas_price' : 'gas_price', reader.felt, ZERO),
    fri: reader.optional('strk_l1_gas_price', reader.felt, ZERO),
  }
}

/** Where an answer has no such price, it is 1, as today's gateway says of every block from before the price existed. */
function decodeNewerGasPrice(reader: JsonReader, name: string): GasPrice {
  return reader.optional(name, () => decodeGasPrice(reader.object(name)), { wei: ONE, fri: ONE })
}

function decodeGasPrice(reader: JsonReader): GasPrice {
  return { wei: reader.felt('price_in_wei'), fri: reader.felt('price_in_fri') }
}

function decodeReceipts(reader: JsonReader, transactions: readonly Transaction[]): Receipt[] {
  const name = 'transaction_receipts'
  const receipts = reader.objects(name)
  if (receipts.length !== transactions.length) {
    reader.fail(`has ${receipts.length} entries for ${transactions.length} transactions`, name)
  }
  return receipts.map((receipt, i) => {
    if (!equalFelts(receipt.felt('transaction_hash'), transactions[i]!.hash)) {
      receipt.fail(`is not the hash of transaction ${i}`, 'transaction_hash')
    }
    return decodeReceipt(receipt)
  })
}
