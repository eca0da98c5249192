/**
 * Field elements for what is written once for all back ends: tree.ts and chain.ts. In a back end of two lanes
 * lane-element.ts takes the place of this file.
 */

export { ELEMENT_BYTES, invert } from './field'
export {
  copy,
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

/** Room for an element, in static memory. */
export const ELEMENT_BYTES_MAX: i32 = 36
