import { digestBlake2s } from './blake2s'
import { initializeEcdsa, verifySignature } from './ecdsa'
import { consumedBytes, initializeHex, parseLines } from './hex'
import { digestKeccak } from './keccak'
import { allocate } from './memory'
import { hashPairs, initializePedersen } from './pedersen'
import {
  absorbPairs,
  hashPoseidonPairs,
  initializePoseidon,
  moveSponge,
  permuteStates,
  readSponge,
  startSponge,
} from './poseidon'

/**
 * The exports of a back end (src/wasm-kernel.ts has their types). Everything goes through two areas of fixed size: the
 * caller writes to the input area, calls, and reads the output area; felts are 32 bytes big-endian.
 */

/** Bytes of each area: thousands of pairs, so that a call's own cost vanishes, and still within a level-2 cache. */
const AREA_BYTES: i32 = 128 << 10
const FELT_BYTES: usize = 32
const PAIR_BYTES: usize = 64
const SIGNATURE_BYTES: usize = 128

let input: usize = 0
let output: usize = 0
/** A u32 for each result that the output area has room for, and one more. */
let lengths: usize = 0

/**
 * To be called once, before all else; memory does not grow afterwards.
 * @param areTablesFilled 1 where another thread has filled the tables, for the same window
 */
export function initialize(windowBits: i32, laneCount: i32, areTablesFilled: i32): void {
  input = allocate(AREA_BYTES)
  output = allocate(AREA_BYTES)
  lengths = allocate((AREA_BYTES / FELT_BYTES + 1) * 4)
  initializePedersen(windowBits, areTablesFilled != 0)
  initializePoseidon(laneCount)
  initializeEcdsa(areTablesFilled != 0)
  initializeHex()
}

export function inputArea(): usize {
  return input
}

export function outputArea(): usize {
  return output
}

export function lengthsArea(): usize {
  return lengths
}

export function areaBytes(): i32 {
  return AREA_BYTES
}

export function pedersenPairs(n: i32): void {
  hashPairs(input, output, FELT_BYTES, n)
}

/** As `pedersenPairs`, each result in the place of its pair's first felt: the next step of n chains. */
export function pedersenAdvance(n: i32): void {
  hashPairs(input, input, PAIR_BYTES, n)
}

export function poseidonPermute(n: i32): void {
  permuteStates(input, output, n)
}

export function poseidonPairs(n: i32): void {
  hashPoseidonPairs(input, output, n)
}

export function spongeStart(lane: i32): void {
  startSponge(lane)
}

export function spongeMove(to: i32, from: i32): void {
  moveSponge(to, from)
}

/** Absorbs pair i of the input area into sponge i, for i below n. */
export function spongeAdvance(n: i32): void {
  absorbPairs(input, n)
}

/** Writes the sponge's hash to the start of the output area. */
export function spongeRead(lane: i32): void {
  readSponge(output, lane)
}

/**
 * Digests pieces of messages, whose lengths in bytes are in the lengths area: the first `endCount` are each the end of
 * one; at most one more follows, whose message the next call takes up again.
 */
export function keccak(pieceCount: i32, endCount: i32): void {
  digestKeccak(input, lengths, pieceCount, endCount, output)
}

/** The same with arrays of felts, their lengths in felts. */
export function blake2s(pieceCount: i32, endCount: i32): void {
  digestBlake2s(input, lengths, pieceCount, endCount, output)
}

/** One byte of output a signature, 1 or 0. */
export function verifySignatures(n: i32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    store<u8>(output + i, verifySignature(input + i * SIGNATURE_BYTES) ? 1 : 0)
  }
}

/** See `parseLines`. */
export function parseFelts(length: i32, isLast: i32): i32 {
  return parseLines(input, length, isLast != 0, output, AREA_BYTES / <i32>FELT_BYTES)
}

export function parsedBytes(): usize {
  return consumedBytes()
}
