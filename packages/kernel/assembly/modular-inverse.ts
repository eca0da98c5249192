import { NEGATED_INVERSES } from './generated/moduli'

/**
 * Inversion by division steps: Bernstein and Yang, "Fast constant-time gcd computation and modular inversion" (2019),
 * in the variable-time form of libsecp256k1's modinv32. Thirty steps at a time are run on the low words alone and
 * collected in a 2×2 matrix, which is then applied to the full numbers.
 *
 * Numbers are nine i32 limbs of 30 bits, least significant first; the top limb carries the sign.
 */

const LIMB_COUNT: i32 = 9
const NUMBER_BYTES: usize = 36
const TOP: usize = 32
const LIMB_BITS: i32 = 30
const MASK: i32 = 0x3fffffff

const f: usize = memory.data(36)
const g: usize = memory.data(36)
const d: usize = memory.data(36)
const e: usize = memory.data(36)

/** The matrix [[u, v], [q, r]] of the last 30 steps, entries within ±2^30. */
let u: i32 = 0
let v: i32 = 0
let q: i32 = 0
let r: i32 = 0

/** Thirty division steps on the low words of f and g; returns the new eta = −delta. */
function divisionSteps(eta: i32, fLow: i32, gLow: i32): i32 {
  let u0: i32 = 1
  let v0: i32 = 0
  let q0: i32 = 0
  let r0: i32 = 1
  let remaining = LIMB_BITS
  while (true) {
    // The bits set above `remaining` stop the count there.
    const zeros = ctz<i32>(gLow | (-1 << remaining))
    gLow = <i32>(<u32>gLow >> zeros)
    u0 <<= zeros
    v0 <<= zeros
    eta -= zeros
    remaining -= zeros
    if (remaining == 0) break
    if (eta < 0) {
      eta = -eta
      let swapped = fLow
      fLow = gLow
      gLow = -swapped
      swapped = u0
      u0 = q0
      q0 = -swapped
      swapped = v0
      v0 = r0
      r0 = -swapped
    }
    // Clear up to 8 low bits of g at once, no more than until eta turns or the steps end.
    const limit = min<i32>(min<i32>(eta + 1, remaining), 8)
    const factor = (gLow * <i32>load<u8>(NEGATED_INVERSES + <usize>((fLow >> 1) & 127))) & ((1 << limit) - 1)
    gLow += fLow * factor
    q0 += u0 * factor
    r0 += v0 * factor
  }
  u = u0
  v = v0
  q = q0
  r = r0
  return eta
}

/** (d, e) ← matrix·(d, e)/2^30 mod the modulus; both stay within (−2m, m). */
function updateCofactors(modulus: usize): void {
  const inverse = load<i32>(modulus, NUMBER_BYTES)
  const signD = load<i32>(d, TOP) >> 31
  const signE = load<i32>(e, TOP) >> 31
  // The multiples of the modulus that keep the range and make the low 30 bits zero.
  let multipleD = (u & signD) + (v & signE)
  let multipleE = (q & signD) + (r & signE)
  let sumD = <i64>u * load<i32>(d) + <i64>v * load<i32>(e)
  let sumE = <i64>q * load<i32>(d) + <i64>r * load<i32>(e)
  multipleD -= (inverse * <i32>sumD + multipleD) & MASK
  multipleE -= (inverse * <i32>sumE + multipleE) & MASK
  sumD += <i64>load<i32>(modulus) * multipleD
  sumE += <i64>load<i32>(modulus) * multipleE
  sumD >>= LIMB_BITS
  sumE >>= LIMB_BITS
  for (let i: usize = 4; i < NUMBER_BYTES; i += 4) {
    const limbD = <i64>load<i32>(d + i)
    const limbE = <i64>load<i32>(e + i)
    const limbM = <i64>load<i32>(modulus + i)
    sumD += u * limbD + v * limbE + limbM * multipleD
    sumE += q * limbD + r * limbE + limbM * multipleE
    store<i32>(d + i - 4, <i32>sumD & MASK)
    store<i32>(e + i - 4, <i32>sumE & MASK)
    sumD >>= LIMB_BITS
    sumE >>= LIMB_BITS
  }
  store<i32>(d, <i32>sumD, TOP)
  store<i32>(e, <i32>sumE, TOP)
}

/** (f, g) ← matrix·(f, g)/2^30, exact; both are `length` limbs long. */
function updateNumbers(length: i32): void {
  let sumF = (<i64>u * load<i32>(f) + <i64>v * load<i32>(g)) >> LIMB_BITS
  let sumG = (<i64>q * load<i32>(f) + <i64>r * load<i32>(g)) >> LIMB_BITS
  const end = <usize>length << 2
  for (let i: usize = 4; i < end; i += 4) {
    const limbF = <i64>load<i32>(f + i)
    const limbG = <i64>load<i32>(g + i)
    sumF += u * limbF + v * limbG
    sumG += q * limbF + r * limbG
    store<i32>(f + i - 4, <i32>sumF & MASK)
    store<i32>(g + i - 4, <i32>sumG & MASK)
    sumF >>= LIMB_BITS
    sumG >>= LIMB_BITS
  }
  store<i32>(f + end - 4, <i32>sumF)
  store<i32>(g + end - 4, <i32>sumG)
}

