import type { Kernel } from '@deoxys/kernel'
import type { ChainContent } from './chain-builder.ts'
import type { Journal } from './journal.ts'
import { menuContent } from './menu-content.ts'
import { rulesOf, type Schedule } from './schedule.ts'
import { DENSE, MAINNET_LIKE, type Parameters } from './workload/parameters.ts'
import { fillBlocksOf, WorkloadContent } from './workload/workload-content.ts'

/**
 * - `tiny`: 4 to 8 transactions a block, every type of the era within a few blocks
 * - `mainnet-like`: sizes and distributions of recorded blocks
 * - `dense`: 500 transactions and some 5000 cells a block
 */
export type ProfileName = 'tiny' | 'mainnet-like' | 'dense'

export interface Profile {
  /** Unless another is given. */
  readonly schedule: Schedule | undefined
  /** How many blocks back a chain can fork: what is remembered of each takes a few times the block. */
  readonly reorgDepthMax: number
  /** Of the workload; `tiny` has a menu instead. */
  readonly parameters: Parameters | undefined
}

const NEWEST: Schedule = [{ from: 0, version: '0.14.1' }]

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  tiny: { schedule: undefined, reorgDepthMax: 1000, parameters: undefined },
  'mainnet-like': { schedule: NEWEST, reorgDepthMax: 64, parameters: MAINNET_LIKE },
  dense: { schedule: NEWEST, reorgDepthMax: 16, parameters: DENSE },
}

export interface ContentOptions {
  readonly seed: number
  readonly stateCells: number | undefined
  readonly schedule: Schedule
  readonly journal: Journal
  readonly kernel: Kernel
}

/** @throws RangeError for a schedule or size that the profile has not */
export function createContent(profile: ProfileName, options: ContentOptions): ChainContent {
  const { parameters } = PROFILES[profile]
  if (parameters === undefined) return menuContent
  const old = options.schedule.find(({ version }) => !hasSierra(version))
  if (old !== undefined) throw new RangeError(`profile ${profile}: it begins with 0.11.0, not with ${old.version}`)
  const { seed, stateCells = parameters.stateCells, journal } = options
  if (!Number.isSafeInteger(stateCells) || stateCells < 0) throw new RangeError(`stateCells: ${stateCells}`)
  return new WorkloadContent({ seed, parameters, stateCells, journal })
}

/** Blocks that make the state before the first ordinary one. */
export function countFillBlocks(profile: ProfileName, stateCells: number | undefined): number {
  const { parameters } = PROFILES[profile]
  return parameters === undefined ? 0 : fillBlocksOf(stateCells ?? parameters.stateCells)
}

function hasSierra(version: string): boolean {
  return rulesOf(version).accountVersions.some((account) => account > 1)
}
