import { createHash } from 'node:crypto'
import { type Felt, type Felts, feltFromBigint, packFelts } from '@deoxys/core/protocol'

/** Bits of a random felt: any of them may be a storage key, an address or a message. */
const FELT_BITS = 250

/** Numbers that look random and follow from the seed alone: SHA-256 of the seed and a counter, one digest a draw. */
export class Random {
  readonly #seed: string
  #draws = 0

  constructor(seed: string) {
    this.#seed = seed
  }

  /** 0 ≤ n < 2^bits, for bits ≤ 256. */
  bits(bits: number): bigint {
    const digest = createHash('sha256')
      .update(`${this.#seed}#${this.#draws++}`)
      .digest('hex')
    return BigInt(`0x${digest}`) >> BigInt(256 - bits)
  }

  /** min ≤ n ≤ max, safe integers. */
  integer(min: number, max: number): number {
    return min + Number(this.bits(64) % BigInt(max - min + 1))
  }

  /** True once in `times`, on average. */
  oneIn(times: number): boolean {
    return this.integer(1, times) === 1
  }

  felt(bits: number = FELT_BITS): Felt {
    return feltFromBigint(this.bits(bits))
  }

  /** A packed list of min to max felts. */
  felts(min: number, max: number): Felts {
    return packFelts(Array.from({ length: this.integer(min, max) }, () => this.felt()))
  }

  /** @throws Error (a bug) for an empty list. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('nothing to pick from')
    return items[this.integer(0, items.length - 1)] as T
  }
}
