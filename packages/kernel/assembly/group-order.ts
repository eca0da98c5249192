import { N_MODULUS, N_NEGATED_INVERSE, N_RADIX_SQUARED, N_RAW } from './generated/moduli'
import { invertModulo } from './modular-inverse'

/** Integers mod the group order N, raw (four little-endian words). Few operations a signature, so written as loops. */

const WORDS: usize = 8

/** Nine accumulator words, each in 64 bits. */
const accumulator: usize = memory.data(72)
const difference: usize = memory.data(32)
const converted: usize = memory.data(32)

/** a·b·2^−256 mod N, canonical; a and b below 2^256, one of them below N. Montgomery, a word of b at a time. */
function mulMontgomery(out: usize, a: usize, b: usize): void {
  memory.fill(accumulator, 0, 72)
  for (let i: usize = 0; i < WORDS; i++) {
    const word = <u64>load<u32>(b + 4 * i)
    let carry: u64 = 0
    for (let j: usize = 0; j < WORDS; j++) {
      const sum = load<u64>(accumulator + 8 * j) + <u64>load<u32>(a + 4 * j) * word + carry
      store<u64>(accumulator + 8 * j, sum & 0xffffffff)
      carry = sum >> 32
    }
    const overflow = load<u64>(accumulator, 64) + carry
    const multiple = <u64>(<u32>load<u64>(accumulator) * N_NEGATED_INVERSE)
    carry = (load<u64>(accumulator) + multiple * <u64>load<u32>(N_RAW)) >> 32
    for (let j: usize = 1; j < WORDS; j++) {
      const sum = load<u64>(accumulator + 8 * j) + multiple * <u64>load<u32>(N_RAW + 4 * j) + carry
      store<u64>(accumulator + 8 * j - 8, sum & 0xffffffff)
      carry = sum >> 32
    }
    store<u64>(accumulator, (overflow + carry) & 0xffffffff, 56)
    store<u64>(accumulator, (overflow + carry) >> 32, 64)
  }
  reduceOnce(out)
}

/** The accumulator, below 2N < 2^253, minus N where it is not below it. */
function reduceOnce(out: usize): void {
  let borrow: i64 = 0
  for (let j: usize = 0; j < WORDS; j++) {
    borrow += <i64>load<u64>(accumulator + 8 * j) - <i64>load<u32>(N_RAW + 4 * j)
    store<u32>(difference + 4 * j, <u32>borrow)
    borrow >>= 32
  }
  const isBelow = borrow < 0
  for (let j: usize = 0; j < WORDS; j++) {
    store<u32>(out + 4 * j, isBelow ? <u32>load<u64>(accumulator + 8 * j) : load<u32>(difference + 4 * j))
  }
}

/** a·b mod N for a, b < N. */
export function mulModuloN(out: usize, a: usize, b: usize): void {
  mulMontgomery(converted, a, N_RADIX_SQUARED)
  mulMontgomery(out, converted, b)
}

/** 1/a mod N for 0 < a < N. */
export function invertModuloN(out: usize, a: usize): void {
  invertModulo(out, a, N_MODULUS)
}
