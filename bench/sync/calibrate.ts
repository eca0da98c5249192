import type { Kernel } from '@deoxys/kernel'
import { getPublicKey, sign } from '@scure/starknet'
import { KECCAK_BLOCK_BYTES, type Operation } from './counting-kernel.ts'

/** Microseconds of CPU time of one operation. */
export type Prices = Readonly<Record<Operation, number>>

const ROUNDS = 12
/** Of one operation in one round: long against the clock's resolution. */
const SLICE_MICROSECONDS = 10_000

/** Operations of a batch: whole trees of the kernel, so that what a batch shares does not show. */
const BATCH = 1024
const SIGNATURES = 16

/**
 * What each operation costs in batches, on this machine at this moment: of so many rounds the least. Takes about a
 * second of CPU.
 */
export function calibrate(kernel: Kernel): Prices {
  const arms = armsOf(kernel)
  const best = new Map<Operation, number>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const [operation, { count, run }] of arms) {
      best.set(operation, Math.min(best.get(operation) ?? Infinity, timeRun(run) / count))
    }
  }
  return Object.fromEntries(best) as Prices
}

/** Microseconds of CPU that one run takes, over as many as fill a slice. */
function timeRun(run: () => unknown): number {
  const start = process.cpuUsage()
  for (let runs = 1; ; runs++) {
    run()
    const { user, system } = process.cpuUsage(start)
    if (user + system >= SLICE_MICROSECONDS) return (user + system) / runs
  }
}

interface Arm {
  readonly count: number
  readonly run: () => unknown
}

function armsOf(kernel: Kernel): ReadonlyMap<Operation, Arm> {
  const felts = feltsOf(3 * BATCH)
  const [pairs, states] = [felts.subarray(0, 64 * BATCH), felts.subarray(0, 96 * BATCH)]
  const messages = felts.subarray(0, 64 * KECCAK_BLOCK_BYTES - 1)
  const lines = new TextEncoder().encode(
    Array.from(
      { length: BATCH },
      (_, i) => `0x${Buffer.from(felts.subarray(32 * i, 32 * i + 32)).toString('hex')}`,
    ).join('\n'),
  )
  return new Map([
    ['pedersen', { count: BATCH, run: () => kernel.pedersenPairs(pairs) }],
    ['poseidon', { count: BATCH, run: () => kernel.poseidonPermute(states) }],
    ['keccak', { count: 64, run: () => kernel.keccak256(messages, Uint32Array.of(messages.length)) }],
    [
      'blake2s',
      { count: BATCH / 2, run: () => kernel.blake2sArrays(felts.subarray(0, 32 * BATCH), Uint32Array.of(BATCH)) },
    ],
    ['signature', { count: SIGNATURES, run: () => kernel.verifySignatures(signatures) }],
    ['parseFelts', { count: BATCH, run: () => kernel.parseFelts(lines) }],
  ])
}

/** Pseudo-random ones below 2^251, none of them small. */
function feltsOf(count: number): Uint8Array {
  const bytes = new Uint8Array(32 * count)
  let state = 0x9e3779b9
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
  for (let at = 0; at < bytes.length; at += 32) bytes[at] = 4 | (bytes[at]! & 3)
  return bytes
}

/** The same valid signature, as the kernel takes it. */
const signatures = (() => {
  const hex = (value: bigint) => value.toString(16).padStart(64, '0')
  const [secret, message] = ['1234567', '5a17'] as const
  const { r, s } = sign(message, secret)
  const key = Buffer.from(getPublicKey(secret, true)).toString('hex').slice(2)
  const item = Buffer.from(`${hex(BigInt(`0x${message}`))}${hex(r)}${hex(s)}${key.padStart(64, '0')}`, 'hex')
  return new Uint8Array(Buffer.concat(Array.from({ length: SIGNATURES }, () => item)))
})()
