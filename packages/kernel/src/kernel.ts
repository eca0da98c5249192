import type { SharedTables } from './tables.ts'

/** What a back end hashes with: `reference` is the bigint oracle, the others are WebAssembly. */
export type Backend = 'reference' | 'scalar' | 'simd' | 'fma'

/**
 * Starknet's hashes, many at a time.
 *
 * A felt is 32 bytes big-endian and below P (not checked here: decoders do). Inputs are only read; every result is a
 * new array owned by the caller. A call with nothing in it returns an empty array.
 * Section numbers are those of the protocol reference named in CONTRIBUTING.md.
 *
 * @throws RangeError, every function, where the bytes are not whole items or the lengths do not add up to them.
 */
export interface Kernel {
  readonly backend: Backend

  /** For the kernels of other threads; undefined where tables are not shared. */
  readonly tables: SharedTables | undefined

  /** `H(a, b)` (1.2) of n pairs: n × 64 bytes in, n × 32 out. */
  pedersenPairs(pairs: Uint8Array): Uint8Array

  /**
   * `Pa[…]` (1.3) of n arrays that lie one behind the other in `felts`; array i has `counts[i]` felts, which may be 0.
   * The chains advance side by side. n × 32 bytes out.
   */
  pedersenArrays(felts: Uint8Array, counts: Uint32Array): Uint8Array

  /** The Hades permutation (1.4) of n states: n × 96 bytes in and out. */
  poseidonPermute(states: Uint8Array): Uint8Array

  /** `P2(x, y)` (1.4) of n pairs: n × 64 bytes in, n × 32 out. */
  poseidonPairs(pairs: Uint8Array): Uint8Array

  /** `Ps[…]` (1.4) of n arrays laid out as in `pedersenArrays`; the sponges advance side by side. n × 32 bytes out. */
  poseidonArrays(felts: Uint8Array, counts: Uint32Array): Uint8Array

  /** Keccak-256 with the original padding, of n messages that lie one behind the other; lengths in bytes. n × 32 out. */
  keccak256(messages: Uint8Array, lengths: Uint32Array): Uint8Array

  /** `K(…)` (1.5): `keccak256` with the top six bits cleared, a felt. */
  starknetKeccak(messages: Uint8Array, lengths: Uint32Array): Uint8Array

  /** The Blake2s felt hash (1.6) of n arrays laid out as in `pedersenArrays`. n × 32 bytes out. */
  blake2sArrays(felts: Uint8Array, counts: Uint32Array): Uint8Array

  /**
   * Stark ECDSA (1.7). n × 128 bytes in: message, r, s, x coordinate of the public key, each 32 bytes big-endian of any
   * value (out of range is "no", not an error). n bytes out: 1 valid, 0 not.
   */
  verifySignatures(items: Uint8Array): Uint8Array

  /**
   * ASCII felts, each `0x` and 1 to 64 hex digits (leading zeros allowed), separated by single newlines, to packed felts.
   * @throws RangeError naming the index of the first that is malformed or not below P.
   */
  parseFelts(ascii: Uint8Array): Uint8Array
}
