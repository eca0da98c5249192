import type { Kernel } from '@deoxys/kernel'
import { CheckError } from '../base/errors.ts'
import { hexFromFelt } from '../base/felt.ts'
import type { BlockHeader, ReportedBlock } from '../chain/block.ts'
import type { BlockSignature } from '../chain/block-signature.ts'
import { type BlockReport, CHECK_NAMES, type Check, type CheckName, checkBlock } from '../chain/check-block.ts'
import { checkSignature } from '../chain/check-signature.ts'
import { encodeBlockFrame, encodeStateFrame } from '../chain/frame.ts'
import { runHashing } from '../chain/hashing.ts'
import { LEDGER_BITS, type LedgerMask } from '../chain/ledger.ts'
import type { Network } from '../chain/network.ts'
import type { StateUpdate } from '../chain/state-update.ts'
import { decodeBlock } from '../gateway/decode-block.ts'
import { decodeSignature } from '../gateway/decode-signature.ts'
import { decodeStateUpdate } from '../gateway/decode-state-update.ts'
import { DecodeError, JsonReader, parseAnswer, parseJson } from '../gateway/json-reader.ts'
import type { RawBlock } from './raw-block.ts'

/**
 * - `strict`: a block is refused for any check that fails or is impossible
 * - `warn`: such a check is logged, and missing in the ledger; parent, roots and the block's number are enforced still
 */
export type VerifyPolicy = 'strict' | 'warn'

export interface VerifiedBlock {
  readonly header: BlockHeader
  readonly update: StateUpdate
  /** BLOCK and STATE frame. */
  readonly block: Uint8Array
  readonly state: Uint8Array
  readonly checks: LedgerMask
  /** What the policy let pass. */
  readonly warnings: readonly CheckError[]
}

/**
 * Bytes of a gateway to verified frames: decode, transaction hashes, commitments, block hash, signature (protocol 13).
 * @throws DecodeError, UnsupportedVersionError
 * @throws CheckError the first check that failed; under `warn` only `block_number`
 */
export function verifyBlock(kernel: Kernel, network: Network, policy: VerifyPolicy, raw: RawBlock): VerifiedBlock {
  const { block, update, signature } = decodeRawBlock(raw)
  const { number } = block.header
  if (number !== raw.number) throw wrongNumber(raw.number, number)
  const report = runHashing(kernel, checkBlock([network], block, update))
  const signed = checkSignature(kernel, [network], block.header.hash, signature)
  const checks = { ...report.checks, signature: signed.check }
  const warnings = CHECK_NAMES.filter((name) => isRefused(checks[name])).map((name) =>
    checkError(name, number, checks[name]),
  )
  if (policy === 'strict' && warnings[0] !== undefined) throw warnings[0]
  const header = { ...report.header, signature: [signature.r, signature.s] as const }
  return {
    header,
    update,
    block: encodeBlockFrame({ header, transactions: block.transactions, receipts: block.receipts }),
    state: encodeStateFrame(update),
    checks: ledgerOf(report, checks),
    warnings,
  }
}

interface DecodedBlock {
  readonly block: ReportedBlock
  readonly update: StateUpdate
  readonly signature: BlockSignature
}

function decodeRawBlock(raw: RawBlock): DecodedBlock {
  const together = parseAnswer(raw.together)
  const half = (bytes: Uint8Array | undefined, name: string) =>
    bytes === undefined ? together.object(name) : new JsonReader(parseHalf(bytes, name), name)
  return {
    block: decodeBlock(half(raw.block, 'block')),
    update: decodeStateUpdate(half(raw.stateUpdate, 'state_update')),
    signature: decodeSignature(half(raw.signature, 'signature')),
  }
}

/** JSON of one half; an error's path begins with its name. */
function parseHalf(bytes: Uint8Array, name: string): unknown {
  try {
    return parseJson(bytes)
  } catch (error) {
    throw error instanceof DecodeError ? new DecodeError(name, error.data.reason) : error
  }
}

function isRefused({ status }: Check): boolean {
  return status === 'failed' || status === 'unverifiable'
}

/** The bits of what was proved: a commitment that the proved block hash covers is, whatever the answer printed. */
function ledgerOf(report: BlockReport, checks: Readonly<Record<CheckName, Check>>): LedgerMask {
  const isHashProved = checks.block_hash.status === 'ok'
  let mask = 0
  for (const name of CHECK_NAMES) {
    const { status } = checks[name]
    const isCovered = name.endsWith('_commitment') && isHashProved && (status === 'absent' || status === 'differs')
    if (status === 'ok' || isCovered) mask |= LEDGER_BITS[name]
  }
  return report.era.commitments === 'poseidon' ? mask : mask & ~LEDGER_BITS.state_diff_commitment
}

function checkError(name: CheckName, block: number, check: Check): CheckError {
  const expected = check.expected && hexFromFelt(check.expected)
  const computed = check.computed && hexFromFelt(check.computed)
  const values =
    expected === undefined ? '' : `: expected ${expected}${computed === undefined ? '' : `, computed ${computed}`}`
  const reason = check.reason === undefined ? '' : ` (${check.reason})`
  return new CheckError(`block ${block}: ${name} ${check.status}${values}${reason}`, {
    code: 'CHECK_FAILED',
    check: name,
    block,
    ...(expected === undefined ? {} : { expected }),
    ...(computed === undefined ? {} : { computed }),
  })
}

function wrongNumber(expected: number, computed: number): CheckError {
  return new CheckError(`asked for block ${expected}, the answer is block ${computed}`, {
    code: 'CHECK_FAILED',
    check: 'block_number',
    block: expected,
    expected: String(expected),
    computed: String(computed),
  })
}