/** Drops the top limb of f and g when it is only a sign, and returns the new length. */
function shorten(length: i32): i32 {
  if (length < 2) return length
  const top = <usize>(length - 1) << 2
  const topF = load<i32>(f + top)
  const topG = load<i32>(g + top)
  if ((topF ^ (topF >> 31)) != 0 || (topG ^ (topG >> 31)) != 0) return length
  store<i32>(f + top - 4, load<i32>(f + top - 4) | (topF << LIMB_BITS))
  store<i32>(g + top - 4, load<i32>(g + top - 4) | (topG << LIMB_BITS))
  return length - 1
}

function isNumberZero(a: usize, length: i32): bool {
  let bits: i32 = 0
  for (let i = 0; i < length; i++) bits |= load<i32>(a + (<usize>i << 2))
  return bits == 0
}

function unpackNumber(out: usize, raw: usize): void {
  const w0 = load<u64>(raw, 0)
  const w1 = load<u64>(raw, 8)
  const w2 = load<u64>(raw, 16)
  const w3 = load<u64>(raw, 24)
  store<i32>(out, <i32>w0 & MASK, 0)
  store<i32>(out, <i32>(w0 >> 30) & MASK, 4)
  store<i32>(out, <i32>((w0 >> 60) | (w1 << 4)) & MASK, 8)
  store<i32>(out, <i32>(w1 >> 26) & MASK, 12)
  store<i32>(out, <i32>((w1 >> 56) | (w2 << 8)) & MASK, 16)
  store<i32>(out, <i32>(w2 >> 22) & MASK, 20)
  store<i32>(out, <i32>((w2 >> 52) | (w3 << 12)) & MASK, 24)
  store<i32>(out, <i32>(w3 >> 18) & MASK, 28)
  store<i32>(out, <i32>(w3 >> 48), 32)
}

function packNumber(raw: usize, a: usize): void {
  const l2 = <u64>load<u32>(a, 8)
  const l4 = <u64>load<u32>(a, 16)
  const l6 = <u64>load<u32>(a, 24)
  store<u64>(raw, <u64>load<u32>(a, 0) | (<u64>load<u32>(a, 4) << 30) | (l2 << 60), 0)
  store<u64>(raw, (l2 >> 4) | (<u64>load<u32>(a, 12) << 26) | (l4 << 56), 8)
  store<u64>(raw, (l4 >> 8) | (<u64>load<u32>(a, 20) << 22) | (l6 << 52), 16)
  store<u64>(raw, (l6 >> 12) | (<u64>load<u32>(a, 28) << 18) | (<u64>load<u32>(a, 32) << 48), 24)
}

/** d·sign + multiple·modulus with carries. */
function carryCofactor(sign: i32, modulus: usize, multiple: i32): void {
  let sum: i64 = 0
  for (let i: usize = 0; i < NUMBER_BYTES; i += 4) {
    sum += <i64>load<i32>(d + i) * sign + <i64>load<i32>(modulus + i) * multiple
    store<i32>(d + i, i == TOP ? <i32>sum : <i32>sum & MASK)
    sum >>= LIMB_BITS
  }
}

/**
 * out = a⁻¹ mod the modulus, canonical; 0 for a = 0. Raw integers, a below the modulus.
 * @param modulus nine limbs and the inverse of the lowest mod 2^30 (codegen/moduli.ts).
 */
export function invertModulo(out: usize, a: usize, modulus: usize): void {
  memory.fill(d, 0, NUMBER_BYTES)
  memory.fill(e, 0, NUMBER_BYTES)
  store<i32>(e, 1)
  memory.copy(f, modulus, NUMBER_BYTES)
  unpackNumber(g, a)
  let eta: i32 = -1
  let length = LIMB_COUNT
  while (!isNumberZero(g, length)) {
    eta = divisionSteps(eta, load<i32>(f), load<i32>(g))
    updateCofactors(modulus)
    updateNumbers(length)
    length = shorten(length)
  }
  // f is the gcd, ±1, and d its cofactor: in (−2m, m), so in (−2m, 2m) with f's sign.
  carryCofactor(load<i32>(f + (<usize>(length - 1) << 2)) < 0 ? -1 : 1, modulus, 0)
  while (load<i32>(d, TOP) < 0) carryCofactor(1, modulus, 1)
  carryCofactor(1, modulus, -1)
  while (load<i32>(d, TOP) >= 0) carryCofactor(1, modulus, -1)
  carryCofactor(1, modulus, 1)
  packNumber(out, d)
}
