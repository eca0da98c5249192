import { isBelow, isRawZero, readBigEndian } from './bytes'
import {
  addMixed,
  AFFINE_BYTES,
  doublePoint,
  doubleComplete,
  isInfinity,
  JACOBIAN_BYTES,
  multiplyComplete,
  scaleToAffine,
  setJacobian,
  setTangentTerm,
  toAffine,
} from './curve'
import { ELEMENT_BYTES, invert, isZero, toMontgomery } from './field'
import { add, BETA, copy, G, G_HALF, mul, mulSub, negate, ONE, sqr, sub } from './generated/field'
import { N_RAW, P_RAW } from './generated/moduli'
import { invertModuloN, mulModuloN } from './group-order'
import { allocate, release } from './memory'
import { bitsBytes, fetchPoint, fillTable, layOutWindows, Windows, writeBits } from './windows'

/**
 * Stark ECDSA (1.7): is r the x of A + B or of A − B, for A = u1·G, B = u2·Q, where only the x of the key Q is known?
 *
 * No square root is taken. With d = x³ + x + β, which must be a square, the curve y² = x³ + d²·x + β·d³ has the point
 * Q' = (d·x, d²), and (x, y) ↦ (d·x, √d³·y) maps the one curve onto the other and (x, √d) to Q'. So B' = u2·Q' is
 * computed there without √d, A stays where it is, and √d only meets the rest in the last equation (`isSumOrDifference`).
 */

const WORD_BYTES: usize = 32
/** Bits of a scalar, which is below N < 2^252. */
const SCALAR_BITS: i32 = 252
/** G's table: 36 windows, 150 KiB. */
const G_WINDOW: i32 = 7

/** Signed digits of u2: odd, |digit| < 2^(width − 1), at least width − 1 zeros between two. */
const DIGIT_WIDTH: i32 = 5
const MULTIPLE_COUNT: i32 = 1 << (DIGIT_WIDTH - 2)
const DIGIT_COUNT: i32 = SCALAR_BITS + 1

const message: usize = memory.data(32)
const r: usize = memory.data(32)
const s: usize = memory.data(32)
const keyX: usize = memory.data(32)
/** Scalars; fetchPoint and the digits read up to 8 bytes behind them. */
const u1: usize = memory.data(48)
const u2: usize = memory.data(48)

const x: usize = memory.data(36)
const d: usize = memory.data(36)
const dSquared: usize = memory.data(36)
const left: usize = memory.data(76)
const right: usize = memory.data(76)
const key: usize = memory.data(72)
const accumulator: usize = memory.data(108)
const term: usize = memory.data(36)
const point: usize = memory.data(72)
const twice: usize = memory.data(72)
/** Q', 3Q', 5Q' … 15Q'. */
const multiples: usize = memory.data(576)
const jacobians: usize = memory.data(864)
const products: usize = memory.data(324)
const digits: usize = memory.data(256)
const t0: usize = memory.data(36)
const t1: usize = memory.data(36)
const t2: usize = memory.data(36)
const t3: usize = memory.data(36)

const windows: Windows = changetype<Windows>(memory.data(16))

export function initializeEcdsa(isTableFilled: bool): void {
  layOutWindows(windows, G_WINDOW, SCALAR_BITS)
  if (isTableFilled) return
  const bits = allocate(bitsBytes(SCALAR_BITS))
  writeBits(bits, G_HALF, SCALAR_BITS)
  fillTable(windows, bits, SCALAR_BITS, 0)
  release(bits)
}

/** 128 bytes: message, r, s, x of the key. */
export function verifySignature(item: usize): bool {
  readBigEndian(message, item)
  readBigEndian(r, item + WORD_BYTES)
  readBigEndian(s, item + 2 * WORD_BYTES)
  readBigEndian(keyX, item + 3 * WORD_BYTES)
  if (!isBelow2Pow251(message) || !isBelow2Pow251(r) || isRawZero(r)) return false
  if (isRawZero(s) || !isBelow(s, N_RAW) || !isBelow(keyX, P_RAW)) return false
  if (!setKey()) return false
  invertModuloN(s, s)
  mulModuloN(u1, message, s)
  mulModuloN(u2, r, s)
  multiplyG()
  multiplyKey()
  return isSumOrDifference()
}

function isBelow2Pow251(raw: usize): bool {
  return load<u64>(raw, 24) >> 59 == 0
}

/** d and Q' from the key's x; false where d is not a square. */
function setKey(): bool {
  toMontgomery(x, keyX)
  sqr(t0, x)
  add(t0, t0, ONE)
  mul(t0, t0, x)
  add(d, t0, BETA)
  mul(d, d, ONE)
  sqr(dSquared, d)
  mul(key, d, x)
  copy(key + ELEMENT_BYTES, dSquared)
  return isSquare(d)
}

/**
 * Euler's criterion, a^((P − 1)/2) = 1, where (P − 1)/2 = 2^191·(2^59 + 17). 0 is not taken for a square; no point has
 * y = 0, for the group's order is odd.
 */
function isSquare(a: usize): bool {
  squareTimes(t0, a, 4)
  mul(t1, t0, a)
  squareTimes(t0, t0, 55)
  mul(t0, t0, t1)
  squareTimes(t0, t0, 191)
  sub(t0, t0, ONE)
  return isZero(t0)
}

function squareTimes(out: usize, a: usize, times: i32): void {
  sqr(out, a)
  for (let i = 1; i < times; i++) sqr(out, out)
}

