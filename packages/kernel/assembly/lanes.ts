import { digestKeccakPairs } from './keccak-pair'
import {
  absorbPairsInLanes,
  hashPoseidonPairsInLanes,
  initializeLanePoseidon,
  moveSpongeInLanes,
  permuteStatesInLanes,
  readSpongeInLanes,
  startSpongeInLanes,
} from './lane-poseidon'
import { initialize as initializeScalar, inputArea, lengthsArea, outputArea } from './scalar'

/**
 * The exports of a back end of two lanes: those of the scalar one, with Poseidon and Keccak of many at a time put in their
 * places. (For Pedersen, scalar.ts has imported lane-pedersen.ts.)
 */

export {
  areaBytes,
  blake2s,
  inputArea,
  lengthsArea,
  outputArea,
  parsedBytes,
  parseFelts,
  pedersenAdvance,
  pedersenPairs,
  verifySignatures,
} from './scalar'

export function initialize(windowBits: i32, laneCount: i32, areTablesFilled: i32): void {
  initializeScalar(windowBits, laneCount, areTablesFilled)
  initializeLanePoseidon(laneCount)
}

export function poseidonPermute(n: i32): void {
  permuteStatesInLanes(inputArea(), outputArea(), n)
}

export function poseidonPairs(n: i32): void {
  hashPoseidonPairsInLanes(inputArea(), outputArea(), n)
}

export function spongeStart(lane: i32): void {
  startSpongeInLanes(lane)
}

export function spongeMove(to: i32, from: i32): void {
  moveSpongeInLanes(to, from)
}

export function spongeAdvance(n: i32): void {
  absorbPairsInLanes(inputArea(), n)
}

export function spongeRead(lane: i32): void {
  readSpongeInLanes(outputArea(), lane)
}

export function keccak(pieceCount: i32, endCount: i32): void {
  digestKeccakPairs(inputArea(), lengthsArea(), pieceCount, endCount, outputArea())
}
