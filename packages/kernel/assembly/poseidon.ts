import { ELEMENT_BYTES, loadFelt, storeFelt } from './field'
import { ONE, TWO } from './generated/field'
import { cubeWithKey, FULL_KEYS, narrow, PARTIAL_KEYS, partialRounds } from './generated/poseidon'
import { allocate } from './memory'

/**
 * The Hades permutation. Its three lanes are "wide" elements, nine i64 limbs of 29 bits, whose carries wait for the next
 * S-box; codegen/poseidon.ts has the bounds and the compression of the round constants.
 */

const WIDE_BYTES: usize = 72
const STATE_BYTES: usize = 3 * WIDE_BYTES
const FULL_ROUNDS_EACH_SIDE: i32 = 4
const FULL_KEY_BYTES: usize = 3 * WIDE_BYTES

const state: usize = memory.data(216)
const element: usize = memory.data(36)

let sponges: usize = 0

export function initializePoseidon(laneCount: i32): void {
  sponges = allocate(<usize>laneCount * STATE_BYTES)
}

function widen(out: usize, a: usize): void {
  for (let i: usize = 0; i < ELEMENT_BYTES; i += 4) store<i64>(out + 2 * i, <i64>load<i32>(a + i))
}

function addWide(out: usize, a: usize): void {
  for (let i: usize = 0; i < ELEMENT_BYTES; i += 4) store<i64>(out + 2 * i, load<i64>(out + 2 * i) + load<i32>(a + i))
}

/** (a, b, c) ← (3a + b + c, a − b + c, a + b − 2c). */
function mixLanes(lanes: usize): void {
  for (let i: usize = 0; i < WIDE_BYTES; i += 8) {
    const a = load<i64>(lanes + i)
    const b = load<i64>(lanes + i, WIDE_BYTES)
    const c = load<i64>(lanes + i, 2 * WIDE_BYTES)
    const sum = a + b + c
    store<i64>(lanes + i, sum + 2 * a)
    store<i64>(lanes + i, sum - 2 * b, WIDE_BYTES)
    store<i64>(lanes + i, sum - 3 * c, 2 * WIDE_BYTES)
  }
}

function fullRounds(lanes: usize, keys: usize): void {
  for (let round = 0; round < FULL_ROUNDS_EACH_SIDE; round++) {
    for (let offset: usize = 0; offset < STATE_BYTES; offset += WIDE_BYTES) cubeWithKey(lanes + offset, keys + offset)
    mixLanes(lanes)
    keys += FULL_KEY_BYTES
  }
}

function permute(lanes: usize): void {
  fullRounds(lanes, FULL_KEYS)
  partialRounds(lanes, PARTIAL_KEYS)
  fullRounds(lanes, FULL_KEYS + <usize>FULL_ROUNDS_EACH_SIDE * FULL_KEY_BYTES)
}

function loadLane(lanes: usize, lane: usize, bytes: usize): void {
  loadFelt(element, bytes)
  widen(lanes + lane * WIDE_BYTES, element)
}

function storeLane(bytes: usize, lanes: usize, lane: usize): void {
  narrow(element, lanes + lane * WIDE_BYTES)
  storeFelt(bytes, element)
}

/** n states of 96 bytes; `out` may be `states`. */
export function permuteStates(states: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    for (let lane: usize = 0; lane < 3; lane++) loadLane(state, lane, states + 32 * lane)
    permute(state)
    for (let lane: usize = 0; lane < 3; lane++) storeLane(out + 32 * lane, state, lane)
    states += 96
    out += 96
  }
}

/** Lane 0 of the permuted (x, y, 2), of n pairs. */
export function hashPoseidonPairs(pairs: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    loadLane(state, 0, pairs)
    loadLane(state, 1, pairs + 32)
    widen(state + 2 * WIDE_BYTES, TWO)
    permute(state)
    storeLane(out, state, 0)
    pairs += 64
    out += 32
  }
}

function sponge(lane: i32): usize {
  return sponges + <usize>lane * STATE_BYTES
}

export function startSponge(lane: i32): void {
  memory.fill(sponge(lane), 0, STATE_BYTES)
}

/** @param felts the three lanes, 96 bytes. */
export function setSponge(lane: i32, felts: usize): void {
  for (let i: usize = 0; i < 3; i++) loadLane(sponge(lane), i, felts + 32 * i)
}

export function moveSponge(to: i32, from: i32): void {
  memory.copy(sponge(to), sponge(from), STATE_BYTES)
}

/** Adds a pair to each of the first n sponges, and permutes them. */
export function absorbPairs(pairs: usize, n: i32): void {
  for (let lane = 0; lane < n; lane++) {
    const lanes = sponge(lane)
    for (let i: usize = 0; i < 2; i++) {
      loadFelt(element, pairs + 32 * i)
      addWide(lanes + i * WIDE_BYTES, element)
    }
    permute(lanes)
    pairs += 64
  }
}

export function readSponge(out: usize, lane: i32): void {
  storeLane(out, sponge(lane), 0)
}
