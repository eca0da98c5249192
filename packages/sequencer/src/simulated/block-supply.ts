import type { Network } from '@deoxys/core'
import type { RawJson } from '../raw-json.ts'
import type { BlockMeta } from './block-record.ts'
import type { SimulatedBlock } from './chain-builder.ts'

/** Where the blocks of a simulated chain come from: made as they are asked for, or kept on disk. Numbers count from 0. */
export interface BlockSupply {
  readonly network: Network
  /** How many blocks the present branch can have. */
  readonly blocksMax: number
  /** @throws RangeError from `blocksMax` on */
  meta(number: number): BlockMeta
  /** `{block, state_update}`, compressed. */
  gzip(number: number): Promise<Uint8Array>
  /** The block apart from its text, where it is at hand: of those that came last, and the next one. */
  building(number: number): SimulatedBlock | undefined
  /** From block `keep` + 1 on another branch. @throws RangeError when there is none; then nothing has changed */
  fork(keep: number): void
  classText(hash: string): Promise<RawJson | undefined>
  compiledClassText(hash: string): Promise<RawJson | undefined>
}
