import { hasFusedMultiplyAdd, hasSimd } from './features.ts'
import type { Backend, Kernel } from './kernel.ts'
import { canShareTables, createTableMemory, type SharedTables } from './tables.ts'
import { instantiate } from './wasm-exports.ts'
import { createSharingKernel, createWasmKernel } from './wasm-kernel.ts'

export type { Backend, Kernel } from './kernel.ts'
export type { SharedTables } from './tables.ts'

/** Bits of a Pedersen window. 12 makes a table of 5.4 MiB; one more bit doubles it and saves 3 of 41 additions. */
const WINDOW_BITS_DEFAULT = 12
const WINDOW_BITS_MIN = 4
const WINDOW_BITS_MAX = 16

export interface KernelOptions {
  /** One of `BACKENDS`; without it, the fastest one there is. Results do not depend on it. */
  readonly backend?: Backend
  /** Bits of a Pedersen window, 4 to 16: speed against memory and time to start. Not with `tables`, which have theirs. */
  readonly window?: number
  /** Of a kernel in another thread, any back end's: instead of filling tables again. */
  readonly tables?: SharedTables
}

interface Builder {
  /** Whether this process can run it. */
  isAvailable(): boolean
  build(window: number, tables: SharedTables | undefined): Promise<Kernel>
}

const wasmBuilder = (backend: Exclude<Backend, 'reference'>, isAvailable: () => boolean): Builder => ({
  isAvailable,
  build: async (window, filled) => {
    if (!canShareTables()) return createWasmKernel(backend, await instantiate(backend), window)
    const tables = filled ?? { window, memory: createTableMemory() }
    const wasm = await instantiate(backend, tables.memory)
    return createSharingKernel(backend, wasm, tables, filled !== undefined)
  },
})

/** Every back end, the fastest first. */
const BUILDERS = new Map<Backend, Builder>([
  ['fma', wasmBuilder('fma', hasFusedMultiplyAdd)],
  ['simd', wasmBuilder('simd', hasSimd)],
  ['scalar', wasmBuilder('scalar', () => true)],
  [
    'reference',
    { isAvailable: () => true, build: async () => (await import('./reference.ts')).createReferenceKernel() },
  ],
])

/** The back ends that this process can run, the fastest first. */
export const BACKENDS: readonly Backend[] = [...BUILDERS].flatMap(([name, { isAvailable }]) =>
  isAvailable() ? [name] : [],
)

/**
 * A kernel serves one thread: make one in each. Their tables are the same memory where `kernel.tables` of the first is
 * given to the others; where there is no shared memory, each kernel fills its own.
 *
 * @throws RangeError for a back end that this process cannot run, or a window out of range.
 */
export async function createKernel(options: KernelOptions = {}): Promise<Kernel> {
  const { backend = BACKENDS[0]!, tables, window = tables?.window ?? WINDOW_BITS_DEFAULT } = options
  if (tables !== undefined && tables.window !== window) {
    throw new RangeError(`window: ${window}, but the shared tables are of ${tables.window} bits`)
  }
  if (!Number.isInteger(window) || window < WINDOW_BITS_MIN || window > WINDOW_BITS_MAX) {
    throw new RangeError(`window: ${window}, not a whole number from ${WINDOW_BITS_MIN} to ${WINDOW_BITS_MAX}`)
  }
  const builder = BACKENDS.includes(backend) && BUILDERS.get(backend)
  if (!builder) {
    const names = BACKENDS.map((name) => `'${name}'`).join(', ')
    throw new RangeError(`backend: '${backend}' does not run in this process, which has ${names}`)
  }
  return builder.build(window, tables)
}
