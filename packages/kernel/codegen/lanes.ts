import { createFmaNumbers } from './fma-numbers.ts'
import { type LaneNumbers, laneFieldSource } from './lane-field.ts'
import { lanePoseidonSource } from './lane-poseidon.ts'
import { createSimdNumbers } from './simd-numbers.ts'

/** The back ends of two lanes, and how each of them keeps numbers. */
export const LANE_NUMBERS: ReadonlyMap<'simd' | 'fma', () => LaneNumbers> = new Map([
  ['simd', createSimdNumbers],
  ['fma', createFmaNumbers],
])

/** How a point is read, wherever the table is. */
const TABLE_IMPORT = `import { loadFirstLane, loadSecondLane } from '../tables'`

/** What the hand-written files of both back ends import as `generated/lanes`. */
export function laneSource(numbers: LaneNumbers): string {
  const parts = [laneFieldSource(numbers), lanePoseidonSource(numbers)]
  return [TABLE_IMPORT, ...parts, numbers.pool.source(), ''].join('\n')
}
