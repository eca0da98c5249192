import { isRawZero, RAW_BYTES, readBigEndian, writeBigEndian } from './bytes'
import { mul, packLane, R_CUBED, R_SQUARED, swapLanes, UNIT, unpack } from './generated/lanes'
import { P_MODULUS } from './generated/moduli'
import { invertModulo } from './modular-inverse'

/**
 * Field elements of two lanes, two numbers side by side, as the generated arithmetic of the back end has them
 * (codegen/lane-field.ts). A "lane pair" below is such a pair of numbers: lane 0 first, lane 1 second.
 */

export {
  copy,
  ELEMENT_BYTES,
  mul,
  mulDifference,
  mulDifferenceSub,
  mulSub,
  ONE,
  sqr,
  sqrSubTwice,
  sqrSubTwo,
  sub,
} from './generated/lanes'

/** Room for an element of either back end, in static memory. */
export const ELEMENT_BYTES_MAX: i32 = 176

const raws: usize = memory.data(64)
const swapped: usize = memory.data(ELEMENT_BYTES_MAX, 16)
const product: usize = memory.data(ELEMENT_BYTES_MAX, 16)

/**
 * 1/a of both lanes with one inversion: of a₀·a₁, times the other one. False where one of them is 0.
 * `invertModulo` gives (a₀·a₁)⁻¹·R⁻¹ of the stored a₀·a₁·R; the product with R³ puts both factors back.
 */
export function invert(out: usize, a: usize): bool {
  swapLanes(swapped, a)
  mul(product, a, swapped)
  packLane(raws, product, 0)
  if (isRawZero(raws)) return false
  invertModulo(raws, raws, P_MODULUS)
  unpack(product, raws, raws)
  mul(product, product, R_CUBED)
  mul(out, product, swapped)
  return true
}

export function loadFelts(out: usize, first: usize, second: usize): void {
  readBigEndian(raws, first)
  readBigEndian(raws + RAW_BYTES, second)
  unpack(out, raws, raws + RAW_BYTES)
  mul(out, out, R_SQUARED)
}

/** Stores a·factor/R: `UNIT` takes a out of Montgomery form. `second` is written before `first`, which may be the same. */
export function storeScaled(first: usize, second: usize, a: usize, factor: usize): void {
  mul(product, a, factor)
  packLane(raws, product, 1)
  writeBigEndian(second, raws)
  packLane(raws, product, 0)
  writeBigEndian(first, raws)
}

export function storeFelts(first: usize, second: usize, a: usize): void {
  storeScaled(first, second, a, UNIT)
}

export function storeFelt(bytes: usize, a: usize, lane: i32): void {
  mul(product, a, UNIT)
  packLane(raws, product, lane)
  writeBigEndian(bytes, raws)
}
