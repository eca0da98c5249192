import type { BlockId, FeederAnswers, PreConfirmedQuery } from './feeder-answers.ts'
import {
  blockNumberNotFound,
  malformedRequest,
  noPendingHeader,
  noPendingSignature,
  notFound,
  undeclaredClass,
} from './feeder-error.ts'
import { readBlockNumber, readCount, readFlag, readHash, selectBlock } from './feeder-query.ts'
import { joinMembers, type RawJson, sliceMember } from './raw-json.ts'

/** An answer that is compressed already. */
export class Zipped {
  readonly gzip: Uint8Array

  constructor(gzip: Uint8Array) {
    this.gzip = gzip
  }
}

/** The answer of one endpoint. @throws FeederError for every refusal */
export type Route = (query: URLSearchParams, answers: FeederAnswers) => Promise<RawJson | Zipped>

/** The endpoints of protocol 8.2 by name. Parameters that none of them knows are ignored, as by the gateway. */
export const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['get_block', (query, answers) => (readFlag(query, 'headerOnly') ? header(query, answers) : block(query, answers))],
  ['get_state_update', stateUpdate],
  ['get_signature', signature],
  ['get_block_traces', (query, answers) => fromBlock(query, answers, (at) => answers.blockTraces(at))],
  ['get_preconfirmed_block', preConfirmedBlock],
  ['get_block_hash_by_id', blockHashById],
  ['get_block_id_by_hash', blockIdByHash],
  ['get_transaction', transaction],
  ['get_transaction_status', transactionStatus],
  ['get_class_by_hash', (query, answers) => fromClass(query, (hash) => answers.classByHash(hash))],
  [
    'get_compiled_class_by_class_hash',
    (query, answers) => fromClass(query, (hash) => answers.compiledClassByHash(hash)),
  ],
  ['get_public_key', async (_, answers) => (await answers.publicKey()) ?? refuse('no public key here')],
  [
    'get_contract_addresses',
    async (_, answers) => (await answers.contractAddresses()) ?? refuse('no contract addresses here'),
  ],
])

type FromBlock = (at: BlockId) => Promise<RawJson | undefined>

/** What `get` has for the selected block. Without a pending block `pending` means the latest, as since 0.14.0. */
async function fromBlock(query: URLSearchParams, answers: FeederAnswers, get: FromBlock): Promise<RawJson> {
  const { at, missing } = await selectBlock(query, answers)
  let answer = await get(at)
  if (answer === undefined && at === 'pending') {
    const latest = answers.latest()
    if (latest !== undefined) answer = await get(latest)
  }
  if (answer === undefined) throw missing()
  return answer
}

function block(query: URLSearchParams, answers: FeederAnswers): Promise<RawJson> {
  const withFeeMarketInfo = readFlag(query, 'withFeeMarketInfo')
  return fromBlock(query, answers, (at) => answers.block(at, { withFeeMarketInfo }))
}

async function header(query: URLSearchParams, answers: FeederAnswers): Promise<RawJson> {
  const { at, missing } = await selectBlock(query, answers)
  if (at === 'pending') throw noPendingHeader()
  const hash = await answers.blockHash(at)
  if (hash === undefined) throw missing()
  return text(`{"block_hash": ${JSON.stringify(hash)}, "block_number": ${at}}`)
}

async function stateUpdate(query: URLSearchParams, answers: FeederAnswers): Promise<RawJson | Zipped> {
  const options = {
    includeBlock: readFlag(query, 'includeBlock'),
    includeSignature: readFlag(query, 'includeSignature'),
    withFeeMarketInfo: readFlag(query, 'withFeeMarketInfo'),
  }
  if (options.includeBlock && !options.includeSignature && !options.withFeeMarketInfo) {
    const { at } = await selectBlock(query, answers)
    const gzip = at === 'pending' ? undefined : await answers.zippedStateUpdate?.(at)
    if (gzip !== undefined) return new Zipped(gzip)
  }
  return fromBlock(query, answers, (at) => answers.stateUpdate(at, options))
}

