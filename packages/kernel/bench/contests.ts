import { deepStrictEqual } from 'node:assert/strict'
import { blake2s } from '@noble/hashes/blake2.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { getPublicKey, pedersen, poseidonHash, Signature, sign, verify } from '@scure/starknet'
import { P } from '../src/curve.ts'
import type { Kernel } from '../src/kernel.ts'
import { bytesToBigint } from '../src/reference.ts'
import { lengthsOf, pack, pseudoRandomFelts } from '../src/testing/felts.ts'
import {
  BLAKE2S_GATE,
  ECDSA_GATE,
  type Gate,
  KECCAK_GATE,
  PEDERSEN_BATCH_GATES,
  PEDERSEN_ONE_GATE,
  POSEIDON_BATCH_GATES,
  POSEIDON_ONE_GATE,
  TRIE_GATE,
} from './gates.ts'
import type { Native } from './native.ts'
import { type Arm, localArm } from './rounds.ts'
import { createSyntheticTrie } from './synthetic-trie.ts'

/** One row of the table: an operation of the kernel and who else does the same. */
export interface Contest {
  readonly operation: string
  readonly backend: string
  readonly ours: Arm
  readonly peer: string
  readonly theirs: Arm
  readonly native?: Arm
  readonly gate?: Gate
  /** What the kernel computed, the same on every machine. */
  readonly output: Uint8Array
}

/** Two trees of the kernel and one of the C reference: on either side the inversions no longer show. */
const BATCH_COUNT = 256
/** As many of a batch are hashed by a peer that takes a millisecond for one. */
const PEER_COUNT = 8
const DIGEST_COUNT = 128
const TRIE_LEAF_COUNT = 1024

const felts = pseudoRandomFelts(2 * TRIE_LEAF_COUNT)
const packed = pack(felts)
export const PAIRS = Array.from({ length: BATCH_COUNT }, (_, i) => [felts[2 * i]!, felts[2 * i + 1]!] as const)

const SCURE = '@scure/starknet'
const NOBLE = '@noble/hashes'
const hex = (value: bigint) => value.toString(16).padStart(64, '0')
const bytesOf = (hashes: readonly string[]) => new Uint8Array(Buffer.from(hashes.join(''), 'hex'))
const pedersenOf = (a: bigint, b: bigint) => BigInt(pedersen(a, b))

/** Of both hashes of pairs, on every kernel; the peer and the C reference are timed once for all. */
function pairContests(kernels: readonly Kernel[], native: Native | undefined): Contest[] {
  const batch = packed.subarray(0, 64 * BATCH_COUNT)
  const hashes = [
    {
      name: 'Pedersen',
      hash: (kernel: Kernel, pairs: Uint8Array) => kernel.pedersenPairs(pairs),
      peerHash: pedersenOf,
      gates: PEDERSEN_BATCH_GATES,
      gateOfOne: PEDERSEN_ONE_GATE,
      native: native && { arm: native.pedersen, hashes: native.pedersenHashes },
    },
    {
      name: 'Poseidon',
      hash: (kernel: Kernel, pairs: Uint8Array) => kernel.poseidonPairs(pairs),
      peerHash: poseidonHash,
      gates: POSEIDON_BATCH_GATES,
      gateOfOne: POSEIDON_ONE_GATE,
      native: native && { arm: native.poseidon, hashes: native.poseidonHashes },
    },
  ]
  return hashes.flatMap(({ name, hash, peerHash, gates, gateOfOne, native }) => {
    const theirs = localArm(PEER_COUNT, () => PAIRS.slice(0, PEER_COUNT).map(([a, b]) => peerHash(a, b)))
    const expected = pack(PAIRS.slice(0, PEER_COUNT).map(([a, b]) => peerHash(a, b)))
    const batchContests = kernels.map((kernel): Contest => {
      const output = hash(kernel, batch)
      deepStrictEqual(output.subarray(0, expected.length), expected)
      if (native) deepStrictEqual(output, bytesOf(native.hashes))
      const gate = gates[kernel.backend]
      return {
        operation: `${name}, batch of ${BATCH_COUNT}`,
        backend: kernel.backend,
        ours: localArm(BATCH_COUNT, () => hash(kernel, batch)),
        ...{ peer: SCURE, theirs, output },
        ...(native && { native: native.arm }),
        ...(gate && { gate }),
      }
    })
    const single = (kernel: Kernel): Contest => {
      const singles = PAIRS.map((_, i) => batch.subarray(64 * i, 64 * i + 64))
      const output = new Uint8Array(Buffer.concat(singles.map((pair) => hash(kernel, pair))))
      deepStrictEqual(output, batchContests[0]!.output)
      let next = 0
      const ours = localArm(1, () => hash(kernel, singles[next++ % BATCH_COUNT]!))
      return {
        operation: `${name}, one`,
        backend: kernel.backend,
        ...{ ours, peer: SCURE, theirs, gate: gateOfOne, output },
      }
    }
    return [...batchContests, single(kernels[0]!)]
  })
}

