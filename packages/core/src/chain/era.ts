import { CodedError } from '../base/errors.ts'
import type { Network } from './network.ts'

/**
 * The spans in which blocks are hashed by the same rules (protocol 4.1, 5). A span is named by the version that began
 * it; the version string of the block decides, and where there is none, `eraCandidates`.
 */
export type EraName = 'pre-0.7' | '0.7' | '0.11.1' | '0.13.2' | '0.13.4'

export interface Era {
  readonly name: EraName
  /** Formula of the block hash, as the protocol page names them (4.2). */
  readonly blockHash: 'F0' | 'F1' | 'F2' | 'F3'
  /** Which signatures enter the transaction commitment (5.1). */
  readonly signatures: 'invoke only' | 'all' | 'all, none as zero'
  /** Hash of commitment leaves and trees (5). */
  readonly commitments: 'pedersen' | 'poseidon'
  /** What no hash of the era covers, so that nothing can tell whether the gateway made it up. */
  readonly unauthenticated: readonly string[]
}

const NEVER = [
  'transaction.nonce of declare v0',
  'receipt.execution_resources.n_steps',
  'receipt.execution_resources.n_memory_holes',
  'receipt.execution_resources.builtin_instance_counter',
  'receipt.execution_resources.data_availability',
  'receipt.execution_resources.total_gas_consumed.l2_gas',
] as const

const BEFORE_0_13_2 = [
  ...NEVER,
  'state_update.state_diff.old_declared_contracts',
  'receipt.actual_fee',
  'receipt.execution_status',
  'receipt.revert_error',
  'receipt.l2_to_l1_messages',
  'receipt.execution_resources.total_gas_consumed',
  'block.l1_gas_price',
  'block.l1_data_gas_price',
  'block.l2_gas_price',
  'block.l1_da_mode',
  'block.starknet_version',
] as const

/** In order of time. */
export const ERAS: readonly Era[] = [
  {
    name: 'pre-0.7',
    blockHash: 'F0',
    signatures: 'invoke only',
    commitments: 'pedersen',
    unauthenticated: [...BEFORE_0_13_2, 'block.timestamp', 'receipt.events'],
  },
  {
    name: '0.7',
    blockHash: 'F1',
    signatures: 'invoke only',
    commitments: 'pedersen',
    unauthenticated: [...BEFORE_0_13_2, 'transaction.signature of declare and deploy_account'],
  },
  { name: '0.11.1', blockHash: 'F1', signatures: 'all', commitments: 'pedersen', unauthenticated: BEFORE_0_13_2 },
  {
    name: '0.13.2',
    blockHash: 'F2',
    signatures: 'all, none as zero',
    commitments: 'poseidon',
    unauthenticated: [...NEVER, 'block.l2_gas_price'],
  },
  { name: '0.13.4', blockHash: 'F3', signatures: 'all', commitments: 'poseidon', unauthenticated: NEVER },
]

const [PRE_0_7, SINCE_0_7, SINCE_0_11_1, SINCE_0_13_2, SINCE_0_13_4] = ERAS as [Era, Era, Era, Era, Era]

/** The first version whose rules nobody knows yet (protocol 4.2). */
const FIRST_UNKNOWN_VERSION = '0.15.0'

/** The block's version is one this node has no rules for. */
export class UnsupportedVersionError extends CodedError<{
  readonly code: 'UNSUPPORTED_VERSION'
  readonly version: string
  readonly block: number
}> {
  constructor(version: string, block: number) {
    super(
      `block ${block} has Starknet version "${version}", whose hash rules this node does not know`,
      {
        code: 'UNSUPPORTED_VERSION',
        version,
        block,
      },
      { hint: 'Update Deoxys.' },
    )
  }
}

/** Numeric comparison of up to four dot-separated parts, missing parts as 0; undefined for anything else. */
export function compareVersions(a: string, b: string): number | undefined {
  const left = parseVersion(a)
  const right = parseVersion(b)
  if (left === undefined || right === undefined) return undefined
  for (let i = 0; i < VERSION_PARTS_MAX; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

const VERSION_PARTS_MAX = 4

function parseVersion(version: string): readonly number[] | undefined {
  if (!/^\d{1,6}(\.\d{1,6}){0,3}$/.test(version)) return undefined
  return version.split('.').map(Number)
}

/** Whether `version` (none counts as 0.0.0) is at least `bound`. */
export function isAtLeast(version: string | undefined, bound: string): boolean {
  return (compareVersions(version ?? '0.0.0', bound) ?? -1) >= 0
}

/**
 * The eras a block may belong to, the likely one first. It is one, except for blocks without a version on networks
 * whose boundary of 0.7 no list has; there the block hash decides (protocol 4.1).
 * @throws UnsupportedVersionError for 0.15 and later, and for a version that is not one.
 */
export function eraCandidates(
  networks: readonly Network[],
  number: number,
  version: string | undefined,
): readonly Era[] {
  if (version !== undefined) {
    const unknown = compareVersions(version, FIRST_UNKNOWN_VERSION)
    if (unknown === undefined || unknown >= 0) throw new UnsupportedVersionError(version, number)
    if (isAtLeast(version, '0.13.4')) return [SINCE_0_13_4]
    if (isAtLeast(version, '0.13.2')) return [SINCE_0_13_2]
    if (isAtLeast(version, '0.11.1')) return [SINCE_0_11_1]
    if (isAtLeast(version, '0.7.0')) return [SINCE_0_7]
  }
  const spans = networks.map((network) => network.lastPre07Block)
  if (spans.every((last) => last !== 'unknown' && number > last)) return [SINCE_0_7]
  if (spans.every((last) => last !== 'unknown' && number <= last)) return [PRE_0_7]
  return [SINCE_0_7, PRE_0_7]
}
