import { deepStrictEqual } from 'node:assert/strict'
import { cpus } from 'node:os'
import { blake2s } from '@noble/hashes/blake2.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { getPublicKey, pedersen, poseidonHash, Signature, sign, verify } from '@scure/starknet'
import { P } from '../src/curve.ts'
import { createKernel } from '../src/index.ts'
import { bytesToBigint } from '../src/reference.ts'
import { lengthsOf, pack, pseudoRandomFelts } from '../src/testing/felts.ts'

/**
 * The kernel against @scure/starknet and @noble/hashes, in one process and in turn: a round gives each contestant one
 * slice of some milliseconds, measured in CPU time of the process, and the least of all rounds counts. Figures move with
 * the machine; the ratios of one run are what to compare.
 *
 *     node bench/bench.ts [rounds]
 */

/** Rounds that do not count: after them the compilers have settled. */
const WARM_UP_ROUNDS = 10
const ROUNDS_DEFAULT = 30
/** Of one contestant in one round: long against the clock's resolution, short against the machine's moods. */
const SLICE_MICROSECONDS = 5000
const BATCH_COUNT = 128

interface Contest<Theirs = unknown> {
  readonly operation: string
  readonly peer: string
  /** Operations of one run. */
  readonly count: number
  ours(): unknown
  theirs(): Theirs
  /** The peer's result as the kernel gives it. */
  convert(result: Theirs): unknown
}

const kernel = await createKernel()
const felts = pseudoRandomFelts(2 * BATCH_COUNT)
const packed = pack(felts)
const hex = (value: bigint) => value.toString(16).padStart(64, '0')

/** Of `count` pairs in one call of the kernel. */
function pairContest(
  name: string,
  count: number,
  hash: typeof kernel.pedersenPairs,
  peer: typeof poseidonHash,
): Contest<bigint[]> {
  const pairs = Array.from({ length: count }, (_, i) => [felts[2 * i]!, felts[2 * i + 1]!] as const)
  const bytes = packed.subarray(0, 64 * count)
  return {
    operation: `${name}, ${count === 1 ? 'one' : `batch of ${count}`}`,
    peer: '@scure/starknet',
    count,
    ours: () => hash(bytes),
    theirs: () => pairs.map(([a, b]) => peer(a, b)),
    convert: pack,
  }
}

/** The peer gets a key with both coordinates, which spares it a square root; the kernel only ever has the x. */
function signatureContest(): Contest<boolean> {
  const [message, secret] = [felts[0]! >> 1n, felts[1]! >> 1n]
  const { r, s } = sign(hex(message), hex(secret))
  const key = getPublicKey(hex(secret), false)
  const item = pack([message, r, s, bytesToBigint(key.subarray(1, 33))])
  const [signature, digest] = [new Signature(r, s), hex(message)]
  return {
    operation: 'ECDSA verify, one',
    peer: '@scure/starknet',
    count: 1,
    ours: () => kernel.verifySignatures(item),
    theirs: () => verify(signature, digest, key),
    convert: (isValid) => Uint8Array.of(Number(isValid)),
  }
}

function keccakContest(byteLength: number): Contest<Uint8Array[]> {
  const messages = Array.from({ length: BATCH_COUNT }, (_, i) => packed.slice(i, i + byteLength))
  const [bytes, lengths] = [Uint8Array.from(Buffer.concat(messages)), lengthsOf(messages)]
  return {
    operation: `Keccak-256, batch of ${BATCH_COUNT} × ${byteLength} B`,
    peer: '@noble/hashes',
    count: BATCH_COUNT,
    ours: () => kernel.keccak256(bytes, lengths),
    theirs: () => messages.map((message) => keccak_256(message)),
    convert: (digests) => Uint8Array.from(Buffer.concat(digests)),
  }
}

