import type { Kernel } from '@deoxys/kernel'

/** What a kernel can be asked for, in the units it is paid by. */
export const OPERATIONS = ['pedersen', 'poseidon', 'keccak', 'blake2s', 'signature', 'parseFelts'] as const

/**
 * - `pedersen`: a hash of a pair; an array of n takes n + 1
 * - `poseidon`: a permutation
 * - `keccak`, `blake2s`: a block, of 136 or 64 bytes
 * - `signature`: one verified
 * - `parseFelts`: one felt read
 */
export type Operation = (typeof OPERATIONS)[number]

export type Counts = Readonly<Record<Operation, number>>

export const KECCAK_BLOCK_BYTES = 136
const BLAKE2S_BLOCK_WORDS = 16
const FELT_BYTES = 32
const PAIR_BYTES = 64
const STATE_BYTES = 96
const SIGNATURE_BYTES = 128
const NEWLINE = 10

/** Another kernel, and what it was asked for so far. */
export class CountingKernel implements Kernel {
  readonly backend: Kernel['backend']
  readonly tables: Kernel['tables']
  readonly #kernel: Kernel
  readonly #counts: Record<Operation, number> = {
    pedersen: 0,
    poseidon: 0,
    keccak: 0,
    blake2s: 0,
    signature: 0,
    parseFelts: 0,
  }

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.backend = kernel.backend
    this.tables = kernel.tables
  }

  /** As of now. */
  counts(): Counts {
    return { ...this.#counts }
  }

  pedersenPairs(pairs: Uint8Array): Uint8Array {
    this.#counts.pedersen += pairs.length / PAIR_BYTES
    return this.#kernel.pedersenPairs(pairs)
  }

  pedersenArrays(felts: Uint8Array, counts: Uint32Array): Uint8Array {
    for (const count of counts) this.#counts.pedersen += count + 1
    return this.#kernel.pedersenArrays(felts, counts)
  }

  poseidonPermute(states: Uint8Array): Uint8Array {
    this.#counts.poseidon += states.length / STATE_BYTES
    return this.#kernel.poseidonPermute(states)
  }

  poseidonPairs(pairs: Uint8Array): Uint8Array {
    this.#counts.poseidon += pairs.length / PAIR_BYTES
    return this.#kernel.poseidonPairs(pairs)
  }

  poseidonArrays(felts: Uint8Array, counts: Uint32Array): Uint8Array {
    for (const count of counts) this.#counts.poseidon += (count >> 1) + 1
    return this.#kernel.poseidonArrays(felts, counts)
  }

  keccak256(messages: Uint8Array, lengths: Uint32Array): Uint8Array {
    this.#countKeccak(lengths)
    return this.#kernel.keccak256(messages, lengths)
  }

  starknetKeccak(messages: Uint8Array, lengths: Uint32Array): Uint8Array {
    this.#countKeccak(lengths)
    return this.#kernel.starknetKeccak(messages, lengths)
  }

  blake2sArrays(felts: Uint8Array, counts: Uint32Array): Uint8Array {
    let at = 0
    for (const count of counts) {
      let words = 0
      for (const end = at + count * FELT_BYTES; at < end; at += FELT_BYTES) words += isSmall(felts, at) ? 2 : 8
      this.#counts.blake2s += Math.max(1, Math.ceil(words / BLAKE2S_BLOCK_WORDS))
    }
    return this.#kernel.blake2sArrays(felts, counts)
  }

  verifySignatures(items: Uint8Array): Uint8Array {
    this.#counts.signature += items.length / SIGNATURE_BYTES
    return this.#kernel.verifySignatures(items)
  }

  parseFelts(ascii: Uint8Array): Uint8Array {
    if (ascii.length > 0) this.#counts.parseFelts += 1
    for (let at = ascii.indexOf(NEWLINE); at >= 0; at = ascii.indexOf(NEWLINE, at + 1)) this.#counts.parseFelts += 1
    return this.#kernel.parseFelts(ascii)
  }

  #countKeccak(lengths: Uint32Array): void {
    for (const length of lengths) this.#counts.keccak += Math.floor(length / KECCAK_BLOCK_BYTES) + 1
  }
}

/** Below 2^63: taken in as two words in place of eight (protocol 1.6). */
function isSmall(felts: Uint8Array, at: number): boolean {
  for (let i = 0; i < FELT_BYTES - 8; i++) if (felts[at + i] !== 0) return false
  return felts[at + FELT_BYTES - 8]! < 0x80
}
