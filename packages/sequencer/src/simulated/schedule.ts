import { compareVersions, type Era, eraCandidates, isAtLeast, type L1DataMode } from '@deoxys/core/protocol'

/** From block `from` on, blocks are of Starknet `version`. */
export interface ScheduleEntry {
  readonly from: number
  readonly version: string
}

/** When which protocol version is in force: the first entry from block 0, later ones from later blocks. */
export type Schedule = readonly ScheduleEntry[]

/** The oldest version a chain can be simulated in. */
const VERSION_MIN = '0.12.3'

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
  let previous: ScheduleEntry = { from: -1, version: VERSION_MIN }
  for (const entry of schedule) {
    const { from, version } = entry
    if (!Number.isSafeInteger(from) || from <= previous.from) {
      throw new RangeError(`schedule: block ${from} does not come after block ${previous.from}`)
    }
    rulesOf(version)
    if (!isAtLeast(version, previous.version)) {
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
  readonly version: string
  readonly era: Era
  readonly accountVersions: readonly AccountVersion[]
  readonly l1DataMode: L1DataMode
  readonly hasFriPrices: boolean
  /** Receipts say what they publish on L1, blocks what that costs. */
  readonly hasDataAvailability: boolean
  readonly hasTotalGas: boolean
  /** L2 gas in prices and receipts, `L1_DATA_GAS` in bounds, contract 0x2 in the state. */
  readonly hasL2Gas: boolean
  /** How many an invocation may bring; undefined where there is no such field. */
  readonly proofFactsMax: number | undefined
  /** Of the hash that goes into the class trie; from 2 on older leaves migrate. */
  readonly compiledClassHash: 1 | 2
}

/** @throws RangeError before 0.12.3, UnsupportedVersionError for what is no version or not known yet */
export function rulesOf(version: string): Rules {
  const era = eraCandidates([], 0, version)[0]!
  const since = (bound: string) => isAtLeast(version, bound)
  if ((compareVersions(version, VERSION_MIN) ?? -1) < 0) {
    throw new RangeError(`schedule: version ${version} is before ${VERSION_MIN}, the oldest that can be simulated`)
  }
  return {
    version,
    era,
    accountVersions: since('0.14.0') ? [3] : since('0.13.0') ? [1, 2, 3] : [1, 2],
    l1DataMode: since('0.13.1') ? 'BLOB' : 'CALLDATA',
    hasFriPrices: since('0.13.0'),
    hasDataAvailability: since('0.13.1'),
    hasTotalGas: since('0.13.2'),
    hasL2Gas: since('0.13.4'),
    proofFactsMax: since('0.14.2') ? 2 : since('0.14.1') ? 0 : undefined,
    compiledClassHash: since('0.14.1') ? 2 : 1,
  }
}
