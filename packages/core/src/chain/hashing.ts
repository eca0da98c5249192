import type { Kernel } from '@deoxys/kernel'
import { FELT_BYTES, type Felt, packFelts } from '../base/felt.ts'

/**
 * Hash formulas that run side by side.
 *
 * A formula is a generator that reads like the protocol page: `yield*` a hash, go on with its result. Nothing is hashed
 * at the `yield*`: `runHashing` gathers what all formulas wait for and asks the kernel once per kind and round, so the
 * transactions of a block (or of many) share their batches.
 */
export type Hashing<T> = Generator<readonly HashRequest[], T, readonly Felt[]>

export interface HashRequest {
  readonly kind: HashKind
  /** Felts and packed lists, hashed as one list; for keccak, bytes. */
  readonly parts: readonly Uint8Array[]
}

export type HashKind = 'pedersenPair' | 'pedersenArray' | 'poseidonPair' | 'poseidonArray' | 'keccak' | 'blake2s'

function* one(kind: HashKind, parts: readonly Uint8Array[]): Hashing<Felt> {
  const [result] = yield [{ kind, parts }]
  return result!
}

/** `H(a, b)` (protocol 1.2). */
export const pedersen = (a: Felt, b: Felt): Hashing<Felt> => one('pedersenPair', [a, b])

/** `Pa[…]` (protocol 1.3) over felts and packed lists. */
export const pedersenArray = (...parts: readonly Uint8Array[]): Hashing<Felt> => one('pedersenArray', parts)

/** `P2(a, b)` (protocol 1.4). */
export const poseidon = (a: Felt, b: Felt): Hashing<Felt> => one('poseidonPair', [a, b])

/** `Ps[…]` (protocol 1.4) over felts and packed lists. */
export const poseidonArray = (...parts: readonly Uint8Array[]): Hashing<Felt> => one('poseidonArray', parts)

/** `K(bytes)` (protocol 1.5). */
export const keccak = (bytes: Uint8Array): Hashing<Felt> => one('keccak', [bytes])

/** The Blake2s felt hash (protocol 1.6) over felts and packed lists. */
export const blake2s = (...parts: readonly Uint8Array[]): Hashing<Felt> => one('blake2s', parts)

/** Pairs (a, b), (c, d), … of one kind in one request round. */
export function* hashPairs(kind: 'pedersenPair' | 'poseidonPair', felts: readonly Felt[]): Hashing<readonly Felt[]> {
  const requests: HashRequest[] = []
  for (let i = 0; i < felts.length; i += 2) requests.push({ kind, parts: [felts[i]!, felts[i + 1]!] })
  return requests.length === 0 ? [] : yield requests
}

/** Runs the formulas side by side; results in their order. */
export function* all<T>(formulas: readonly Hashing<T>[]): Hashing<T[]> {
  const results = new Array<T>(formulas.length)
  let waiting: { index: number; formula: Hashing<T>; requests: readonly HashRequest[] }[] = []
  formulas.forEach((formula, index) => {
    const step = formula.next([])
    if (step.done) results[index] = step.value
    else waiting.push({ index, formula, requests: step.value })
  })
  while (waiting.length > 0) {
    const answers = yield waiting.flatMap((task) => task.requests)
    let at = 0
    const still: typeof waiting = []
    for (const task of waiting) {
      const step = task.formula.next(answers.slice(at, at + task.requests.length))
      at += task.requests.length
      if (step.done) results[task.index] = step.value
      else still.push({ ...task, requests: step.value })
    }
    waiting = still
  }
  return results
}

/** Runs a formula to its end. */
export function runHashing<T>(kernel: Kernel, formula: Hashing<T>): T {
  let step = formula.next([])
  while (!step.done) step = formula.next(answer(kernel, step.value))
  return step.value
}

function answer(kernel: Kernel, requests: readonly HashRequest[]): readonly Felt[] {
  const results = new Array<Felt>(requests.length)
  const byKind = new Map<HashKind, number[]>()
  requests.forEach(({ kind }, index) => {
    const indices = byKind.get(kind)
    if (indices === undefined) byKind.set(kind, [index])
    else indices.push(index)
  })
  for (const [kind, indices] of byKind) {
    const hashed = hashBatch(
      kernel,
      kind,
      indices.map((index) => requests[index]!.parts),
    )
    indices.forEach((index, i) => {
      results[index] = hashed.subarray(i * FELT_BYTES, (i + 1) * FELT_BYTES)
    })
  }
  return results
}

function hashBatch(kernel: Kernel, kind: HashKind, batch: readonly (readonly Uint8Array[])[]): Uint8Array {
  const bytes = packFelts(batch.flat())
  const lengths = Uint32Array.from(batch, (parts) => parts.reduce((sum, part) => sum + part.length, 0))
  const counts = lengths.map((length) => length / FELT_BYTES)
  switch (kind) {
    case 'pedersenPair':
      return kernel.pedersenPairs(bytes)
    case 'pedersenArray':
      return kernel.pedersenArrays(bytes, counts)
    case 'poseidonPair':
      return kernel.poseidonPairs(bytes)
    case 'poseidonArray':
      return kernel.poseidonArrays(bytes, counts)
    case 'keccak':
      return kernel.starknetKeccak(bytes, lengths)
    case 'blake2s':
      return kernel.blake2sArrays(bytes, counts)
  }
}
