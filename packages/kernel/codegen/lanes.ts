import { createFmaNumbers } from './fma-numbers.ts'
import { type LaneNumbers, laneFieldSource } from './lane-field.ts'
import { lanePoseidonSource } from './lane-poseidon.ts'
import { createSimdNumbers } from './simd-numbers.ts'

/** The back ends of two lanes, and how each of them keeps numbers. */
export const LANE_NUMBERS: ReadonlyMap<'simd' | 'fma', () => LaneNumbers> = new Map([
  ['simd', createSimdNumbers],
  ['fma', createFmaNumbers],
])

/** What the hand-written files of both back ends import as `generated/lanes`. */
export function laneSource(numbers: LaneNumbers): string {
  const parts = [laneFieldSource(numbers), lanePoseidonSource(numbers)]
  return [...parts, numbers.pool.source(), ''].join('\n')
}
