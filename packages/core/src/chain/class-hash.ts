import {
  bigintFromFelt,
  countFelts,
  FELT_BYTES,
  type Felt,
  type Felts,
  FIELD_PRIME,
  feltFromBigint,
  feltFromNumber,
  packFelts,
  shortString,
  ZERO,
} from '../base/felt.ts'
import { canonicalClassText } from './canonical-json.ts'
import type {
  Cairo0Class,
  CasmClass,
  CasmEntryPoint,
  ContractClass,
  EntryPoint,
  SegmentLengths,
  SierraClass,
} from './class.ts'
import { all, blake2s, type Hashing, keccak, pedersenArray, poseidonArray } from './hashing.ts'

const COMPILED_CLASS = shortString('COMPILED_CLASS_V1')

type ArrayHash = (...parts: readonly Uint8Array[]) => Hashing<Felt>

/** The class hash (protocol 6.1, 6.2). */
export function* classHash(cls: ContractClass): Hashing<Felt> {
  return yield* cls.kind === 'cairo0' ? cairo0Hash(cls) : sierraHash(cls)
}

function* cairo0Hash({ entryPoints, abi, program, builtins, bytecode }: Cairo0Class): Hashing<Felt> {
  const parts = yield* all([
    pedersenArray(entryPointFelts(entryPoints.external)),
    pedersenArray(entryPointFelts(entryPoints.l1Handler)),
    pedersenArray(entryPointFelts(entryPoints.constructor)),
    pedersenArray(shortStrings(builtins)),
    keccak(Buffer.from(canonicalClassText(abi, program), 'latin1')),
    pedersenArray(bytecode),
  ])
  return yield* pedersenArray(ZERO, ...parts)
}

function* sierraHash({ version, entryPoints, abi, program }: SierraClass): Hashing<Felt> {
  const parts = yield* all([
    poseidonArray(entryPointFelts(entryPoints.external)),
    poseidonArray(entryPointFelts(entryPoints.l1Handler)),
    poseidonArray(entryPointFelts(entryPoints.constructor)),
    keccak(Buffer.from(abi)),
    poseidonArray(program),
  ])
  return yield* poseidonArray(shortString(`CONTRACT_CLASS_V${version}`), ...parts)
}

function entryPointFelts(entryPoints: readonly EntryPoint[]): Felts {
  return packFelts(entryPoints.flatMap(({ selector, number }) => [selector, feltFromNumber(number)]))
}

function shortStrings(texts: readonly string[]): Felts {
  return packFelts(texts.map(shortString))
}

/**
 * The compiled class hash (protocol 6.3): version 1 with Poseidon, version 2, in blocks from 0.14.1 on, with Blake2s.
 */
export function* compiledClassHash(
  { entryPoints, bytecode, segmentLengths }: CasmClass,
  version: 1 | 2,
): Hashing<Felt> {
  const hash = version === 1 ? poseidonArray : blake2s
  const parts = yield* all([
    casmEntryPointsHash(hash, entryPoints.external),
    casmEntryPointsHash(hash, entryPoints.l1Handler),
    casmEntryPointsHash(hash, entryPoints.constructor),
    bytecodeHash(hash, bytecode, segmentLengths),
  ])
  return yield* hash(COMPILED_CLASS, ...parts)
}

function* casmEntryPointsHash(hash: ArrayHash, entryPoints: readonly CasmEntryPoint[]): Hashing<Felt> {
  const builtins = yield* all(entryPoints.map((entryPoint) => hash(shortStrings(entryPoint.builtins))))
  const felts = entryPoints.flatMap(({ selector, offset }, i) => [selector, feltFromNumber(offset), builtins[i]!])
  return yield* hash(packFelts(felts))
}

/** One segment is hashed plainly; a list of parts is 1 + the hash of their lengths and hashes. */
function* bytecodeHash(hash: ArrayHash, bytecode: Felts, lengths: SegmentLengths | undefined): Hashing<Felt> {
  if (lengths === undefined || typeof lengths === 'number') return yield* hash(bytecode)
  const segments = cutSegments(bytecode, lengths)
  const hashes = yield* all(segments.map((segment, i) => bytecodeHash(hash, segment, lengths[i])))
  const felts = segments.flatMap((segment, i) => [feltFromNumber(countFelts(segment)), hashes[i]!])
  const listHash = bigintFromFelt(yield* hash(packFelts(felts)))
  return feltFromBigint((listHash + 1n) % FIELD_PRIME)
}

function cutSegments(bytecode: Felts, lengths: readonly SegmentLengths[]): Felts[] {
  let end = 0
  return lengths.map((length) => {
    const start = end
    end += countSegmentFelts(length) * FELT_BYTES
    return bytecode.subarray(start, end)
  })
}

/** Felts in a segment and all its parts. */
export function countSegmentFelts(lengths: SegmentLengths): number {
  if (typeof lengths === 'number') return lengths
  return lengths.reduce<number>((sum, part) => sum + countSegmentFelts(part), 0)
}
