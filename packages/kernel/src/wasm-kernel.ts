import type { Backend, Kernel } from './kernel.ts'
import { checkTotal, concatenate, countItems } from './layout.ts'
import type { SharedTables } from './tables.ts'
import type { WasmExports } from './wasm-exports.ts'

const FELT_BYTES = 32
const PAIR_BYTES = 64
const STATE_BYTES = 96
const SIGNATURE_BYTES = 128

/** Chains or sponges that advance together: the size of a Pedersen tree, above which nothing is gained. */
const LANE_COUNT = 128

/**
 * The kernel on a WebAssembly back end. Inputs of any length go through the back end's input area in chunks; the views
 * stay valid because memory never grows after `initialize`.
 */
class WasmKernel implements Kernel {
  readonly backend: Backend
  readonly tables: SharedTables | undefined
  readonly #wasm: WasmExports
  readonly #input: Uint8Array
  readonly #output: Uint8Array
  readonly #lengths: Uint32Array

  constructor(backend: Backend, wasm: WasmExports, tables: SharedTables | undefined) {
    this.backend = backend
    this.tables = tables
    this.#wasm = wasm
    this.#input = new Uint8Array(wasm.memory.buffer, wasm.inputArea(), wasm.areaBytes())
    this.#output = new Uint8Array(wasm.memory.buffer, wasm.outputArea(), wasm.areaBytes())
    const lengthCount = this.#output.length / FELT_BYTES + 1
    this.#lengths = new Uint32Array(wasm.memory.buffer, wasm.lengthsArea(), lengthCount)
  }

  pedersenPairs(pairs: Uint8Array): Uint8Array {
    return this.#map(pairs, PAIR_BYTES, FELT_BYTES, this.#wasm.pedersenPairs)
  }

