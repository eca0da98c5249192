import { isBelow, isRawZero, readBigEndian } from './bytes'
import {
  addMixed,
  AFFINE_BYTES,
  doubleComplete,
  doublePoint,
  getRatio,
  isInfinity,
  JACOBIAN_BYTES,
  multiplyComplete,
  scalePoint,
  setJacobian,
  updateTangentTerm,
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
 * No square root is taken. With d = x³ + x + β, a square where there is such a key, the curve y² = x³ + d²·x + β·d³ has
 * the point Q' = (d·x, d²), and (x, y) ↦ (d·x, √d³·y) maps the one curve onto the other and (x, √d) to Q'. So B' = u2·Q'
 * is computed there without √d, A stays where it is, and √d only meets the rest in the last equation
 * (`isSumOrDifference`).
 */

const WORD_BYTES: usize = 32
const Y: usize = ELEMENT_BYTES
const Z: usize = 2 * ELEMENT_BYTES
/** Bits of a scalar, which is below N < 2^252. */
const SCALAR_BITS: i32 = 252
/** G's table: 28 windows, 464 KiB. */
const G_WINDOW: i32 = 9

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
const key: usize = memory.data(72)
/** A and B', Jacobian; infinity where Z is 0. */
const left: usize = memory.data(108)
const right: usize = memory.data(108)
const term: usize = memory.data(36)
const point: usize = memory.data(72)
const complete: usize = memory.data(76)
const twice: usize = memory.data(108)
const sum: usize = memory.data(108)
/** Q', 3Q', 5Q' … 15Q': x·Z² and y·Z³, with one Z for all of them. */
const multiples: usize = memory.data(576)
const ratios: usize = memory.data(288)
const multiplesZ: usize = memory.data(36)
/** The curve's coefficient in these coordinates, d²·Z⁴. */
const multiplesTerm: usize = memory.data(36)
const digits: usize = memory.data(256)
const rho: usize = memory.data(36)
const u: usize = memory.data(36)
const v: usize = memory.data(36)
const t0: usize = memory.data(36)
const t1: usize = memory.data(36)
const t2: usize = memory.data(36)
const t3: usize = memory.data(36)
const t4: usize = memory.data(36)

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
  setKey()
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

/** d and Q' from the key's x. */
function setKey(): void {
  toMontgomery(x, keyX)
  sqr(t0, x)
  add(t0, t0, ONE)
  mul(t0, t0, x)
  add(d, t0, BETA)
  mul(d, d, ONE)
  sqr(dSquared, d)
  mul(key, d, x)
  copy(key + Y, dSquared)
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
  setJacobian(left, point)
  for (let j = 0; j < last; j++) {
    fetchPoint(point, windows, u1, j)
    addMixed(left, point)
  }
  completeIfDegenerate(left, G, u1, ONE)
}

/** right = u2·Q', on the key's curve. */
function multiplyKey(): void {
  computeMultiples()
  const top = recode()
  setSigned(point, load<i8>(digits + <usize>top))
  setJacobian(right, point)
  copy(term, multiplesTerm)
  for (let i = top - 1; i >= 0; i--) {
    doublePoint(right, term)
    const digit = load<i8>(digits + <usize>i)
    if (digit != 0) {
      setSigned(point, digit)
      addMixed(right, point)
      updateTangentTerm(term)
    }
  }
  mul(right + Z, right + Z, multiplesZ)
  completeIfDegenerate(right, key, u2, dSquared)
}

/** product = scalar·affine on the curve with coefficient a, unless it is known: Z ≠ 0. */
function completeIfDegenerate(product: usize, affine: usize, scalar: usize, a: usize): void {
  if (!isZero(product + Z)) return
  multiplyComplete(complete, affine, scalar, a)
  if (!isInfinity(complete)) setJacobian(product, complete)
}

/** point = digit·Q' for an odd digit, in the coordinates of `multiples`. */
function setSigned(out: usize, digit: i32): void {
  const multiple = multiples + <usize>(abs<i32>(digit) >> 1) * AFFINE_BYTES
  copy(out, multiple)
  if (digit > 0) copy(out + Y, multiple + Y)
  else negate(out + Y, multiple + Y)
}

/**
 * The odd multiples without inversions: X and Y of 2Q' are affine on the curve that its Z scales everything to. There it
 * is added again and again, and what each sum has less of Z than the last one is then made good. Z is 0 where an addition
 * was degenerate, which can only be with a point of small order: of no key.
 */
function computeMultiples(): void {
  setJacobian(twice, key)
  copy(term, dSquared)
  doublePoint(twice, term)
  scalePoint(sum, key, twice + Z)
  copy(sum + Z, ONE)
  memory.copy(multiples, sum, AFFINE_BYTES)
  for (let i = 1; i < MULTIPLE_COUNT; i++) {
    addMixed(sum, twice)
    updateTangentTerm(term)
    getRatio(ratios + <usize>i * ELEMENT_BYTES)
    memory.copy(multiples + <usize>i * AFFINE_BYTES, sum, AFFINE_BYTES)
  }
  mul(multiplesZ, twice + Z, sum + Z)
  copy(multiplesTerm, term)
  copy(t0, ONE)
  for (let i = MULTIPLE_COUNT - 2; i >= 0; i--) {
    mul(t0, t0, ratios + <usize>(i + 1) * ELEMENT_BYTES)
    const multiple = multiples + <usize>i * AFFINE_BYTES
    scalePoint(multiple, multiple, t0)
  }
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
 * That is computed times c³, c = Z²·Z'² of A and B'. It cannot hold where d is not a square, since neither y is ever 0: the
 * order of the curve is odd, and so is that of its twist, where Q' is then. In the other cases d has to be asked:
 *
 * If A is infinity, both sums have the x of B. If X = x', one sum is infinity and the other 2A. B is never infinity, since
 * u2 ≠ 0, except on the twist.
 */
function isSumOrDifference(): bool {
  if (isZero(right + Z)) return false
  toMontgomery(rho, r)
  mul(rho, rho, d)
  sqr(v, right + Z)
  if (isZero(left + Z)) {
    mulSub(t0, rho, v, right)
    return isZero(t0) && isSquare(d)
  }
  sqr(u, left + Z)
  mul(t0, left, d)
  mul(t0, t0, v) // X·c
  mul(t1, right, u) // x'·c
  sub(t2, t0, t1)
  if (isZero(t2)) return isDoubleOfLeft() && isSquare(d)
  sqr(t2, t2) // D·c²
  add(t0, t0, t1)
  negate(t0, t0)
  mul(t1, u, v) // c
  mulSub(t0, rho, t1, t0) // (ρ + X + x')·c
  mul(t3, left + Y, d)
  sqr(t3, t3)
  mul(t3, t3, d)
  sqr(t1, v)
  mul(t1, t1, v)
  mul(t3, t3, t1) // d·w²·c³
  sqr(t4, right + Y)
  sqr(t1, u)
  mul(t1, t1, u)
  mul(t4, t4, t1) // y'²·c³
  mulSub(t0, t0, t2, t3)
  sub(t0, t0, t4) // T·c³
  sqr(t0, t0)
  add(t3, t3, t3)
  mul(t3, t3, t4)
  add(t3, t3, t3)
  sub(t0, t0, t3)
  return isZero(t0)
}

/** Whether r is the x of 2A. */
function isDoubleOfLeft(): bool {
  invert(t0, left + Z)
  scalePoint(complete, left, t0)
  store<i32>(complete, 0, AFFINE_BYTES)
  doubleComplete(complete, ONE)
  toMontgomery(t0, r)
  sub(t0, t0, complete)
  return isZero(t0)
}
