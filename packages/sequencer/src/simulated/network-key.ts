import { createHash } from 'node:crypto'
import { type Felt, felt, feltFromBigint } from '@deoxys/core/protocol'
import { getStarkKey, grindKey, sign } from '@scure/starknet'

/** The key pair a simulated network signs its blocks with (protocol 7). Whoever knows the seed can sign as well. */
export class NetworkKey {
  readonly #privateKey: string
  /** An x coordinate. */
  readonly publicKey: Felt

  constructor(seed: string) {
    this.#privateKey = grindKey(createHash('sha256').update(seed).digest())
    this.publicKey = felt(getStarkKey(this.#privateKey))
  }

  /** Deterministic (RFC 6979). */
  sign(blockHash: Felt): readonly [r: Felt, s: Felt] {
    const { r, s } = sign(blockHash, this.#privateKey)
    return [feltFromBigint(r), feltFromBigint(s)]
  }
}