  pedersenArrays(felts: Uint8Array, counts: Uint32Array): Uint8Array {
    return this.#runLanes(felts, counts, {
      feltsPerStep: 1,
      suffix: (count) => [count],
      offset: FELT_BYTES,
      start: (lane) => this.#input.fill(0, lane * PAIR_BYTES, lane * PAIR_BYTES + FELT_BYTES),
      move: (to, from) => this.#input.copyWithin(to * PAIR_BYTES, from * PAIR_BYTES, from * PAIR_BYTES + FELT_BYTES),
      advance: this.#wasm.pedersenAdvance,
      read: (lane) => this.#input.subarray(lane * PAIR_BYTES, lane * PAIR_BYTES + FELT_BYTES),
    })
  }

  poseidonPermute(states: Uint8Array): Uint8Array {
    return this.#map(states, STATE_BYTES, STATE_BYTES, this.#wasm.poseidonPermute)
  }

  poseidonPairs(pairs: Uint8Array): Uint8Array {
    return this.#map(pairs, PAIR_BYTES, FELT_BYTES, this.#wasm.poseidonPairs)
  }

  poseidonArrays(felts: Uint8Array, counts: Uint32Array): Uint8Array {
    return this.#runLanes(felts, counts, {
      feltsPerStep: 2,
      suffix: (count) => (count % 2 === 0 ? [1, 0] : [1]),
      offset: 0,
      start: this.#wasm.spongeStart,
      move: this.#wasm.spongeMove,
      advance: this.#wasm.spongeAdvance,
      read: (lane) => {
        this.#wasm.spongeRead(lane)
        return this.#output.subarray(0, FELT_BYTES)
      },
    })
  }

  keccak256(messages: Uint8Array, lengths: Uint32Array): Uint8Array {
    return this.#digest(messages, lengths, 1, this.#wasm.keccak)
  }

  starknetKeccak(messages: Uint8Array, lengths: Uint32Array): Uint8Array {
    const digests = this.keccak256(messages, lengths)
    for (let i = 0; i < digests.length; i += FELT_BYTES) digests[i]! &= 0x03
    return digests
  }

  blake2sArrays(felts: Uint8Array, counts: Uint32Array): Uint8Array {
    return this.#digest(felts, counts, FELT_BYTES, this.#wasm.blake2s)
  }

  verifySignatures(items: Uint8Array): Uint8Array {
    return this.#map(items, SIGNATURE_BYTES, 1, this.#wasm.verifySignatures)
  }

  parseFelts(ascii: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = []
    let parsedCount = 0
    for (let start = 0; start < ascii.length; start += this.#wasm.parsedBytes()) {
      const chunk = ascii.subarray(start, start + this.#input.length)
      this.#input.set(chunk)
      const count = this.#wasm.parseFelts(chunk.length, Number(start + chunk.length === ascii.length))
      if (count < 0) throw new RangeError(`felt ${parsedCount - 1 - count} is malformed or not below P`)
      parts.push(this.#output.slice(0, count * FELT_BYTES))
      parsedCount += count
    }
    return concatenate(parts)
  }

  /** Applies an operation on items of fixed size, as many at a time as the areas hold. */
  #map(items: Uint8Array, itemBytes: number, resultBytes: number, operation: (n: number) => void): Uint8Array {
    const count = countItems(items, itemBytes)
    const countMax = Math.floor(this.#input.length / Math.max(itemBytes, resultBytes))
    const results = new Uint8Array(count * resultBytes)
    for (let start = 0; start < count; start += countMax) {
      const n = Math.min(countMax, count - start)
      this.#input.set(items.subarray(start * itemBytes, (start + n) * itemBytes))
      operation(n)
      results.set(this.#output.subarray(0, n * resultBytes), start * resultBytes)
    }
    return results
  }

  /**
   * Digests messages of any length, many in a call: the input area is a window that slides over `bytes`; a message that
   * reaches beyond it is taken in by pieces.
   */
  #digest(
    bytes: Uint8Array,
    lengths: Uint32Array,
    unitBytes: number,
    operation: (pieceCount: number, endCount: number) => void,
  ): Uint8Array {
    checkTotal(bytes, lengths, unitBytes)
    const results = new Uint8Array(lengths.length * FELT_BYTES)
    const pieces = this.#lengths
    let next = 0
    let nextEnd = (lengths[0] ?? 0) * unitBytes
    for (let start = 0; next < lengths.length; ) {
      const first = next
      const windowEnd = start + this.#input.length
      let position = start
      let pieceCount = 0
      while (next < lengths.length && nextEnd <= windowEnd && pieceCount < pieces.length - 1) {
        pieces[pieceCount++] = (nextEnd - position) / unitBytes
        position = nextEnd
        next += 1
        nextEnd += (lengths[next] ?? 0) * unitBytes
      }
      const endCount = pieceCount
      if (next < lengths.length && nextEnd > windowEnd) {
        pieces[pieceCount++] = (windowEnd - position) / unitBytes
        position = windowEnd
      }
      this.#input.set(bytes.subarray(start, position))
      operation(pieceCount, endCount)
      results.set(this.#output.subarray(0, endCount * FELT_BYTES), first * FELT_BYTES)
      start = position
    }
    return results
  }

  /** Runs all arrays through the lanes; a lane that is done takes the next array at once, so that few stay empty. */
  #runLanes(felts: Uint8Array, counts: Uint32Array, lanes: Lanes): Uint8Array {
    checkTotal(felts, counts, FELT_BYTES)
    const results = new Uint8Array(counts.length * FELT_BYTES)
    const active: Lane[] = []
    let next = 0
    let nextStart = 0
    const startNext = (lane: number) => {
      const count = counts[next]!
      active[lane] = { array: next, start: nextStart, count, position: 0, suffix: lanes.suffix(count) }
      lanes.start(lane)
      nextStart += count
      next += 1
    }
    while (next < counts.length && active.length < LANE_COUNT) startNext(active.length)
    while (active.length > 0) {
      for (let lane = 0; lane < active.length; lane += 1) {
        this.#writeStep(active[lane]!, felts, lane * PAIR_BYTES + lanes.offset, lanes.feltsPerStep)
      }
      lanes.advance(active.length)
      for (let lane = active.length - 1; lane >= 0; lane -= 1) {
        const { array, position, count, suffix } = active[lane]!
        if (position < count + suffix.length) continue
        results.set(lanes.read(lane), array * FELT_BYTES)
        if (next < counts.length) {
          startNext(lane)
          continue
        }
        const last = active.pop()!
        if (lane === active.length) continue
        lanes.move(lane, active.length)
        active[lane] = last
      }
    }
    return results
  }

  /** Writes the lane's next felts, of its array or its suffix, to the input area. */
  #writeStep(lane: Lane, felts: Uint8Array, offset: number, count: number): void {
    for (let i = 0; i < count; i += 1, lane.position += 1) {
      const to = offset + i * FELT_BYTES
      if (lane.position < lane.count) {
        const from = (lane.start + lane.position) * FELT_BYTES
        for (let j = 0; j < FELT_BYTES; j += 1) this.#input[to + j] = felts[from + j]!
      } else {
        this.#input.fill(0, to, to + FELT_BYTES)
        new DataView(this.#input.buffer).setUint32(
          this.#input.byteOffset + to + FELT_BYTES - 4,
          lane.suffix[lane.position - lane.count]!,
        )
      }
    }
  }
}

/** One array on its way. `suffix` is what its hash takes in behind the felts. */
interface Lane {
  readonly array: number
  readonly start: number
  readonly count: number
  readonly suffix: readonly number[]
  position: number
}

/** How a hash of arrays advances by lanes. Each lane has a slot of two felts in the input area. */
interface Lanes {
  readonly feltsPerStep: number
  suffix(count: number): readonly number[]
  /** Where in its slot a lane's next felts go. */
  readonly offset: number
  start(lane: number): void
  move(to: number, from: number): void
  advance(n: number): void
  /** The hash, valid until the next call. */
  read(lane: number): Uint8Array
}

/** With tables of its own. @param window bits of a Pedersen window, 4 to 16. */
export function createWasmKernel(backend: Backend, wasm: WasmExports, window: number): Kernel {
  wasm.initialize(window, LANE_COUNT, 0)
  return new WasmKernel(backend, wasm, undefined)
}

/** On tables that are shared. @param wasm an instance on their memory @param areFilled else they are filled now */
export function createSharingKernel(
  backend: Backend,
  wasm: WasmExports,
  tables: SharedTables,
  areFilled: boolean,
): Kernel {
  wasm.initialize(tables.window, LANE_COUNT, areFilled ? 1 : 0)
  return new WasmKernel(backend, wasm, tables)
}
