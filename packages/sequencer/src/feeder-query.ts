import { hexFromFelt, parseFelt } from '@deoxys/core'
import type { BlockId, FeederAnswers } from './feeder-answers.ts'
import {
  blockHashNotFound,
  blockNumberNotFound,
  type FeederError,
  type HashKind,
  hashMalformed,
  malformedRequest,
  outOfRange,
} from './feeder-error.ts'

/** The block that a request means, and what to say when the answers do not have it. */
export interface SelectedBlock {
  readonly at: BlockId
  readonly missing: () => FeederError
}

/**
 * Reads `blockNumber=N|latest|pending` or `blockHash=0x…`; with neither, or `null`, the latest block is meant.
 * @throws FeederError for a malformed selector, an unknown hash, and `latest` of an empty chain
 */
export async function selectBlock(query: URLSearchParams, answers: FeederAnswers): Promise<SelectedBlock> {
  const number = query.get('blockNumber')
  const hash = query.get('blockHash')
  if (number !== null && hash !== null) {
    throw malformedRequest(
      'Exactly one identifier - blockNumber or blockHash, have to be specified; ' +
        `got: blockNumber=${number}, blockHash=${hash}.`,
    )
  }
  if (hash !== null && hash !== 'null') {
    const at = await answers.blockNumber(readHash(query, 'blockHash', 'block hash'))
    if (at === undefined) throw blockHashNotFound(hash)
    return { at, missing: () => blockHashNotFound(hash) }
  }
  const text = number === null || number === 'null' ? 'latest' : number
  const missing = () => blockNumberNotFound(text)
  if (text === 'pending') return { at: 'pending', missing }
  const at = text === 'latest' ? answers.latest() : readBlockNumber(text)
  if (at === undefined) throw missing()
  return { at, missing }
}

/** `undefined` beyond every block there can be. @throws FeederError unless decimal digits */
export function readBlockNumber(text: string): number | undefined {
  if (!/^[0-9]+$/.test(text)) {
    throw malformedRequest(
      `Field blockNumber must be a non-negative integer, 'latest', 'pending' or 'null'; got: ${text}.`,
    )
  }
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : undefined
}

/** The hash under `name`, in the one form the answers know. @throws FeederError unless `0x…` below the prime */
export function readHash(query: URLSearchParams, name: string, kind: HashKind): string {
  const text = query.get(name)
  if (text === null || !/^0x[0-9a-fA-F]+$/.test(text)) throw hashMalformed(kind, text ?? undefined)
  const digits = text.slice(2).replace(/^0+(?=.)/, '')
  const felt = parseFelt(`0x${digits}`)
  if (felt === undefined) throw outOfRange(kind, text)
  return hexFromFelt(felt)
}

/** A flag such as `includeBlock=true`; absent is false. @throws FeederError */
export function readFlag(query: URLSearchParams, name: string): boolean {
  const text = query.get(name) ?? 'false'
  if (/^true$/i.test(text)) return true
  if (/^false$/i.test(text)) return false
  throw malformedRequest(`Field ${name} must be a boolean; got: ${text}.`)
}

/** `undefined` when absent. @throws FeederError unless a safe integer ≥ 0 */
export function readCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const count = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(count))
    throw malformedRequest(`Field ${name} must be a non-negative integer; got: ${text}.`)
  return count
}
