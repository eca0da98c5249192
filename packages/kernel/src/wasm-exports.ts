/**
 * What every WebAssembly back end exports (assembly/scalar.ts, assembly/lanes.ts). Operations on n items read them from
 * the start of the input area, one behind the other, and write results to the start of the output area. The areas never
 * move.
 */
export interface WasmExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  /**
   * Once, before all else: fills the tables for `window` bits, unless they are (1, not 0), and takes all the memory
   * there will be.
   */
  initialize(window: number, laneCount: number, areTablesFilled: number): void
  inputArea(): number
  outputArea(): number
  /** Of 32-bit lengths: one for each felt that the output area has room for, and one more. */
  lengthsArea(): number
  areaBytes(): number

  pedersenPairs(n: number): void
  /** Replaces the first felt of each of n pairs in the input area by their hash. */
  pedersenAdvance(n: number): void

  poseidonPermute(n: number): void
  poseidonPairs(n: number): void
  spongeStart(lane: number): void
  spongeMove(to: number, from: number): void
  /** Absorbs pair i of the input area into sponge i, for i below n, and permutes. */
  spongeAdvance(n: number): void
  spongeRead(lane: number): void

  /**
   * Digests the pieces of messages that lie in the input area, as the lengths area says; the first `endCount` of them are
   * each the end of a message, one more may follow that goes on in the next call. One digest of output for each end.
   */
  keccak(pieceCount: number, endCount: number): void
  /** The same with arrays of felts and lengths in felts. */
  blake2s(pieceCount: number, endCount: number): void

  verifySignatures(n: number): void

  /** Returns the number of felts written, or −1 − i where line i is malformed. */
  parseFelts(byteLength: number, isLast: number): number
  /** Bytes of whole lines that the last `parseFelts` is done with. */
  parsedBytes(): number
}

/** As much of the WebAssembly API as is used; neither Node's types nor the es libs declare it. */
interface WebAssemblyApi {
  readonly Memory: new (limits: { initial: number; maximum?: number; shared?: boolean }) => object
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: unknown } }>
  validate(bytes: Uint8Array): boolean
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly

async function readBytes(url: URL): Promise<Uint8Array> {
  if (url.protocol !== 'file:') {
    const response = await fetch(url)
    if (!response.ok) throw new Error(`${url}: HTTP status ${response.status}`)
    return new Uint8Array(await response.arrayBuffer())
  }
  const { readFile } = await import('node:fs/promises')
  return readFile(url)
}

/** What the modules must be given at first, in 64 KiB: their constants. They make it grow. */
const MEMORY_PAGES = 1

/**
 * A new instance, with memory of its own, of `../wasm/<name>.wasm` (beside src/ and dist/ alike).
 * @param tables where it has its tables instead; of `../wasm/<name>-shared.wasm` then
 */
export async function instantiate(name: string, tables?: object): Promise<WasmExports> {
  const file = tables === undefined ? name : `${name}-shared`
  const bytes = await readBytes(new URL(`../wasm/${file}.wasm`, import.meta.url))
  const env = { memory: new webAssembly.Memory({ initial: MEMORY_PAGES }) }
  const { instance } = await webAssembly.instantiate(bytes, { env, tables: { memory: tables } })
  return instance.exports as WasmExports
}
