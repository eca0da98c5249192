import { webAssembly } from './wasm-exports.ts'

/**
 * The tables of Pedersen and of signatures, filled once and read by every thread of the process. `postMessage` and
 * `workerData` pass it on without copying.
 */
export interface SharedTables {
  /** Bits of a Pedersen window. */
  readonly window: number
  /** A shared `WebAssembly.Memory`, full. */
  readonly memory: object
}

/** 64 KiB each: 16-bit windows take 65 MiB. Also in the modules (codegen/shared-tables.ts). */
export const TABLE_PAGES_MAX = 2048

/** A module with two memories, the second one shared: (import "" "" (memory 0)) (import "" "" (memory 0 1 shared)). */
const TWO_MEMORIES = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x02, 0x0c, 0x02, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x00, 0x01],
)

/** Whether threads of this process can share memory, and modules have a second one. Pages must be cross-origin isolated. */
export function canShareTables(): boolean {
  const { crossOriginIsolated = true } = globalThis as { readonly crossOriginIsolated?: boolean }
  return crossOriginIsolated && typeof SharedArrayBuffer === 'function' && webAssembly.validate(TWO_MEMORIES)
}

/** Empty. */
export function createTableMemory(): object {
  return new webAssembly.Memory({ initial: 0, maximum: TABLE_PAGES_MAX, shared: true })
}