/** The peer gets a key with both coordinates, which spares it a square root; the kernel only ever has the x. */
function signatureContest(kernel: Kernel): Contest {
  const [message, secret] = [felts[0]! >> 1n, felts[1]! >> 1n]
  const { r, s } = sign(hex(message), hex(secret))
  const key = getPublicKey(hex(secret), false)
  const item = pack([message, r, s, bytesToBigint(key.subarray(1, 33))])
  const [signature, digest] = [new Signature(r, s), hex(message)]
  const output = kernel.verifySignatures(item)
  deepStrictEqual(output, Uint8Array.of(Number(verify(signature, digest, key))))
  return {
    operation: 'ECDSA verify, one',
    backend: kernel.backend,
    ours: localArm(1, () => kernel.verifySignatures(item)),
    peer: SCURE,
    theirs: localArm(1, () => verify(signature, digest, key)),
    gate: ECDSA_GATE,
    output,
  }
}

function keccakContest(kernel: Kernel, byteLength: number): Contest {
  const messages = Array.from({ length: DIGEST_COUNT }, (_, i) => packed.slice(i, i + byteLength))
  const [bytes, lengths] = [new Uint8Array(Buffer.concat(messages)), lengthsOf(messages)]
  const output = kernel.keccak256(bytes, lengths)
  deepStrictEqual(output, new Uint8Array(Buffer.concat(messages.map((message) => keccak_256(message)))))
  return {
    operation: `Keccak-256, ${DIGEST_COUNT} of ${byteLength} B`,
    backend: kernel.backend,
    ours: localArm(DIGEST_COUNT, () => kernel.keccak256(bytes, lengths)),
    peer: NOBLE,
    theirs: localArm(DIGEST_COUNT, () => messages.map((message) => keccak_256(message))),
    gate: KECCAK_GATE,
    output,
  }
}

/** The peer gets what it is to digest; the kernel gets felts, encodes them and reduces the digest. */
function blake2sContest(kernel: Kernel, feltCount: number): Contest {
  const rows = Array.from({ length: DIGEST_COUNT }, (_, i) => felts.slice(i, i + feltCount))
  const [bytes, counts] = [pack(rows.flat()), lengthsOf(rows)]
  const messages = rows.map((row) => new Uint8Array(Buffer.from(pack(row.map((felt) => felt | (1n << 255n)))).swap32()))
  const output = kernel.blake2sArrays(bytes, counts)
  deepStrictEqual(output, pack(messages.map((message) => bytesToBigint(blake2s(message).reverse()) % P)))
  return {
    operation: `Blake2s, ${DIGEST_COUNT} of ${32 * feltCount} B`,
    backend: kernel.backend,
    ours: localArm(DIGEST_COUNT, () => kernel.blake2sArrays(bytes, counts)),
    peer: NOBLE,
    theirs: localArm(DIGEST_COUNT, () => messages.map((message) => blake2s(message))),
    gate: BLAKE2S_GATE,
    output,
  }
}

/** @param scalar hashes one by one, which is the same in every process */
function trieContest(kernel: Kernel, scalar: Kernel): Contest {
  const trie = createSyntheticTrie(felts, pack)
  const output = trie.hashByRank(kernel)
  deepStrictEqual(output, trie.hashOneByOne(scalar))
  return {
    operation: `trie of ${TRIE_LEAF_COUNT}, by rank (${trie.hashCount} hashes in ${trie.batchCount} batches)`,
    backend: kernel.backend,
    ours: localArm(trie.hashCount, () => trie.hashByRank(kernel)),
    peer: 'scalar, one by one',
    theirs: localArm(trie.hashCount, () => trie.hashOneByOne(scalar)),
    gate: TRIE_GATE,
    output,
  }
}

/** All rows; every result has been compared with the peer's. @param kernels the fastest first, the last one scalar */
export function createContests(kernels: readonly Kernel[], native: Native | undefined): Contest[] {
  const fastest = kernels[0]!
  return [
    ...pairContests(kernels, native),
    signatureContest(fastest),
    ...[32, 64, 136].map((byteLength) => keccakContest(fastest, byteLength)),
    ...[1, 2, 4].map((feltCount) => blake2sContest(fastest, feltCount)),
    trieContest(fastest, kernels.at(-1)!),
  ]
}