async function signature(query: URLSearchParams, answers: FeederAnswers): Promise<RawJson> {
  const { at, missing } = await selectBlock(query, answers)
  if (at === 'pending') throw noPendingSignature()
  const answer = await answers.signature(at)
  if (answer === undefined) throw missing()
  return answer
}

async function preConfirmedBlock(query: URLSearchParams, answers: FeederAnswers): Promise<RawJson> {
  const number = query.get('blockNumber') ?? 'latest'
  const block = number === 'latest' ? number : readBlockNumber(number)
  const blockIdentifier = query.get('blockIdentifier') ?? undefined
  if (blockIdentifier !== undefined && !/^(0x[0-9a-fA-F]{0,64})?$/.test(blockIdentifier)) {
    throw malformedRequest(`Field blockIdentifier must be a hexadecimal string; got: ${blockIdentifier}.`)
  }
  const knownTransactionCount = readCount(query, 'knownTransactionCount')
  if (block === undefined) throw blockNumberNotFound(number)
  const known: PreConfirmedQuery = { block, blockIdentifier, knownTransactionCount }
  const answer = await answers.preConfirmedBlock(known)
  if (answer === undefined) throw blockNumberNotFound(number)
  return answer
}

async function blockHashById(query: URLSearchParams, answers: FeederAnswers): Promise<RawJson> {
  const id = query.get('blockId')
  const number = id !== null && /^[0-9]+$/.test(id) ? Number(id) : undefined
  if (number === undefined) throw malformedRequest(id === null ? "'blockId'" : `blockId is not a number; got: ${id}.`)
  const hash = Number.isSafeInteger(number) ? await answers.blockHash(number) : undefined
  if (hash !== undefined) return text(JSON.stringify(hash))
  const end = (answers.latest() ?? -1) + 1
  throw malformedRequest(`Block ID should be in the range [0, ${end}); got: ${id}.`)
}

async function blockIdByHash(query: URLSearchParams, answers: FeederAnswers): Promise<RawJson> {
  readHash(query, 'blockHash', 'block hash')
  const { at } = await selectBlock(query, answers)
  return text(String(at))
}

/** An unknown transaction is no error: the gateway says 200 and this. */
const TRANSACTION_NOT_RECEIVED = '{"finality_status": "NOT_RECEIVED", "status": "NOT_RECEIVED"}'
const STATUS_NOT_RECEIVED = '{"tx_status": "NOT_RECEIVED", "finality_status": "NOT_RECEIVED", "execution_status": null}'

/** Members of a transaction's status, and of the transaction's answer they come from. */
const STATUS_MEMBERS = [
  ['tx_status', 'status'],
  ['finality_status', 'finality_status'],
  ['execution_status', 'execution_status'],
  ['block_hash', 'block_hash'],
] as const

async function transaction(query: URLSearchParams, answers: FeederAnswers): Promise<RawJson> {
  const answer = await answers.transaction(readHash(query, 'transactionHash', 'transaction hash'))
  return answer ?? text(TRANSACTION_NOT_RECEIVED)
}

async function transactionStatus(query: URLSearchParams, answers: FeederAnswers): Promise<RawJson> {
  const answer = await answers.transaction(readHash(query, 'transactionHash', 'transaction hash'))
  if (answer === undefined) return text(STATUS_NOT_RECEIVED)
  const status: [string, RawJson][] = []
  const reason = sliceMember(answer, 'revert_error')
  for (const [to, from] of STATUS_MEMBERS) {
    const member = sliceMember(answer, from)
    if (member !== undefined) status.push([to, member])
  }
  if (reason !== undefined) status.push(['tx_revert_reason', reason])
  return joinMembers(status)
}

type FromClass = (hash: string) => Promise<RawJson | undefined>

/** The block of the request is not looked at: a class hash says all there is to say about a class. */
async function fromClass(query: URLSearchParams, get: FromClass): Promise<RawJson> {
  const hash = readHash(query, 'classHash', 'class hash')
  const answer = await get(hash)
  if (answer === undefined) throw undeclaredClass(query.get('classHash') ?? hash)
  return answer
}

function refuse(message: string): never {
  throw notFound(message)
}

function text(json: string): RawJson {
  return Buffer.from(json)
}
