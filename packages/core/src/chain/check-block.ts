import { equalFelts, type Felt, hexFromFelt, isZero, ZERO } from '../base/felt.ts'
import type { BlockHeader, ReportedBlock, ReportedHeader } from './block.ts'
import { type BlockHashInput, blockHash } from './block-hash.ts'
import {
  eventCommitment,
  receiptCommitment,
  stateDiffCommitment,
  stateDiffLength,
  transactionCommitment,
} from './commitment.ts'
import { type Era, eraCandidates } from './era.ts'
import { all, type Hashing } from './hashing.ts'
import { isUnverifiable, type Network } from './network.ts'
import type { StateUpdate } from './state-update.ts'
import type { Transaction } from './transaction.ts'
import { type TransactionHashResult, verifyTransactionHash } from './transaction-hash.ts'

/** What is checked of a block by itself, without the state below it. */
export const CHECK_NAMES = [
  'transaction_hashes',
  'transaction_commitment',
  'event_commitment',
  'receipt_commitment',
  'state_diff_commitment',
  'block_hash',
  'signature',
] as const

export type CheckName = (typeof CHECK_NAMES)[number]

/**
 * - `differs`: the answer prints another value than the one the block hash proves; the proved one counts
 * - `absent`: nothing to check against
 * - `not_applicable`: the era has no such thing
 * - `unverifiable`: listed as a value that no known rule gives
 */
export type CheckStatus = 'ok' | 'failed' | 'differs' | 'absent' | 'not_applicable' | 'unverifiable'

export interface Check {
  readonly status: CheckStatus
  readonly expected?: Felt | undefined
  readonly computed?: Felt | undefined
  readonly reason?: string | undefined
  /** Of the transaction hashes: how many there are, and how many could be recomputed. */
  readonly total?: number
  readonly verified?: number
}

export interface BlockReport {
  /** Networks that the block may be of, as far as its content tells. */
  readonly networks: readonly Network[]
  readonly era: Era
  readonly checks: Readonly<Record<CheckName, Check>>
  /** The header with every value computed here. Proved only if `block_hash` is ok. */
  readonly header: BlockHeader
}

/** Whether nothing speaks against the block: no check failed, none was impossible. */
export function isReportOk(report: BlockReport): boolean {
  return CHECK_NAMES.every((name) => !['failed', 'unverifiable'].includes(report.checks[name].status))
}

/**
 * Checks a block by the rules of its era (protocol 13, steps 4 to 6). The signature is not in here: `checkSignatures`.
 * @param networks what the block may be of; its transactions and its hash narrow them down
 * @throws UnsupportedVersionError
 */
export function* checkBlock(
  networks: readonly Network[],
  block: ReportedBlock,
  update: StateUpdate | undefined,
): Hashing<BlockReport> {
  const { header, transactions, receipts } = block
  const eras = eraCandidates(networks, header.number, header.version)
  // Candidates differ in the formula of the block hash alone.
  const era = eras[0]!
  const hashes = yield* checkTransactionHashes(networks, transactions)
  const [transactionsRoot, eventsRoot, receiptsRoot, diffCommitment] = yield* all([
    transactionCommitment(era, transactions),
    eventCommitment(era, transactions, receipts),
    receiptCommitment(transactions, receipts),
    ...(update === undefined ? [] : [stateDiffCommitment(update.stateDiff)]),
  ])
  const input: BlockHashInput = {
    ...header,
    version: header.version ?? '',
    sequencerAddress: header.sequencerAddress ?? ZERO,
    transactionCount: transactions.length,
    eventCount: receipts.reduce((sum, receipt) => sum + receipt.events.length, 0),
    transactionCommitment: transactionsRoot!,
    eventCommitment: eventsRoot!,
    receiptCommitment: receiptsRoot!,
    stateDiffCommitment: diffCommitment ?? header.stateDiffCommitment ?? ZERO,
    stateDiffLength: update === undefined ? (header.stateDiffLength ?? 0) : stateDiffLength(update.stateDiff),
  }
  const match = yield* findBlockHash(hashes.networks, header, input)
  const proved = match.proved ?? { era, input, networks: hashes.networks }
  const isProved = match.proved !== undefined
  const isPoseidon = proved.era.commitments === 'poseidon'
  const compare = (reported: Felt | undefined, computed: Felt) =>
    compareCommitment(reported, computed, isProved, isPoseidon)
  return {
    networks: proved.networks,
    era: proved.era,
    checks: {
      transaction_hashes: hashes.check,
      transaction_commitment: compare(header.transactionCommitment, input.transactionCommitment),
      event_commitment:
        proved.era.blockHash === 'F0' ? NOT_APPLICABLE : compare(header.eventCommitment, input.eventCommitment),
      receipt_commitment: isPoseidon ? compare(header.receiptCommitment, input.receiptCommitment) : NOT_APPLICABLE,
      state_diff_commitment: checkStateUpdate(header, update, input, isPoseidon, compare),
      block_hash: match.check,
      signature: { status: 'absent' },
    },
    header: { ...proved.input, hash: header.hash, signature: undefined },
  }
}

const NOT_APPLICABLE: Check = { status: 'not_applicable' }

interface TransactionHashes {
  readonly check: Check
  /** Those under whose chain ids most hashes fit; all of them when none does. */
  readonly networks: readonly Network[]
}

