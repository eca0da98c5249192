import { P } from '../src/curve.ts'

/**
 * Field elements of the scalar back end: Σ limb[i]·2^(29·i), nine i32 limbs, least significant first, in Montgomery
 * form with R = 2^261. Values need not be canonical and limbs may be negative; each generated function states what it
 * takes and gives.
 */
export const LIMB_COUNT = 9
export const LIMB_BITS = 29
export const LIMB_MASK = 2 ** LIMB_BITS - 1
export const R = 1n << BigInt(LIMB_COUNT * LIMB_BITS)

/** P = 1 + 17·2^192 + 2^251: besides limb 0, only limbs 6 (2^174) and 8 (2^232) are not zero. */
export const P_LIMB_6 = 17 * 2 ** 18
export const P_LIMB_8_SHIFT = 19

export const limbIndices: readonly number[] = Array.from({ length: LIMB_COUNT }, (_, i) => i)

export function toLimbs(value: bigint): bigint[] {
  return limbIndices.map((i) => (value >> BigInt(LIMB_BITS * i)) & BigInt(LIMB_MASK))
}

export function toMontgomery(value: bigint): bigint {
  return (value * R) % P
}

/** An element in static memory. */
export function elementData(name: string, value: bigint): string {
  return `export const ${name}: usize = memory.data<i32>([${toLimbs(value).join(', ')}])`
}
