import type { Backend, Kernel } from './kernel.ts'
import { instantiate } from './wasm-exports.ts'
import { createWasmKernel } from './wasm-kernel.ts'

export type { Backend, Kernel } from './kernel.ts'

/** Bits of a Pedersen window. 12 makes a table of 5.4 MB; one more bit doubles it and saves 3 of 41 additions. */
const WINDOW_BITS_DEFAULT = 12
const WINDOW_BITS_MIN = 4
const WINDOW_BITS_MAX = 16

export interface KernelOptions {
  /** The fastest one there is, unless named. */
  readonly backend?: Backend
  /** Bits of a Pedersen window, 4 to 16: speed against memory and time to start. */
  readonly window?: number
}

/** Each kernel has tables and memory of its own: make one a thread and pass it on. */
export async function createKernel(options: KernelOptions = {}): Promise<Kernel> {
  const { backend = 'scalar', window = WINDOW_BITS_DEFAULT } = options
  if (!Number.isInteger(window) || window < WINDOW_BITS_MIN || window > WINDOW_BITS_MAX) {
    throw new RangeError(`window: ${window}`)
  }
  switch (backend) {
    case 'reference': {
      const { createReferenceKernel } = await import('./reference.ts')
      return createReferenceKernel()
    }
    case 'scalar':
      return createWasmKernel(backend, await instantiate(backend), window)
    default:
      throw new RangeError(`backend: ${backend}`)
  }
}
