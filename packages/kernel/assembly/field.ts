import { readBigEndian, writeBigEndian, isRawZero } from './bytes'
import { mul, ONE, R_CUBED, R_SQUARED, reduceMontgomery } from './generated/field'
import { P_MODULUS } from './generated/moduli'
import { invertModulo } from './modular-inverse'

/**
 * Field elements: nine i32 limbs of 29 bits, Montgomery form with R = 2^261; the arithmetic itself is generated
 * (codegen/field.ts has the layout and the bounds). "Tight" means limbs in [0, 2^29), the top one carrying the sign.
 */

export const ELEMENT_BYTES: usize = 36
const LIMB_MASK_64: u64 = 0x1fffffff
const LIMB_MASK: i32 = 0x1fffffff
/** The limbs of P that are not zero: P = 1 + P_LIMB_6·2^174 + P_LIMB_8·2^232. */
export const P_LIMB_6: i32 = 17 << 18
export const P_LIMB_8: i32 = 1 << 19

const raw: usize = memory.data(32)
const reduced: usize = memory.data(36)
const lessP: usize = memory.data(36)

/** The four words of a raw integer as a tight element, its limbs negated where `sign` is −1 (0 otherwise). */
// @ts-ignore: decorator
@inline
export function unpackWords(out: usize, w0: u64, w1: u64, w2: u64, w3: u64, sign: i32): void {
  store<i32>(out, (<i32>(w0 & LIMB_MASK_64) ^ sign) - sign, 0)
  store<i32>(out, (<i32>((w0 >> 29) & LIMB_MASK_64) ^ sign) - sign, 4)
  store<i32>(out, (<i32>(((w0 >> 58) | (w1 << 6)) & LIMB_MASK_64) ^ sign) - sign, 8)
  store<i32>(out, (<i32>((w1 >> 23) & LIMB_MASK_64) ^ sign) - sign, 12)
  store<i32>(out, (<i32>(((w1 >> 52) | (w2 << 12)) & LIMB_MASK_64) ^ sign) - sign, 16)
  store<i32>(out, (<i32>((w2 >> 17) & LIMB_MASK_64) ^ sign) - sign, 20)
  store<i32>(out, (<i32>(((w2 >> 46) | (w3 << 18)) & LIMB_MASK_64) ^ sign) - sign, 24)
  store<i32>(out, (<i32>((w3 >> 11) & LIMB_MASK_64) ^ sign) - sign, 28)
  store<i32>(out, (<i32>(w3 >> 40) ^ sign) - sign, 32)
}

/** A raw integer as a tight element. */
export function unpack(out: usize, a: usize): void {
  unpackWords(out, load<u64>(a, 0), load<u64>(a, 8), load<u64>(a, 16), load<u64>(a, 24), 0)
}

/** A tight element that is not negative, as a raw integer. */
function pack(out: usize, a: usize): void {
  const l2 = <u64>load<u32>(a, 8)
  const l4 = <u64>load<u32>(a, 16)
  const l6 = <u64>load<u32>(a, 24)
  store<u64>(out, <u64>load<u32>(a, 0) | (<u64>load<u32>(a, 4) << 29) | (l2 << 58), 0)
  store<u64>(out, (l2 >> 6) | (<u64>load<u32>(a, 12) << 23) | (l4 << 52), 8)
  store<u64>(out, (l4 >> 12) | (<u64>load<u32>(a, 20) << 17) | (l6 << 46), 16)
  store<u64>(out, (l6 >> 18) | (<u64>load<u32>(a, 28) << 11) | (<u64>load<u32>(a, 32) << 40), 24)
}

/** a + multiple·P, tight. Limbs of a below 2^30, the multiple −1, 0 or 1. */
function addMultipleOfP(out: usize, a: usize, multiple: i32): void {
  let carry: i32 = multiple
  for (let i: usize = 0; i < 32; i += 4) {
    if (i == 24) carry += multiple * P_LIMB_6
    const limb = load<i32>(a + i) + carry
    store<i32>(out + i, limb & LIMB_MASK)
    carry = limb >> 29
  }
  store<i32>(out, load<i32>(a, 32) + carry + multiple * P_LIMB_8, 32)
}

function isNegative(tight: usize): bool {
  return load<i32>(tight, 32) < 0
}

/**
 * The canonical representative (still in Montgomery form) as a raw integer, 0 ≤ v < P. |limbs of a| below 2^30, a < 2P;
 * takes one addition per P that a is below 0, so give it products, which are within (−2P, P].
 */
export function packCanonical(out: usize, a: usize): void {
  addMultipleOfP(reduced, a, 0)
  while (isNegative(reduced)) addMultipleOfP(reduced, reduced, 1)
  addMultipleOfP(lessP, reduced, -1)
  pack(out, isNegative(lessP) ? reduced : lessP)
}

/** A raw integer below 2^256 into Montgomery form. */
export function toMontgomery(out: usize, rawInteger: usize): void {
  unpack(out, rawInteger)
  mul(out, out, R_SQUARED)
}

/** Out of Montgomery form, canonical; |a| < R. */
export function fromMontgomery(outRaw: usize, a: usize): void {
  reduceMontgomery(reduced, a)
  if (isNegative(reduced)) addMultipleOfP(reduced, reduced, 1)
  pack(outRaw, reduced)
}

export function loadFelt(out: usize, bytes: usize): void {
  readBigEndian(raw, bytes)
  toMontgomery(out, raw)
}

export function storeFelt(bytes: usize, a: usize): void {
  fromMontgomery(raw, a)
  writeBigEndian(bytes, raw)
}

/** |a| < R. */
export function isZero(a: usize): bool {
  fromMontgomery(raw, a)
  return isRawZero(raw)
}

/**
 * 1/a, or false (and out = 0) for a = 0. |a| < 2^8·P.
 * `invertModulo` gives a⁻¹·R⁻¹ of the stored a·R; the product with R³ puts both factors back.
 */
export function invert(out: usize, a: usize): bool {
  mul(out, a, ONE) // within (−2P, P]
  packCanonical(raw, out)
  const exists = !isRawZero(raw)
  invertModulo(raw, raw, P_MODULUS)
  unpack(out, raw)
  mul(out, out, R_CUBED)
  return exists
}
