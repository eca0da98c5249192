/** The heap: areas are only ever taken, in `initialize`; afterwards memory does not grow, so views of it stay valid. */

const PAGE_BYTES: usize = 65536
const AREA_ALIGNMENT: usize = 64

let top: usize = 0

export function allocate(bytes: usize): usize {
  if (top == 0) top = (__heap_base + AREA_ALIGNMENT - 1) & ~(AREA_ALIGNMENT - 1)
  const area = top
  top = (top + bytes + AREA_ALIGNMENT - 1) & ~(AREA_ALIGNMENT - 1)
  const missing = <i32>((top + PAGE_BYTES - 1) / PAGE_BYTES) - memory.size()
  if (missing > 0 && memory.grow(missing) < 0) unreachable()
  return area
}

/** Gives back `area` and all that was taken after it. */
export function release(area: usize): void {
  top = area
}
