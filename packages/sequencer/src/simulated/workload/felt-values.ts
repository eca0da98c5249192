import { FELT_BYTES, type Felt, type Felts } from '@deoxys/core/protocol'
import type { FastRandom } from './fast-random.ts'

/** Of the felts of calldata and event data: zero, a number below 2^64, and, for the rest, a long one. */
const ZERO_SHARE = 0.15
const SMALL_SHARE = 0.6

/** Of the long ones, those that the transaction named before. */
const REPEATED_SHARE = 0.85

/** Bits of the small ones: flags, counts, amounts. */
const SMALL_BITS = [1, 1, 2, 3, 4, 8, 8, 16, 32, 40, 56, 60]

/**
 * The long felts that one transaction and its events speak of, again and again: its sender, what it calls, what it
 * brings along.
 */
export type Vocabulary = Felt[]

/** A packed list as calldata or event data has it. What is new in it, the vocabulary learns. */
export function drawWords(random: FastRandom, count: number, vocabulary: Vocabulary): Felts {
  const out = new Uint8Array(count * FELT_BYTES)
  for (let offset = 0; offset < out.length; offset += FELT_BYTES) {
    const kind = random.unit()
    if (kind < ZERO_SHARE) continue
    if (kind < ZERO_SHARE + SMALL_SHARE) random.fillFelt(out, offset, random.pick(SMALL_BITS))
    else if (random.chance(REPEATED_SHARE)) out.set(random.pick(vocabulary), offset)
    else {
      random.fillFelt(out, offset, 250)
      vocabulary.push(out.slice(offset, offset + FELT_BYTES))
    }
  }
  return out
}

/** A packed list of random felts, as signatures are. */
export function drawFelts(random: FastRandom, count: number): Felts {
  const out = new Uint8Array(count * FELT_BYTES)
  for (let offset = 0; offset < out.length; offset += FELT_BYTES) random.fillFelt(out, offset, 250)
  return out
}

/** Bytes that a storage value has, and with which weight; the weights add up to 1. */
export type ValueSizes = readonly (readonly [bytesMin: number, bytesMax: number, weight: number])[]

/** @param bytesLeast 1 for what is not zero */
export function drawValue(random: FastRandom, values: ValueSizes, bytesLeast = 0): Felt {
  const out = new Uint8Array(FELT_BYTES)
  let rest = random.unit()
  for (const [min, max, weight] of values) {
    rest -= weight
    if (rest >= 0) continue
    const bytes = Math.max(bytesLeast, random.integer(min, max))
    if (bytes === 0) return out
    random.fillFelt(out, 0, Math.min(8 * bytes, 250))
    // The top byte counts, or the number would be shorter.
    const top = FELT_BYTES - bytes
    if (out[top] === 0) out[top] = 1
    return out
  }
  out[FELT_BYTES - 1] = 1
  return out
}

/** A balance: a value that is not zero. */
export function drawBalance(random: FastRandom, values: ValueSizes): Felt {
  return drawValue(random, values, 1)
}
