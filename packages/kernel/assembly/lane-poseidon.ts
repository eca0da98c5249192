import {
  addToWide,
  cubeWithKey,
  ELEMENT_BYTES,
  FULL_KEYS,
  KEY_BYTES,
  mixLanes,
  narrow,
  PARTIAL_KEYS,
  partialRounds,
  TWO,
  widen,
} from './generated/lanes'
import { ELEMENT_BYTES_MAX, loadFelts, storeFelt, storeFelts } from './lane-element'
import { allocate } from './memory'
import {
  absorbPairs,
  hashPoseidonPairs,
  permuteStates,
  readSponge as readScalarSponge,
  setSponge as setScalarSponge,
} from './poseidon'

/**
 * The Hades permutation, two states in the two lanes; codegen/lane-poseidon.ts has the rounds. The three elements of a
 * state are called parts here. One state alone goes through the scalar back end.
 */

const STATE_BYTES: usize = 3 * ELEMENT_BYTES
const FULL_ROUNDS_EACH_SIDE: usize = 4
const FULL_KEY_BYTES: usize = 3 * KEY_BYTES
/** Within a limb. */
const LANE_BYTES: usize = 8
const LIMB_BYTES: usize = 16

const state: usize = memory.data(3 * ELEMENT_BYTES_MAX, 16)
const element: usize = memory.data(ELEMENT_BYTES_MAX, 16)
/** A state as felts. */
const felts: usize = memory.data(96)

/** Sponge i is lane i & 1 of state i >> 1. */
let sponges: usize = 0
/** Whether sponge 0, as the only one that advances, has moved to sponge 0 of the scalar back end. */
let isAlone = false

export function initializeLanePoseidon(laneCount: i32): void {
  sponges = allocate(<usize>((laneCount + 1) >> 1) * STATE_BYTES)
}

function fullRounds(parts: usize, keys: usize): void {
  for (let round: usize = 0; round < FULL_ROUNDS_EACH_SIDE; round++) {
    for (let part: usize = 0; part < 3; part++) cubeWithKey(parts + part * ELEMENT_BYTES, keys + part * KEY_BYTES)
    mixLanes(parts)
    keys += FULL_KEY_BYTES
  }
}

function permute(parts: usize): void {
  fullRounds(parts, FULL_KEYS)
  partialRounds(parts, PARTIAL_KEYS)
  fullRounds(parts, FULL_KEYS + FULL_ROUNDS_EACH_SIDE * FULL_KEY_BYTES)
}

function loadPart(part: usize, first: usize, second: usize): void {
  loadFelts(element, first, second)
  widen(state + part * ELEMENT_BYTES, element)
}

function storePart(first: usize, second: usize, part: usize): void {
  narrow(element, state + part * ELEMENT_BYTES)
  storeFelts(first, second, element)
}

/** As `permuteStates` of poseidon.ts. */
export function permuteStatesInLanes(states: usize, out: usize, n: i32): void {
  for (; n > 1; n -= 2) {
    for (let part: usize = 0; part < 3; part++) loadPart(part, states + 32 * part, states + 96 + 32 * part)
    permute(state)
    for (let part: usize = 0; part < 3; part++) storePart(out + 32 * part, out + 96 + 32 * part, part)
    states += 2 * 96
    out += 2 * 96
  }
  permuteStates(states, out, n)
}

/** As `hashPoseidonPairs` of poseidon.ts. */
export function hashPoseidonPairsInLanes(pairs: usize, out: usize, n: i32): void {
  for (; n > 1; n -= 2) {
    loadPart(0, pairs, pairs + 64)
    loadPart(1, pairs + 32, pairs + 96)
    widen(state + 2 * ELEMENT_BYTES, TWO)
    permute(state)
    storePart(out, out + 32, 0)
    pairs += 2 * 64
    out += 2 * 32
  }
  hashPoseidonPairs(pairs, out, n)
}

function spongeOf(lane: i32): usize {
  return sponges + <usize>(lane >> 1) * STATE_BYTES
}

/** Copies one lane of a state, or clears it where `from` is 0. */
function copyLane(to: usize, from: usize): void {
  for (let limb: usize = 0; limb < STATE_BYTES; limb += LIMB_BYTES) {
    store<u64>(to + limb, from == 0 ? 0 : load<u64>(from + limb))
  }
}

function laneOf(lane: i32): usize {
  return spongeOf(lane) + <usize>(lane & 1) * LANE_BYTES
}

export function startSpongeInLanes(lane: i32): void {
  if (lane == 0) isAlone = false
  copyLane(laneOf(lane), 0)
}

export function moveSpongeInLanes(to: i32, from: i32): void {
  copyLane(laneOf(to), laneOf(from))
}

/** Hands sponge 0 to the scalar back end, which permutes one state faster than two. */
function leaveLanes(): void {
  for (let part: usize = 0; part < 3; part++) {
    narrow(element, sponges + part * ELEMENT_BYTES)
    storeFelt(felts + 32 * part, element, 0)
  }
  setScalarSponge(0, felts)
  isAlone = true
}

/**
 * As `absorbPairs` of poseidon.ts. Where n is odd, what the last state has in its other lane goes with it. Where n is 1
 * there is one sponge left, and nobody advances or moves others until it is started anew.
 */
export function absorbPairsInLanes(pairs: usize, n: i32): void {
  if (n == 1) {
    if (!isAlone) leaveLanes()
    absorbPairs(pairs, 1)
    return
  }
  for (let lane = 0; lane < n; lane += 2) {
    const parts = spongeOf(lane)
    const second = lane + 1 < n ? pairs + 64 : pairs
    for (let part: usize = 0; part < 2; part++) {
      loadFelts(element, pairs + 32 * part, second + 32 * part)
      addToWide(parts + part * ELEMENT_BYTES, element)
    }
    permute(parts)
    pairs += 2 * 64
  }
}

export function readSpongeInLanes(out: usize, lane: i32): void {
  if (isAlone && lane == 0) {
    readScalarSponge(out, 0)
    return
  }
  narrow(element, spongeOf(lane))
  storeFelt(out, element, lane & 1)
}
