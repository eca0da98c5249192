import { createHash } from 'node:crypto'
import { FELT_BYTES, type Felt, type Felts } from '@deoxys/core/protocol'

/** Numbers that look random and follow from the seed alone, fast: xoshiro128** on a state hashed out of the seed. */
export class FastRandom {
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(seed: string) {
    const state = createHash('sha256').update(seed).digest()
    this.#a = state.readInt32LE(0)
    this.#b = state.readInt32LE(4)
    this.#c = state.readInt32LE(8)
    this.#d = state.readInt32LE(12) | 1 // Not all of it may be zero.
  }

  /** 0 ≤ n < 2^32. */
  u32(): number {
    const b5 = Math.imul(this.#b, 5)
    const result = Math.imul((b5 << 7) | (b5 >>> 25), 9) >>> 0
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = (this.#d << 11) | (this.#d >>> 21)
    return result
  }

  /** 0 ≤ x < 1. */
  unit(): number {
    return this.u32() / 2 ** 32
  }

  chance(probability: number): boolean {
    return this.unit() < probability
  }

  /** min ≤ n ≤ max, less than 2^32 apart. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.unit() * (max - min + 1))
  }

  /** @throws Error (a bug) for an empty list. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.integer(0, items.length - 1)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }

  /** Writes the number of `bits` ≤ 251 random bits into the felt at `offset`, which must be zero. */
  fillFelt(out: Felts, offset: number, bits: number): void {
    const end = offset + FELT_BYTES
    let rest = bits
    for (let at = end - 1; rest > 0; ) {
      let word = this.u32()
      for (let i = 0; i < 4 && rest > 0; i++, at--, rest -= 8) {
        out[at] = rest >= 8 ? word & 0xff : word & ((1 << rest) - 1)
        word >>>= 8
      }
    }
  }

  /** Of 250 bits unless told otherwise: any such number may be an address, a key or a message. */
  felt(bits = 250): Felt {
    const out = new Uint8Array(FELT_BYTES)
    this.fillFelt(out, 0, bits)
    return out
  }
}
