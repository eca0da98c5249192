import { webAssembly } from './wasm-exports.ts'

/**
 * What WebAssembly of this process can do, found out with a module of one function, f(x: f64) → f64:
 *
 *     f64x2.extract_lane 0 (f64x2.relaxed_madd (f64x2.splat x) (f64x2.splat x) (f64x2.splat −1))
 *
 * or, for fixed-width SIMD alone, f64x2.extract_lane 0 (f64x2.splat x).
 */

const GET_X = [0x20, 0x00]
const SPLAT = [0xfd, 0x14]
/** f64.const −1; −1 is 0xbff0 and zeros, the least significant byte first. */
const MINUS_ONE = [0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0xbf]
const RELAXED_MADD = [0xfd, 0x87, 0x02]
const EXTRACT_LANE_0 = [0xfd, 0x21, 0x00]
const END = 0x0b

/** The module with this body; every size is below 128 and so one byte. */
function moduleOf(instructions: readonly number[]): Uint8Array {
  const section = (id: number, content: readonly number[]) => [id, content.length, ...content]
  const code = [0x00, ...instructions, END]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 1, 0x7c, 1, 0x7c]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 'f'.charCodeAt(0), 0x00, 0]),
    ...section(10, [1, code.length, ...code]),
  ])
}

export function hasSimd(): boolean {
  return webAssembly.validate(moduleOf([...GET_X, ...SPLAT, ...EXTRACT_LANE_0]))
}

/**
 * Whether `relaxed_madd` rounds once, as the back end `fma` must have it: it may also round the product and then the sum,
 * and does where the processor has no such instruction. (1 + 2^−30)² − 1 is 2^−29 + 2^−60, and without the last bit if the
 * product was rounded.
 */
export function hasFusedMultiplyAdd(): boolean {
  const bytes = moduleOf([
    ...[...GET_X, ...SPLAT, ...GET_X, ...SPLAT, ...MINUS_ONE, ...SPLAT],
    ...[...RELAXED_MADD, ...EXTRACT_LANE_0],
  ])
  if (!webAssembly.validate(bytes)) return false
  const { f } = new webAssembly.Instance(new webAssembly.Module(bytes), {}).exports as { f(x: number): number }
  return f(1 + 2 ** -30) === 2 ** -29 + 2 ** -60
}
