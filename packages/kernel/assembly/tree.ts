import {
  copy,
  ELEMENT_BYTES,
  ELEMENT_BYTES_MAX,
  invert,
  mul,
  mulDifference,
  mulDifferenceSub,
  ONE,
  sqrSubTwo,
  sub,
} from './element'
import { allocate } from './memory'

/**
 * Sums of many rows of points at a time, as a tree: each level adds neighbours pairwise, in all rows at once, with one
 * inversion for the level (Montgomery's trick). 5 products and 1 square an addition. In a back end of two lanes, a row is
 * two: one in each lane.
 */

export const POINT_BYTES: usize = 2 * ELEMENT_BYTES

const accumulated: usize = memory.data(ELEMENT_BYTES_MAX, 16)
const inverse: usize = memory.data(ELEMENT_BYTES_MAX, 16)
const slope: usize = memory.data(ELEMENT_BYTES_MAX, 16)
const newX: usize = memory.data(ELEMENT_BYTES_MAX, 16)

let points: usize = 0
/** Products of the differences so far, and the differences, in the order they are taken. */
let products: usize = 0
let differences: usize = 0

/** @param count points of a row @param rowsMax of one tree */
export function initializeTree(count: i32, rowsMax: i32): void {
  const additionsMax = <usize>(count >> 1) * rowsMax
  points = allocate(<usize>count * rowsMax * POINT_BYTES)
  products = allocate((additionsMax + 1) * ELEMENT_BYTES)
  differences = allocate(additionsMax * ELEMENT_BYTES)
}

/**
 * Where the points are to be put, affine: point j of row h of n at (j·n + h)·POINT_BYTES, so that the neighbours of a
 * level lie n apart, the rows side by side. The sums are then at the start, one behind the other, of which only x counts.
 */
export function treePoints(): usize {
  return points
}

/**
 * Adds up the `count` points of each of n rows. False, with the points spoilt, where two points to be added have the same
 * x: then the product of all differences is 0.
 *
 * In the scalar back end x grows from below P to 2 + 2·x a level, 382·P after the 7 levels of width 4; the largest product
 * is difference·inverse, below 2·382·P², within what the reduction allows (2^10). src/lane-bounds.test.ts has the bounds
 * of the others.
 */
export function sumTree(n: i32, count: i32): bool {
  const rowBytes = <usize>n * POINT_BYTES
  while (count > 1) {
    const pairCount = count >> 1
    multiplyDifferences(n, pairCount, rowBytes)
    const product = products + <usize>pairCount * <usize>n * ELEMENT_BYTES
    if (!invert(accumulated, product)) return false
    addNeighbours(n, pairCount, rowBytes, count > 2)
    if (count & 1) memory.copy(points + <usize>pairCount * rowBytes, points + <usize>(count - 1) * rowBytes, rowBytes)
    count = pairCount + (count & 1)
  }
  return true
}

/** From the last pair to the first, so that `addNeighbours`, which needs them backwards, may write over what it read. */
function multiplyDifferences(n: i32, pairCount: i32, rowBytes: usize): void {
  let product = products
  let difference = differences
  copy(product, ONE)
  for (let j = pairCount - 1; j >= 0; j--) {
    let left = points + <usize>(2 * j + 1) * rowBytes
    for (let h = 0; h < n; h++) {
      left -= POINT_BYTES
      sub(difference, left + rowBytes, left)
      mul(product + ELEMENT_BYTES, product, difference)
      product += ELEMENT_BYTES
      difference += ELEMENT_BYTES
    }
  }
}

function addNeighbours(n: i32, pairCount: i32, rowBytes: usize, wantsY: bool): void {
  let product = products + <usize>pairCount * <usize>n * ELEMENT_BYTES
  let difference = differences + <usize>pairCount * <usize>n * ELEMENT_BYTES
  let sum = points
  for (let j = 0; j < pairCount; j++) {
    let left = points + <usize>(2 * j) * rowBytes
    for (let h = 0; h < n; h++) {
      product -= ELEMENT_BYTES
      difference -= ELEMENT_BYTES
      const right = left + rowBytes
      mul(inverse, accumulated, product)
      mul(accumulated, accumulated, difference)
      mulDifference(slope, inverse, right + ELEMENT_BYTES, left + ELEMENT_BYTES)
      sqrSubTwo(newX, slope, left, right)
      if (wantsY) mulDifferenceSub(sum + ELEMENT_BYTES, slope, left, newX, left + ELEMENT_BYTES)
      copy(sum, newX)
      left += POINT_BYTES
      sum += POINT_BYTES
    }
  }
}
