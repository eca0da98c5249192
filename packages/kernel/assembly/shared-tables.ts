/**
 * tables.ts in a second memory, which threads share. AssemblyScript knows of one memory only: what is declared here are
 * instructions, which codegen/shared-tables.ts puts in the place of the calls.
 */

// @ts-ignore: decorator
@external('tables', 'memory.size')
declare function pageCount(): i32

// @ts-ignore: decorator
@external('tables', 'memory.grow')
declare function grow(pages: i32): i32

// @ts-ignore: decorator
@external('tables', 'i64.load')
export declare function loadWord(address: usize): u64

// @ts-ignore: decorator
@external('tables', 'i64.store')
export declare function storeWord(address: usize, word: u64): void

// @ts-ignore: decorator
@external('tables', 'v128.load64_zero')
export declare function loadFirstLane(address: usize): v128

// @ts-ignore: decorator
@external('tables', 'v128.load64_lane 1')
export declare function loadSecondLane(address: usize, first: v128): v128

const PAGE_BYTES: usize = 65536

let top: usize = 0

/** The same addresses in every thread, since all of them ask in the same order; the first one makes the memory grow. */
export function allocateTable(bytes: usize): usize {
  const table = top
  top += bytes
  const missing = <i32>((top + PAGE_BYTES - 1) / PAGE_BYTES) - pageCount()
  if (missing > 0 && grow(missing) < 0) unreachable()
  return table
}
