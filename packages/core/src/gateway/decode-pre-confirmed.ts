import { equalFelts } from '../base/felt.ts'
import type { OpenHeader } from '../chain/pre-confirmed.ts'
import type { Receipt } from '../chain/receipt.ts'
import { mergeStateDiffs, type StateDiff } from '../chain/state-update.ts'
import type { Transaction } from '../chain/transaction.ts'
import { decodeBlockNumber, decodeOpenHeader } from './decode-block.ts'
import { decodeReceipt } from './decode-receipt.ts'
import { decodeStateDiff } from './decode-state-update.ts'
import { decodeTransaction } from './decode-transaction.ts'
import { JsonReader, parseAnswer } from './json-reader.ts'

/** Transactions of one answer: several times the largest block there was. */
export const PRE_CONFIRMED_TRANSACTIONS_MAX = 20_000

/** What an answer has to tell of the block under construction: all of it, or what comes after what was known. */
export interface PreConfirmedNews {
  /** Undefined before the gateway says it: then it is the one that was asked for. */
  readonly number: number | undefined
  /** Names the round; undefined before there were such names (0.14.2). */
  readonly identifier: string | undefined
  /** Undefined where the rest follows what was known of the same round. */
  readonly header: OpenHeader | undefined
  /** The executed ones, then the candidates. */
  readonly transactions: readonly Transaction[]
  /** Of the executed ones. */
  readonly receipts: readonly Receipt[]
  readonly stateDiff: StateDiff
}

/** An answer of `get_preconfirmed_block` in either form (protocol 8.6); undefined: nothing is new. @throws DecodeError */
export function decodePreConfirmed(bytes: Uint8Array): PreConfirmedNews | undefined {
  const answer = parseAnswer(bytes)
  if (answer.value['changed'] === false) return undefined
  return {
    number: answer.has('block_number') ? decodeBlockNumber(answer) : undefined,
    identifier: answer.optional('block_identifier', (name) => decodeIdentifier(answer, name), undefined),
    header: answer.has('timestamp') ? decodeHeader(answer) : undefined,
    ...decodeItems(answer),
  }
}

function decodeHeader(answer: JsonReader): OpenHeader {
  answer.oneOf('status', ['PRE_CONFIRMED'])
  return decodeOpenHeader(answer)
}

/** It goes back into a URL. */
function decodeIdentifier(answer: JsonReader, name: string): string {
  const text = answer.text(name)
  return /^\w{1,80}$/.test(text) ? text : answer.fail('is not an identifier', name)
}

function decodeItems(answer: JsonReader): Pick<PreConfirmedNews, 'transactions' | 'receipts' | 'stateDiff'> {
  const count = answer.list('transactions').length
  if (count > PRE_CONFIRMED_TRANSACTIONS_MAX) {
    answer.fail(`has more than ${PRE_CONFIRMED_TRANSACTIONS_MAX} entries`, 'transactions')
  }
  const transactions = answer.objects('transactions').map(decodeTransaction)
  const receipts = executed(answer, 'transaction_receipts', count)
  const diffs = executed(answer, 'transaction_state_diffs', count)
  if (diffs.length !== receipts.length) answer.fail('are not of the executed transactions', 'transaction_state_diffs')
  return {
    transactions,
    receipts: receipts.map((receipt, i) => {
      if (equalFelts(receipt.felt('transaction_hash'), transactions[i]!.hash)) return decodeReceipt(receipt)
      return receipt.fail(`is not the hash of transaction ${i}`, 'transaction_hash')
    }),
    stateDiff: mergeStateDiffs(diffs.map(decodeStateDiff)),
  }
}

/** The entries before the first `null`, which marks a candidate; after it there are no others. */
function executed(answer: JsonReader, name: string, count: number): JsonReader[] {
  const list = answer.list(name)
  if (list.length !== count) answer.fail(`has ${list.length} entries for ${count} transactions`, name)
  const candidate = list.indexOf(null)
  const end = candidate < 0 ? list.length : candidate
  if (list.slice(end).some((entry) => entry !== null)) answer.fail('has an entry behind a candidate', name)
  return list.slice(0, end).map((value, i) => new JsonReader(value, `${name}[${i}]`, answer))
}