/** The peer gets what it is to digest; the kernel gets felts, encodes them and reduces the digest. */
function blake2sContest(feltCount: number): Contest<Uint8Array[]> {
  const rows = Array.from({ length: BATCH_COUNT }, (_, i) => felts.slice(i, i + feltCount))
  const [bytes, counts] = [pack(rows.flat()), lengthsOf(rows)]
  const messages = rows.map((row) =>
    Uint8Array.from(Buffer.from(pack(row.map((felt) => felt | (1n << 255n)))).swap32()),
  )
  return {
    operation: `Blake2s, batch of ${BATCH_COUNT} × ${32 * feltCount} B`,
    peer: '@noble/hashes',
    count: BATCH_COUNT,
    ours: () => kernel.blake2sArrays(bytes, counts),
    theirs: () => messages.map((message) => blake2s(message)),
    convert: (digests) => pack(digests.map((digest) => bytesToBigint(digest.toReversed()) % P)),
  }
}

/** Microseconds of CPU time an operation, of as many runs as `runCount`. */
function measure(run: () => unknown, runCount: number, count: number): number {
  const start = process.cpuUsage()
  for (let i = 0; i < runCount; i += 1) run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / (runCount * count)
}

/** How many runs fill a slice. Also checks that both sides agree, and warms them up a first time. */
function countRuns(contest: Contest, run: () => unknown): number {
  deepStrictEqual(contest.convert(contest.theirs()), contest.ours())
  measure(run, 2, 1)
  return Math.max(1, Math.ceil(SLICE_MICROSECONDS / measure(run, 5, 1)))
}

function runContests(contests: readonly Contest[], rounds: number) {
  const arms = contests.flatMap((contest) =>
    [contest.ours, contest.theirs].map((run) => ({
      run,
      count: contest.count,
      runCount: countRuns(contest, run),
      best: Infinity,
    })),
  )
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    for (const arm of arms) {
      const time = measure(arm.run, arm.runCount, arm.count)
      if (round >= 0) arm.best = Math.min(arm.best, time)
    }
  }
  return contests.map(({ operation, peer }, i) => {
    const [ours, theirs] = [arms[2 * i]!.best, arms[2 * i + 1]!.best]
    return { operation, microseconds: ours, peer, peerMicroseconds: theirs, ratio: theirs / ours }
  })
}

const rounds = Number(process.argv[2] ?? ROUNDS_DEFAULT)
if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`rounds: ${process.argv[2]}`)

const pedersenOf = (a: bigint, b: bigint) => BigInt(pedersen(a, b))
const pedersenPairs = (pairs: Uint8Array) => kernel.pedersenPairs(pairs)
const poseidonPairs = (pairs: Uint8Array) => kernel.poseidonPairs(pairs)
const contests: readonly Contest[] = [
  pairContest('Pedersen', BATCH_COUNT, pedersenPairs, pedersenOf),
  pairContest('Pedersen', 1, pedersenPairs, pedersenOf),
  pairContest('Poseidon', BATCH_COUNT, poseidonPairs, poseidonHash),
  pairContest('Poseidon', 1, poseidonPairs, poseidonHash),
  signatureContest(),
  ...[32, 64, 136].map(keccakContest),
  ...[1, 2, 4].map(blake2sContest),
]
const results = runContests(contests, rounds)

const print = (line: string) => process.stdout.write(`${line}\n`)
print(`| operation | ${kernel.backend}, µs | peer | peer, µs | ratio |`)
print('|---|---|---|---|---|')
for (const { operation, microseconds, peer, peerMicroseconds, ratio } of results) {
  print(
    `| ${operation} | ${microseconds.toFixed(2)} | ${peer} | ${peerMicroseconds.toFixed(1)} | ${ratio.toFixed(1)} |`,
  )
}
const machine = { cpu: cpus()[0]?.model, node: process.version, v8: process.versions.v8 }
print(JSON.stringify({ backend: kernel.backend, rounds, ...machine, results }))
