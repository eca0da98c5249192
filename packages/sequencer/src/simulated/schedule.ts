import { compareVersions, ERAS, type Era, eraCandidates, isAtLeast, type L1DataMode } from '@deoxys/core/protocol'

/**
 * From block `from` on, blocks are of Starknet `version`: a version as `0.13.2.1`, or `pre-0.7`. Blocks say theirs from
 * 0.9.1 on.
 */
export interface ScheduleEntry {
  readonly from: number
  readonly version: string
}

/** When which protocol version is in force: the first entry from block 0, later ones from later blocks. */
export type Schedule = readonly ScheduleEntry[]

/** The time before 0.7, which has no version. */
const PRE_0_7 = 'pre-0.7'

/** Stands for it where versions are compared. */
const BEFORE_0_7 = '0.6.0'

/** Three formulas of the block hash, and the move of compiled class hashes to Blake2s, within a dozen blocks. */
export const DEFAULT_SCHEDULE: Schedule = [
  { from: 0, version: '0.12.3' },
  { from: 4, version: '0.13.2.1' },
  { from: 6, version: '0.13.4' },
  { from: 9, version: '0.14.1' },
]

/** @throws RangeError, UnsupportedVersionError */
export function verifySchedule(schedule: Schedule): void {
  if (schedule[0]?.from !== 0) throw new RangeError('schedule: it must begin with block 0')
  let previous: ScheduleEntry = { from: -1, version: PRE_0_7 }
  for (const entry of schedule) {
    const { from, version } = entry
    if (!Number.isSafeInteger(from) || from <= previous.from) {
      throw new RangeError(`schedule: block ${from} does not come after block ${previous.from}`)
    }
    rulesOf(version)
    if (!isAtLeast(comparable(version), comparable(previous.version))) {
      throw new RangeError(`schedule: version ${version} of block ${from} is before ${previous.version}`)
    }
    previous = entry
  }
}

/** The version of block `number` ≥ 0. */
export function versionAt(schedule: Schedule, number: number): string {
  const entry = schedule.findLast(({ from }) => from <= number)
  if (entry === undefined) throw new Error(`no version for block ${number}`)
  return entry.version
}

/** Of an account's transactions; those of L1 have version 0. */
export type AccountVersion = 1 | 2 | 3

/** What a version changed in the content of blocks, beside the hashes, which are core's matter (protocol 3 to 8). */
export interface Rules {
  /** As blocks spell it; empty before 0.9.1, when they did not. */
  readonly version: string
  readonly era: Era
  readonly accountVersions: readonly AccountVersion[]
  /** `INVOKE_FUNCTION` of version 0 and `DEPLOY`: whoever wants calls and deploys, without a nonce. */
  readonly isOpen: boolean
  /** Classes are declared; before, whoever deployed brought the class along. */
  readonly hasDeclare: boolean
  readonly hasFees: boolean
  readonly hasReverts: boolean
  readonly hasReplacedClasses: boolean
  /** Formulas of transaction hashes: those of the first mainnet blocks, of L1 handlers in two forms (protocol 3.4). */
  readonly transactionHash: 'oldest' | 'legacy' | 'modern'
  /** Blocks name their sequencer and print commitments. */
  readonly hasFullHeader: boolean
  /** Contract 0x1 keeps block hashes. */
  readonly hasBlockHashes: boolean
  readonly l1DataMode: L1DataMode
  readonly hasFriPrices: boolean
  /** Receipts say what they publish on L1, blocks what that costs. */
  readonly hasDataAvailability: boolean
  readonly hasTotalGas: boolean
  /** L2 gas in prices and receipts, `L1_DATA_GAS` in bounds, contract 0x2 in the state. */
  readonly hasL2Gas: boolean
  /** A block under construction is asked for as `pending`, not as pre-confirmed. */
  readonly hasPending: boolean
  /** How many an invocation may bring; undefined where there is no such field. */
  readonly proofFactsMax: number | undefined
  /** Of the hash that goes into the class trie; from 2 on older leaves migrate. */
  readonly compiledClassHash: 1 | 2
}

/** @throws RangeError for what is no version, UnsupportedVersionError for one that is not known yet */
export function rulesOf(version: string): Rules {
  const era = eraOf(version)
  const since = (bound: string) => isAtLeast(comparable(version), bound)
  const isPrinted = since('0.9.1')
  return {
    version: isPrinted ? version : '',
    era,
    accountVersions: accountVersionsOf(since),
    isOpen: era.signatures === 'invoke only',
    hasDeclare: isPrinted,
    hasFees: isPrinted,
    hasReverts: since('0.12.1'),
    hasReplacedClasses: since('0.11.0'),
    transactionHash: isPrinted ? 'modern' : since('0.7.0') ? 'legacy' : 'oldest',
    hasFullHeader: isPrinted,
    hasBlockHashes: since('0.12.2'),
    l1DataMode: since('0.13.1') ? 'BLOB' : 'CALLDATA',
    hasFriPrices: since('0.13.0'),
    hasDataAvailability: since('0.13.1'),
    hasTotalGas: since('0.13.2'),
    hasL2Gas: since('0.13.4'),
    hasPending: !since('0.14.0'),
    proofFactsMax: since('0.14.2') ? 2 : since('0.14.1') ? 0 : undefined,
    compiledClassHash: since('0.14.1') ? 2 : 1,
  }
}

function eraOf(version: string): Era {
  if (version !== PRE_0_7 && compareVersions(version, BEFORE_0_7) === undefined) {
    throw new RangeError(`schedule: "${version}" is no version`)
  }
  const candidates = eraCandidates([], 0, comparable(version))
  const era = isAtLeast(comparable(version), '0.7.0') ? candidates[0] : ERAS.find(({ name }) => name === PRE_0_7)
  if (era === undefined) throw new Error(`no era for ${version}`)
  return era
}

function accountVersionsOf(since: (bound: string) => boolean): readonly AccountVersion[] {
  if (since('0.14.0')) return [3]
  if (since('0.13.0')) return [1, 2, 3]
  if (since('0.11.0')) return [1, 2]
  return since('0.10.0') ? [1] : []
}

function comparable(version: string): string {
  return version === PRE_0_7 ? BEFORE_0_7 : version
}
