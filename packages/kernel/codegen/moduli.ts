import { N, P, power } from '../src/curve.ts'

const INVERSION_LIMB_BITS = 30n
const WORD_BITS = 32n

const limbsOf = (value: bigint, bits: bigint, count: number) =>
  Array.from({ length: count }, (_, i) => (value >> (bits * BigInt(i))) & ((1n << bits) - 1n))

/** a⁻¹ mod 2^bits of an odd a: the unit group's exponent divides 2^(bits − 1). */
const invertPowerOfTwo = (a: bigint, bits: bigint) => power(a, (1n << (bits - 1n)) - 1n, 1n << bits)

/** Nine limbs of 30 bits, and the inverse of the lowest mod 2^30 (assembly/modular-inverse.ts). */
function modulusData(name: string, modulus: bigint): string {
  const words = [...limbsOf(modulus, INVERSION_LIMB_BITS, 9), invertPowerOfTwo(modulus, INVERSION_LIMB_BITS)]
  return `export const ${name}: usize = memory.data<i32>([${words.join(', ')}])`
}

/** −f⁻¹ mod 256 for f = 1, 3, 5 … 255. */
function negatedInverses(): string {
  const bytes = Array.from({ length: 128 }, (_, i) => 256n - invertPowerOfTwo(BigInt(2 * i + 1), 8n))
  return `export const NEGATED_INVERSES: usize = memory.data<u8>([${bytes.join(', ')}])`
}

/** What assembly/scalar.ts wants of the group order N, with its own Montgomery radix 2^256. */
function orderData(): string {
  const radix = 1n << 256n
  return [
    `export const N_RAW: usize = memory.data<u32>([${limbsOf(N, WORD_BITS, 8).join(', ')}])`,
    `export const N_RADIX_SQUARED: usize = memory.data<u32>([${limbsOf((radix * radix) % N, WORD_BITS, 8).join(', ')}])`,
    `export const N_NEGATED_INVERSE: u32 = ${(1n << WORD_BITS) - invertPowerOfTwo(N, WORD_BITS)}`,
    `export const P_RAW: usize = memory.data<u32>([${limbsOf(P, WORD_BITS, 8).join(', ')}])`,
  ].join('\n')
}

export function moduliSource(): string {
  return [modulusData('P_MODULUS', P), modulusData('N_MODULUS', N), negatedInverses(), orderData(), ''].join('\n')
}
