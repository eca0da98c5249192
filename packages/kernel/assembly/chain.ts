import {
  copy,
  ELEMENT_BYTES,
  ELEMENT_BYTES_MAX,
  invert,
  mul,
  mulDifferenceSub,
  mulSub,
  ONE,
  sqr,
  sqrSubTwice,
} from './element'

/**
 * Sums of affine points one by one, without inversions: X, Y, Z², Z³ with x = X/Z² and y = Y/Z³. Z itself is never needed,
 * which spares a square of Jacobian coordinates. In a back end of two lanes a chain is two.
 *
 * The additions are incomplete: where two points have the same x they set Z to 0, and 0 it stays. So a chain is right
 * exactly when it ends with Z ≠ 0.
 *
 * Bounds of the scalar back end, in multiples of P: products are within 2, |X| ≤ 8, |Y| ≤ 4; src/lane-bounds.test.ts has
 * those of the others.
 */

const Y: usize = ELEMENT_BYTES
const Z_SQUARED: usize = 2 * ELEMENT_BYTES
const Z_CUBED: usize = 3 * ELEMENT_BYTES
export const CHAIN_BYTES: usize = 4 * ELEMENT_BYTES
/** Room for a chain, in static memory. */
export const CHAIN_BYTES_MAX: i32 = 4 * ELEMENT_BYTES_MAX

const h: usize = memory.data(ELEMENT_BYTES_MAX, 16)
const slope: usize = memory.data(ELEMENT_BYTES_MAX, 16)
const hSquared: usize = memory.data(ELEMENT_BYTES_MAX, 16)
const hCubed: usize = memory.data(ELEMENT_BYTES_MAX, 16)
const xh: usize = memory.data(ELEMENT_BYTES_MAX, 16)
const yh: usize = memory.data(ELEMENT_BYTES_MAX, 16)

export function startChain(sum: usize, point: usize): void {
  copy(sum, point)
  copy(sum + Y, point + Y)
  copy(sum + Z_SQUARED, ONE)
  copy(sum + Z_CUBED, ONE)
}

/** sum += point, which is affine. 8 products and 2 squares. */
export function addToChain(sum: usize, point: usize): void {
  mulSub(h, point, sum + Z_SQUARED, sum)
  mulSub(slope, point + Y, sum + Z_CUBED, sum + Y)
  sqr(hSquared, h)
  mul(xh, sum, hSquared)
  mul(hCubed, hSquared, h)
  mul(sum + Z_SQUARED, sum + Z_SQUARED, hSquared)
  // X = slope² − H³ − 2·X·H², Y = slope·(X·H² − X') − Y·H³
  sqrSubTwice(sum, slope, hCubed, xh)
  mul(yh, sum + Y, hCubed)
  mul(sum + Z_CUBED, sum + Z_CUBED, hCubed)
  mulDifferenceSub(sum + Y, slope, xh, sum, yh)
}

/** a's X and Z² ← those of a + b; `b` is spoilt. 9 products and 2 squares. */
export function joinChains(a: usize, b: usize): void {
  mul(xh, a, b + Z_SQUARED)
  mulSub(h, b, a + Z_SQUARED, xh)
  mul(yh, a + Y, b + Z_CUBED)
  mulSub(slope, b + Y, a + Z_CUBED, yh)
  sqr(hSquared, h)
  mul(hCubed, hSquared, h)
  mul(xh, xh, hSquared)
  sqrSubTwice(a, slope, hCubed, xh)
  mul(a + Z_SQUARED, a + Z_SQUARED, b + Z_SQUARED)
  mul(a + Z_SQUARED, a + Z_SQUARED, hSquared)
}

/** x ← X/Z². False where Z is 0: a degenerate addition happened, or the sum is infinity. */
export function closeChain(x: usize, sum: usize): bool {
  if (!invert(h, sum + Z_SQUARED)) return false
  mul(x, sum, h)
  return true
}
