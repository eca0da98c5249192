import { BACKENDS, createKernel, type Kernel } from '../index.ts'
import { EDGES, pack, pseudoRandomFelts } from './felts.ts'

/** Felts of one comparison: more than one area of the back ends holds, and an odd number of pairs and of states. */
export const FELTS_PER_ROUND = 3 * 2 * 2049

/** Every this many-th felt is an edge value. */
const EDGE_INTERVAL = 7

export interface Mismatch {
  readonly backend: string
  readonly operation: string
  /** Of the first item that differs. */
  readonly index: number
}

const OPERATIONS: readonly (readonly [string, number, (kernel: Kernel, felts: Uint8Array) => Uint8Array])[] = [
  ['pedersenPairs', 32, (kernel, felts) => kernel.pedersenPairs(felts)],
  ['poseidonPermute', 96, (kernel, felts) => kernel.poseidonPermute(felts)],
]

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  return a.length === b.length ? a.findIndex((byte, i) => byte !== b[i]) : 0
}

/** The felts of round `round`: pseudo-random ones with edge values among them. */
function feltsOf(round: number, count: number): Uint8Array {
  const felts = pseudoRandomFelts(count, BigInt(round) + 2n ** 200n)
  return pack(felts.map((value, i) => (i % EDGE_INTERVAL === round % EDGE_INTERVAL ? EDGES[i % EDGES.length]! : value)))
}

/**
 * Hashes the same felts on the scalar back end and on each faster one: half as many Pedersen hashes as felts, and a third
 * as many permutations. Stops at the first round with a mismatch.
 */
export async function compareBackends(roundCount: number, feltsPerRound = FELTS_PER_ROUND): Promise<Mismatch[]> {
  const names = BACKENDS.filter((name) => name === 'simd' || name === 'fma')
  const scalar = await createKernel({ backend: 'scalar' })
  const others = await Promise.all(names.map((backend) => createKernel({ backend })))
  for (let round = 0; round < roundCount; round += 1) {
    const felts = feltsOf(round, feltsPerRound)
    const mismatches = OPERATIONS.flatMap(([operation, itemBytes, run]) => {
      const expected = run(scalar, felts)
      return others.flatMap((kernel): Mismatch[] => {
        const at = firstDifference(run(kernel, felts), expected)
        return at < 0 ? [] : [{ backend: kernel.backend, operation, index: Math.floor(at / itemBytes) }]
      })
    })
    if (mismatches.length > 0) return mismatches
  }
  return []
}
