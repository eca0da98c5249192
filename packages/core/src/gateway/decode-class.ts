import { parseExactJson } from '../base/exact-json.ts'
import { countFelts } from '../base/felt.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts'
import type {
  Cairo0Class,
  CasmClass,
  CasmEntryPoint,
  ContractClass,
  EntryPoint,
  EntryPoints,
  SegmentLengths,
  SierraClass,
} from '../chain/class.ts'
import { countSegmentFelts } from '../chain/class-hash.ts'
import { DecodeError, JsonReader } from './json-reader.ts'

/** Of a bytecode offset: those of a JSON integer. */
const OFFSET_BITS = 53

/** The text of `get_class_by_hash`. @throws DecodeError */
export function decodeClass(text: string): ContractClass {
  const cls = decodeAnyClass(text)
  if (cls.kind === 'casm') throw new DecodeError('', 'is a compiled class, not a class')
  return cls
}

/** The text of `get_compiled_class_by_class_hash` (protocol 8.7). @throws DecodeError */
export function decodeCompiledClass(text: string): CasmClass {
  const cls = decodeAnyClass(text)
  if (cls.kind !== 'casm') throw new DecodeError('', 'is a class, not a compiled class')
  return cls
}

/**
 * Whichever of the three it is, as the gateway or a compiler writes it; the file's own fields decide, not its name.
 *
 * @throws DecodeError for what is none of them.
 */
export function decodeAnyClass(text: string): ContractClass | CasmClass {
  const definition = parseDefinition(text)
  const reader = new JsonReader(definition)
  if (reader.has('sierra_program')) return sierraClass(reader)
  if (reader.has('program')) return cairo0Class(reader, definition)
  if (reader.has('bytecode')) return casmClass(reader)
  return reader.fail('is neither a Sierra, a Cairo 0 nor a compiled class')
}

function parseDefinition(text: string): JsonObject {
  let value: JsonValue
  try {
    value = parseExactJson(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw new DecodeError('', `cannot be parsed: ${error.message}`)
    throw error
  }
  if (!isJsonObject(value)) throw new DecodeError('', 'is not an object')
  return value
}

function sierraClass(reader: JsonReader): SierraClass {
  const version = reader.text('contract_class_version')
  if (!/^[0-9.]{1,15}$/.test(version)) reader.fail('is not a version', 'contract_class_version')
  // Tools write the list as text in more than one way, and the hash covers that text.
  if (Array.isArray(reader.value['abi'])) {
    reader.fail('is a list, as compilers write it; the hash covers the text that was declared', 'abi')
  }
  return {
    kind: 'sierra',
    version,
    entryPoints: entryPoints(reader, (entry) => ({
      selector: entry.felt('selector'),
      number: entry.integer('function_idx'),
    })),
    // Optional in the JSON-RPC specification; all recorded answers have it.
    abi: reader.optional('abi', reader.text, ''),
    program: reader.felts('sierra_program'),
  }
}

function cairo0Class(reader: JsonReader, definition: JsonObject): Cairo0Class {
  const { program, abi } = definition
  if (!isJsonObject(program)) return reader.fail('is not an object', 'program')
  const programReader = reader.object('program')
  for (const key of Object.keys(programReader.object('hints').value)) {
    if (!/^(0|[1-9][0-9]{0,14})$/.test(key)) programReader.fail(`has a key that is no offset: ${key}`, 'hints')
  }
  return {
    kind: 'cairo0',
    entryPoints: entryPoints(reader, (entry) => ({
      selector: entry.felt('selector'),
      number: Number(entry.unsigned('offset', OFFSET_BITS)),
    })),
    abi: abi ?? null,
    program,
    builtins: builtins(programReader),
    bytecode: programReader.felts('data'),
  }
}

function casmClass(reader: JsonReader): CasmClass {
  const bytecode = reader.felts('bytecode')
  return {
    kind: 'casm',
    entryPoints: entryPoints(reader, (entry) => ({
      selector: entry.felt('selector'),
      offset: entry.integer('offset'),
      builtins: builtins(entry),
    })),
    bytecode,
    segmentLengths: segmentLengths(reader, countFelts(bytecode)),
  }
}

/** A list that is absent is empty. */
function entryPoints<T extends EntryPoint | CasmEntryPoint>(
  reader: JsonReader,
  read: (entry: JsonReader) => T,
): EntryPoints<T> {
  const lists = reader.object('entry_points_by_type')
  const list = (type: string) => lists.optional(type, lists.objects, []).map(read)
  return { external: list('EXTERNAL'), l1Handler: list('L1_HANDLER'), constructor: list('CONSTRUCTOR') }
}

function builtins(reader: JsonReader): string[] {
  return reader.list('builtins').map((name, i) => {
    const isName = typeof name === 'string' && /^\w{1,31}$/.test(name)
    return isName ? name : reader.fail('is not the name of a builtin', `builtins[${i}]`)
  })
}

function segmentLengths(reader: JsonReader, feltCount: number): SegmentLengths | undefined {
  const name = 'bytecode_segment_lengths'
  if (!reader.has(name)) return undefined
  const lengths = reader.value[name]
  if (!isSegmentLengths(lengths)) return reader.fail('is neither a count of felts nor a list of such', name)
  if (countSegmentFelts(lengths) !== feltCount) reader.fail(`does not add up to the ${feltCount} felts there are`, name)
  return lengths
}

function isSegmentLengths(value: unknown): value is SegmentLengths {
  if (Array.isArray(value)) return value.every(isSegmentLengths)
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