/** left = u1·G. */
function multiplyG(): void {
  const last = windows.count - 1
  fetchPoint(point, windows, u1, last)
  setJacobian(accumulator, point)
  for (let j = 0; j < last; j++) {
    fetchPoint(point, windows, u1, j)
    addMixed(accumulator, point)
  }
  if (toAffine(left, accumulator)) store<i32>(left, 0, AFFINE_BYTES)
  else multiplyComplete(left, G, u1, ONE)
}

/** right = u2·Q', on the key's curve. */
function multiplyKey(): void {
  computeMultiples()
  const top = recode()
  setSigned(point, load<i8>(digits + <usize>top))
  setJacobian(accumulator, point)
  setTangentTerm(term, dSquared, accumulator)
  for (let i = top - 1; i >= 0; i--) {
    doublePoint(accumulator, term)
    const digit = load<i8>(digits + <usize>i)
    if (digit != 0) {
      setSigned(point, digit)
      addMixed(accumulator, point)
      setTangentTerm(term, dSquared, accumulator)
    }
  }
  if (toAffine(right, accumulator)) store<i32>(right, 0, AFFINE_BYTES)
  else multiplyComplete(right, key, u2, dSquared)
}

/** point = digit·Q' for an odd digit. */
function setSigned(out: usize, digit: i32): void {
  const multiple = multiples + <usize>(abs<i32>(digit) >> 1) * AFFINE_BYTES
  copy(out, multiple)
  if (digit > 0) copy(out + ELEMENT_BYTES, multiple + ELEMENT_BYTES)
  else negate(out + ELEMENT_BYTES, multiple + ELEMENT_BYTES)
}

/** The odd multiples, affine, with two inversions. Small multiples of a point of large prime order are all different. */
function computeMultiples(): void {
  setJacobian(accumulator, key)
  setTangentTerm(term, dSquared, accumulator)
  doublePoint(accumulator, term)
  toAffine(twice, accumulator)
  setJacobian(jacobians, key)
  copy(products, ONE)
  for (let i = 1; i < MULTIPLE_COUNT; i++) {
    const jacobian = jacobians + <usize>i * JACOBIAN_BYTES
    memory.copy(jacobian, jacobian - JACOBIAN_BYTES, JACOBIAN_BYTES)
    addMixed(jacobian, twice)
    const product = products + <usize>i * ELEMENT_BYTES
    mul(product, product - ELEMENT_BYTES, jacobian + AFFINE_BYTES)
  }
  invert(t0, products + <usize>(MULTIPLE_COUNT - 1) * ELEMENT_BYTES)
  for (let i = MULTIPLE_COUNT - 1; i > 0; i--) {
    const jacobian = jacobians + <usize>i * JACOBIAN_BYTES
    mul(t1, t0, products + <usize>(i - 1) * ELEMENT_BYTES)
    mul(t0, t0, jacobian + AFFINE_BYTES)
    scaleToAffine(multiples + <usize>i * AFFINE_BYTES, jacobian, t1)
  }
  memory.copy(multiples, key, AFFINE_BYTES)
}

/** u2 as digits; returns the place of the top one. u2 is not 0. */
function recode(): i32 {
  memory.fill(digits, 0, 256)
  let carry: i32 = 0
  let top: i32 = 0
  for (let bit = 0; bit < DIGIT_COUNT; ) {
    const value = <i32>(load<u64>(u2 + <usize>(bit >> 3)) >> (bit & 7))
    if ((value & 1) == carry) {
      bit += 1
      continue
    }
    const digit = (value & ((1 << DIGIT_WIDTH) - 1)) + carry
    carry = digit >> (DIGIT_WIDTH - 1)
    store<i8>(digits + <usize>bit, <i8>(digit - (carry << DIGIT_WIDTH)))
    top = bit
    bit += DIGIT_WIDTH
  }
  return top
}

/**
 * Whether r is the x of A + B or A − B: on the key's curve, whether ρ = d·r is the x of A' ± B', where
 * A' = (X, √d·w) with X = d·A.x, w = d·A.y, and B' = (x', y').
 *
 * In general ρ + X + x' = ((√d·w ∓ y')/(X − x'))², that is with D = (X − x')²:
 *     T = (ρ + X + x')·D − d·w² − y'² = ∓ 2·√d·w·y',  which holds for one sign exactly when T² = 4·d·w²·y'².
 * If A is infinity, both sums have the x of B. If X = x', one sum is infinity and the other 2A. B is never infinity,
 * since u2 ≠ 0.
 */
function isSumOrDifference(): bool {
  toMontgomery(t0, r)
  if (isInfinity(left)) {
    mulSub(t0, t0, d, right)
    return isZero(t0)
  }
  mul(t1, left, d) // X
  sub(t2, t1, right)
  if (isZero(t2)) {
    doubleComplete(left, ONE)
    sub(t0, t0, left)
    return isZero(t0)
  }
  sqr(t2, t2) // D
  add(t1, t1, right)
  mul(t3, t1, ONE)
  mul(t0, t0, d)
  add(t0, t0, t3) // ρ + X + x'
  mul(t1, left + ELEMENT_BYTES, d)
  sqr(t1, t1)
  mul(t1, t1, d) // d·w²
  sqr(t3, right + ELEMENT_BYTES) // y'²
  mulSub(t0, t0, t2, t1)
  sub(t0, t0, t3) // T
  sqr(t0, t0)
  add(t1, t1, t1)
  mul(t1, t1, t3)
  add(t1, t1, t1)
  sub(t0, t0, t1)
  return isZero(t0)
}
