import { allocate } from './memory'

/**
 * Where the tables of windows.ts are: here, in the module's own memory. In the modules `<back end>-shared`
 * shared-tables.ts takes the place of this file, and they are in a memory that threads share.
 */

export function allocateTable(bytes: usize): usize {
  return allocate(bytes)
}

// @ts-ignore: decorator
@inline
export function loadWord(address: usize): u64 {
  return load<u64>(address)
}

// @ts-ignore: decorator
@inline
export function storeWord(address: usize, word: u64): void {
  store<u64>(address, word)
}

/** The word in lane 0, and 0 in lane 1. */
// @ts-ignore: decorator
@inline
export function loadFirstLane(address: usize): v128 {
  return v128.load64_zero(address)
}

/** `first` with the word in lane 1. */
// @ts-ignore: decorator
@inline
export function loadSecondLane(address: usize, first: v128): v128 {
  return v128.load64_lane(address, first, 1)
}
