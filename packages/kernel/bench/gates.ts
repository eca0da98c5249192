import type { Backend } from '../src/kernel.ts'

/**
 * What each operation has to reach. Ratios are times as fast as the peer; they hold with 15 % to spare on the machine they
 * were set on (Intel Xeon, family 6 model 207, 2026-11-22).
 */
export interface Gate {
  /** The least ratio to the peer. */
  readonly ratioMin?: number
  /** The ratio that is hoped for. */
  readonly ratioStretch?: number
  /** The most the operation may take, in times of the C reference. */
  readonly nativeMax?: number
  readonly microsecondsMax?: number
}

export const PEDERSEN_BATCH_GATES: Partial<Record<Backend, Gate>> = {
  fma: { ratioMin: 330, ratioStretch: 450, nativeMax: 1.8 },
  simd: { ratioMin: 230, ratioStretch: 300 },
  scalar: { ratioMin: 180 },
}
export const POSEIDON_BATCH_GATES: Partial<Record<Backend, Gate>> = {
  fma: { ratioMin: 43, ratioStretch: 55 },
  simd: { ratioMin: 32 },
}
export const PEDERSEN_ONE_GATE: Gate = { ratioMin: 100, ratioStretch: 150 }
export const POSEIDON_ONE_GATE: Gate = { ratioMin: 25 }
export const ECDSA_GATE: Gate = { ratioMin: 17, ratioStretch: 30 }
export const KECCAK_GATE: Gate = { ratioMin: 12 }
export const BLAKE2S_GATE: Gate = { ratioMin: 11 }
export const TRIE_GATE: Gate = { ratioMin: 2.5, ratioStretch: 3.5 }
export const START_GATE: Gate = { microsecondsMax: 150_000 }

export interface Figures {
  readonly microseconds: number
  readonly ratio?: number
  readonly nativeRatio?: number
}

/** What is asked, in words. */
export function formatGate({ ratioMin, ratioStretch, nativeMax, microsecondsMax }: Gate): string {
  const musts = [
    ...(ratioMin === undefined ? [] : [`≥ ${ratioMin}x`]),
    ...(nativeMax === undefined ? [] : [`≤ ${nativeMax} C`]),
    ...(microsecondsMax === undefined ? [] : [`< ${microsecondsMax / 1000} ms`]),
  ].join(', ')
  return ratioStretch === undefined ? musts : `${musts} (hoped: ${ratioStretch}x)`
}

/** A figure that was not taken (no C compiler) does not fail. */
export function judge(gate: Gate, { microseconds, ratio, nativeRatio }: Figures): 'pass' | 'fail' {
  const isMet =
    (gate.ratioMin === undefined || ratio === undefined || ratio >= gate.ratioMin) &&
    (gate.nativeMax === undefined || nativeRatio === undefined || nativeRatio <= gate.nativeMax) &&
    (gate.microsecondsMax === undefined || microseconds < gate.microsecondsMax)
  return isMet ? 'pass' : 'fail'
}
