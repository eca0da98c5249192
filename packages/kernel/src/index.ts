import type { Backend, Kernel } from './kernel.ts'
import { instantiate } from './wasm-exports.ts'
import { createWasmKernel } from './wasm-kernel.ts'

export type { Backend, Kernel } from './kernel.ts'

/** Bits of a Pedersen window. 12 makes a table of 5.4 MB; one more bit doubles it and saves 3 of 41 additions. */
const WINDOW_BITS_DEFAULT = 12
const WINDOW_BITS_MIN = 4
const WINDOW_BITS_MAX = 16

export interface KernelOptions {
  /** One of `BACKENDS`; without it, the fastest one there is. Results do not depend on it. */
  readonly backend?: Backend
  /** Bits of a Pedersen window, 4 to 16: speed against memory and time to start. */
  readonly window?: number
}

/** How to make each back end of this build, the fastest first. */
const BUILDERS = new Map<Backend, (window: number) => Promise<Kernel>>([
  ['scalar', async (window) => createWasmKernel('scalar', await instantiate('scalar'), window)],
  ['reference', async () => (await import('./reference.ts')).createReferenceKernel()],
])

/** The back ends of this build, the fastest first. */
export const BACKENDS: readonly Backend[] = [...BUILDERS.keys()]

/**
 * Each kernel has tables and memory of its own: make one a thread and pass it on.
 *
 * @throws RangeError for a back end that this build does not have, or a window out of range.
 */
export async function createKernel(options: KernelOptions = {}): Promise<Kernel> {
  const { backend = BACKENDS[0]!, window = WINDOW_BITS_DEFAULT } = options
  if (!Number.isInteger(window) || window < WINDOW_BITS_MIN || window > WINDOW_BITS_MAX) {
    throw new RangeError(`window: ${window}, not a whole number from ${WINDOW_BITS_MIN} to ${WINDOW_BITS_MAX}`)
  }
  const build = BUILDERS.get(backend)
  if (!build) {
    const names = BACKENDS.map((name) => `'${name}'`).join(' and ')
    throw new RangeError(`backend: '${backend}' is not in this build, which has ${names}`)
  }
  return build(window)
}
