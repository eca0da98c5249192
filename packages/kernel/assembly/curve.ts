import { ELEMENT_BYTES, invert, isZero } from './field'
import {
  copy,
  halveTangent,
  mul,
  mulDifference,
  mulDifferenceSub,
  mulSub,
  ONE,
  sqr,
  sqrSubTwice,
  sqrSubTwo,
  sub,
} from './generated/field'

/**
 * Points of curves y² = x³ + a·x + b; b is never needed.
 *
 * Affine: x, y (72 bytes). Accumulators are Jacobian: X, Y, Z with x = X/Z², y = Y/Z³ (108 bytes). The fast additions
 * are incomplete: where the two points have the same x they set Z to 0, and 0 it stays. So a chain is right exactly when
 * it ends with Z ≠ 0, which callers check; otherwise they go through `Complete`.
 *
 * Value bounds, in multiples of P: products are within 2, |X| ≤ 8, |Y| ≤ 4, and no product below has factors
 * beyond 16·16, far from the 2^10 that the reduction allows.
 */

export const AFFINE_BYTES: usize = 2 * ELEMENT_BYTES
export const JACOBIAN_BYTES: usize = 3 * ELEMENT_BYTES
/** x, y, and an i32 that is 1 for the point at infinity. */
export const COMPLETE_BYTES: usize = AFFINE_BYTES + 4

const Y: usize = ELEMENT_BYTES
const Z: usize = 2 * ELEMENT_BYTES

const zSquared: usize = memory.data(36)
const hFourth: usize = memory.data(36)
const h: usize = memory.data(36)
const slope: usize = memory.data(36)
const hSquared: usize = memory.data(36)
const hCubed: usize = memory.data(36)
const xh: usize = memory.data(36)
const scratch: usize = memory.data(36)
const newX: usize = memory.data(36)

export function setJacobian(point: usize, affine: usize): void {
  memory.copy(point, affine, AFFINE_BYTES)
  copy(point + Z, ONE)
}

/** point += affine; incomplete. 8 products and 3 squares. */
export function addMixed(point: usize, affine: usize): void {
  sqr(zSquared, point + Z)
  mulSub(h, affine, zSquared, point)
  mul(scratch, affine + Y, point + Z)
  mulSub(slope, scratch, zSquared, point + Y)
  mul(point + Z, point + Z, h)
  sqr(hSquared, h)
  mul(hCubed, hSquared, h)
  mul(xh, point, hSquared)
  // X = slope² − H³ − 2·X·H², Y = slope·(X·H² − X') − Y·H³
  sqrSubTwice(point, slope, hCubed, xh)
  mul(scratch, point + Y, hCubed)
  mulDifferenceSub(point + Y, slope, xh, point, scratch)
}

/** Copies what the last `addMixed` multiplied Z by. */
export function getRatio(out: usize): void {
  copy(out, h)
}

/** aZ4 ← a·Z⁴ after an `addMixed`, from that of before: what `doublePoint` wants. */
export function updateTangentTerm(aZ4: usize): void {
  sqr(hFourth, hSquared)
  mul(aZ4, aZ4, hFourth)
}

/**
 * point ← 2·point, and the term a·Z⁴ with it. With Z' = Y·Z (not 2YZ) the slope is half the usual M = 3X² + a·Z⁴ and
 * all other factors of two go: X' = (M/2)² − 2XY², Y' = (M/2)(XY² − X') − Y⁴, a·Z'⁴ = Y⁴·a·Z⁴. No point has Y = 0: the
 * group's order is odd. 4 products and 4 squares.
 */
export function doublePoint(point: usize, aZ4: usize): void {
  sqr(scratch, point)
  halveTangent(slope, scratch, aZ4)
  sqr(hSquared, point + Y)
  mul(xh, point, hSquared)
  mul(point + Z, point + Z, point + Y)
  sqr(hCubed, hSquared)
  sqrSubTwo(point, slope, xh, xh)
  mulDifferenceSub(point + Y, slope, xh, point, hCubed)
  mul(aZ4, aZ4, hCubed)
}

/** out ← (x·factor², y·factor³); `out` may be the point. The X and Y of a Jacobian one with factor 1/Z are its x and y. */
export function scalePoint(out: usize, point: usize, factor: usize): void {
  sqr(zSquared, factor)
  mul(out, point, zSquared)
  mul(zSquared, zSquared, factor)
  mul(out + Y, point + Y, zSquared)
}

/**
 * out = a + b given the slope through both: x = slope² − a.x − b.x, y = slope·(a.x − x) − a.y; `out` may be a or b.
 * The products with ONE bring the coordinates back to within 2P, so that sums of any length stay bounded.
 */
function finishAffine(out: usize, a: usize, b: usize): void {
  sqrSubTwo(newX, slope, a, b)
  mulDifferenceSub(scratch, slope, a, newX, a + Y)
  mul(out, newX, ONE)
  mul(out + Y, scratch, ONE)
}

export function isInfinity(point: usize): bool {
  return load<i32>(point, AFFINE_BYTES) != 0
}

export function setInfinity(point: usize): void {
  memory.fill(point, 0, COMPLETE_BYTES)
  store<i32>(point, 1, AFFINE_BYTES)
}

/** point ← 2·point on the curve with coefficient a; any point. */
export function doubleComplete(point: usize, a: usize): void {
  if (isInfinity(point)) return
  invert(h, point + Y)
  sqr(scratch, point)
  halveTangent(scratch, scratch, a)
  mul(slope, scratch, h)
  finishAffine(point, point, point)
}

/** point += affine on the curve with coefficient a; any two points, of which `affine` is finite. One inversion. */
export function addComplete(point: usize, affine: usize, a: usize): void {
  if (isInfinity(point)) {
    memory.copy(point, affine, AFFINE_BYTES)
    store<i32>(point, 0, AFFINE_BYTES)
    return
  }
  sub(scratch, affine, point)
  if (invert(h, scratch)) {
    mulDifference(slope, h, affine + Y, point + Y)
    finishAffine(point, point, affine)
    return
  }
  sub(scratch, affine + Y, point + Y)
  if (isZero(scratch)) doubleComplete(point, a)
  else setInfinity(point)
}

/** point ← scalar·affine for a raw scalar; any scalar, slow: up to 512 inversions. */
export function multiplyComplete(point: usize, affine: usize, scalar: usize, a: usize): void {
  setInfinity(point)
  for (let bit = 255; bit >= 0; bit--) {
    doubleComplete(point, a)
    if ((load<u8>(scalar + <usize>(bit >> 3)) >> <u8>(bit & 7)) & 1) addComplete(point, affine, a)
  }
}