function* checkTransactionHashes(
  networks: readonly Network[],
  transactions: readonly Transaction[],
): Hashing<TransactionHashes> {
  const results = new Array<TransactionHashResult>(transactions.length)
  const verifiedBy = new Array<Felt | undefined>(transactions.length)
  for (const chainId of distinctFelts(networks.flatMap((network) => network.chainIds))) {
    // Every formula holds the chain id, so a hash fits under one at most.
    const rest = [...transactions.keys()].filter((i) => verifiedBy[i] === undefined)
    const attempts = yield* all(rest.map((i) => verifyTransactionHash(transactions[i]!, chainId)))
    rest.forEach((i, n) => {
      results[i] ??= attempts[n]!
      if (!attempts[n]!.verified) return
      results[i] = attempts[n]!
      verifiedBy[i] = chainId
    })
  }
  const scores = networks.map((network) =>
    verifiedBy.reduce((sum, by) => sum + (by !== undefined && includesFelt(network.chainIds, by) ? 1 : 0), 0),
  )
  const best = Math.max(...scores)
  const fitting = networks.filter((_, i) => scores[i] === best)
  return { check: transactionCheck(transactions, results), networks: fitting }
}

function transactionCheck(transactions: readonly Transaction[], results: readonly TransactionHashResult[]): Check {
  const total = transactions.length
  const failed = results.findIndex((result) => !result.verified)
  const verified = results.filter((result) => result.verified).length
  if (failed < 0) return { status: 'ok', total, verified }
  const { computed, reason } = results[failed]!
  return {
    status: 'failed',
    total,
    verified,
    expected: transactions[failed]!.hash,
    computed,
    reason: `transaction ${failed}: ${reason ?? 'no known formula gives its hash'}`,
  }
}

interface BlockHashMatch {
  readonly check: Check
  readonly proved:
    | { readonly era: Era; readonly input: BlockHashInput; readonly networks: readonly Network[] }
    | undefined
}

/** Tries what the networks' rules allow (protocol 4.1, 4.3); the first that gives the recorded hash holds. */
function* findBlockHash(
  networks: readonly Network[],
  header: ReportedHeader,
  input: BlockHashInput,
): Hashing<BlockHashMatch> {
  const expected = header.hash
  const fits = new Map<Era, { input: BlockHashInput; networks: Network[] }>()
  let computed: Felt | undefined
  for (const network of networks) {
    for (const attempt of blockHashAttempts(network, header, input)) {
      const hash = yield* blockHash(attempt.era, attempt.input, attempt.chainId)
      computed ??= hash
      if (!equalFelts(hash, expected)) continue
      const known = fits.get(attempt.era)
      if (known === undefined) fits.set(attempt.era, { input: attempt.input, networks: [network] })
      else known.networks.push(network)
      break
    }
  }
  for (const [era, fit] of fits) {
    return { check: { status: 'ok', expected, computed: expected }, proved: { era, ...fit } }
  }
  const isListed = networks.some((network) => isUnverifiable(network, header.number))
  return {
    check: { status: isListed ? 'unverifiable' : 'failed', expected, computed, reason: NO_FORMULA },
    proved: undefined,
  }
}

const NO_FORMULA = 'no known formula gives the hash from this content'

interface BlockHashAttempt {
  readonly era: Era
  readonly input: BlockHashInput
  readonly chainId: Felt
}

function* blockHashAttempts(
  network: Network,
  header: ReportedHeader,
  input: BlockHashInput,
): Generator<BlockHashAttempt, void, void> {
  for (const era of eraCandidates([network], header.number, header.version)) {
    if (era.blockHash === 'F0') {
      for (const chainId of network.chainIds) yield { era, input: { ...input, sequencerAddress: ZERO }, chainId }
      continue
    }
    const addresses =
      era.blockHash === 'F1' ? [input.sequencerAddress, ZERO, network.fallbackSequencer] : [input.sequencerAddress]
    for (const sequencerAddress of distinctFelts(addresses)) {
      yield { era, input: { ...input, sequencerAddress }, chainId: ZERO }
    }
  }
}

type Compare = (reported: Felt | undefined, computed: Felt) => Check

function compareCommitment(reported: Felt | undefined, computed: Felt, isProved: boolean, isPoseidon: boolean): Check {
  if (reported === undefined) return { status: 'absent', computed }
  if (equalFelts(reported, computed)) return { status: 'ok', expected: reported, computed }
  if (!isPoseidon && isZero(reported)) {
    return { status: 'absent', expected: reported, computed, reason: 'the gateway prints zero for old blocks' }
  }
  return isProved
    ? { status: 'differs', expected: reported, computed, reason: 'the block hash proves the computed value' }
    : { status: 'failed', expected: reported, computed }
}

function checkStateUpdate(
  header: ReportedHeader,
  update: StateUpdate | undefined,
  input: BlockHashInput,
  isPoseidon: boolean,
  compare: Compare,
): Check {
  if (update === undefined) return { status: isPoseidon ? 'absent' : 'not_applicable' }
  if (!equalFelts(update.blockHash, header.hash)) {
    return {
      status: 'failed',
      expected: header.hash,
      computed: update.blockHash,
      reason: 'the state update names another block',
    }
  }
  if (!equalFelts(update.newRoot, header.stateRoot)) {
    return {
      status: 'failed',
      expected: header.stateRoot,
      computed: update.newRoot,
      reason: 'the state update names another state root',
    }
  }
  return isPoseidon ? compare(header.stateDiffCommitment, input.stateDiffCommitment) : NOT_APPLICABLE
}

function distinctFelts(felts: readonly Felt[]): Felt[] {
  return [...new Map(felts.map((felt) => [hexFromFelt(felt), felt])).values()]
}

function includesFelt(felts: readonly Felt[], value: Felt): boolean {
  return felts.some((felt) => equalFelts(felt, value))
}
