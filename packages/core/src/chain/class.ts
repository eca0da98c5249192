import type { Felt, Felts } from '../base/felt.ts'
import type { JsonObject, JsonValue } from '../base/json.ts'

/** A declared class (protocol 6.1, 6.2), as much of it as its hash covers. */
export type ContractClass = Cairo0Class | SierraClass

export interface Cairo0Class {
  readonly kind: 'cairo0'
  /** In the order of the definition, which is hashed. The number is a bytecode offset. */
  readonly entryPoints: EntryPoints
  /** As in the definition, with exact integers; `null` when it says so or is silent. */
  readonly abi: JsonValue
  /** As in the definition, with exact integers. Key order means nothing to the hash. */
  readonly program: JsonObject
  /** `program.builtins`: at most 31 ASCII characters each. */
  readonly builtins: readonly string[]
  /** `program.data`. */
  readonly bytecode: Felts
}

export interface SierraClass {
  readonly kind: 'sierra'
  /** "0.1.0" in all classes so far; at most 15 ASCII characters. */
  readonly version: string
  /** The number is a function index. */
  readonly entryPoints: EntryPoints
  /** The exact text, which is hashed. */
  readonly abi: string
  readonly program: Felts
}

/** The three lists of a class, in the order of their hash. */
export interface EntryPoints<T = EntryPoint> {
  readonly external: readonly T[]
  readonly l1Handler: readonly T[]
  readonly constructor: readonly T[]
}

export interface EntryPoint {
  readonly selector: Felt
  readonly number: number
}

/** A compiled Sierra class (protocol 6.3, 8.7), as much of it as its hash covers. */
export interface CasmClass {
  readonly kind: 'casm'
  readonly entryPoints: EntryPoints<CasmEntryPoint>
  readonly bytecode: Felts
  /** Absent, or a single number, in classes hashed as one segment. */
  readonly segmentLengths: SegmentLengths | undefined
}

export interface CasmEntryPoint {
  readonly selector: Felt
  readonly offset: number
  /** At most 31 ASCII characters each. */
  readonly builtins: readonly string[]
}

/** Felts of a segment, or its parts. All together they are the bytecode's. */
export type SegmentLengths = number | readonly SegmentLengths[]
