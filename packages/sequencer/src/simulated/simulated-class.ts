import { inspectClass } from '@deoxys/core'
import {
  all,
  compareFelts,
  type Felt,
  FIELD_PRIME,
  hexFromFelt,
  hexFromFelts,
  keccak,
  runHashing,
  type SegmentLengths,
} from '@deoxys/core/protocol'
import type { Kernel } from '@deoxys/kernel'
import { type Json, printJson } from './print-json.ts'
import type { Random } from './random.ts'

/** A class as the gateway serves it. The texts are what was hashed; their code means nothing. */
export interface SimulatedClass {
  readonly hash: Felt
  readonly text: string
  /** Of a Sierra class. */
  readonly compiled: CompiledClass | undefined
}

export interface CompiledClass {
  readonly text: string
  /** By version of the compiled class hash (protocol 6.3). */
  readonly hashes: { readonly 1: Felt; readonly 2: Felt }
}

const PRIME = `0x${FIELD_PRIME.toString(16)}`

/** Entry points that classes may have besides their constructor. */
const FUNCTIONS = ['__execute__', '__validate__', 'balanceOf', 'decrease', 'increase', 'name', 'set', 'transfer']

/** `[ap] = x, ap++; ret`: the bytecode is made of these. */
const SET_AP = '0x480680017fff8000'
const RETURN = '0x208b7fff7fff7ffe'
const FUNCTION_FELTS = 3

interface Functions {
  /** Of external functions, ascending. */
  readonly selectors: readonly string[]
  readonly constructorSelector: string
  /** Function i, the constructor last, is the `FUNCTION_FELTS` felts from i × `FUNCTION_FELTS` on. */
  readonly bytecode: readonly string[]
}

function createFunctions(random: Random, kernel: Kernel): Functions {
  const names = FUNCTIONS.filter(() => !random.oneIn(3))
  const hashes = runHashing(kernel, all(['constructor', ...names].map((name) => keccak(Buffer.from(name)))))
  const [constructorSelector, ...selectors] = hashes
  return {
    selectors: selectors.sort(compareFelts).map((selector) => hexFromFelt(selector)),
    constructorSelector: hexFromFelt(constructorSelector!),
    bytecode: hashes.flatMap(() => [SET_AP, hexFromFelt(random.felt()), RETURN]),
  }
}

/** With an identifier past 2^53, as real ones have, and an attribute that the hash covers. */
export function createCairo0Class(random: Random, kernel: Kernel): SimulatedClass {
  const { selectors, constructorSelector, bytecode } = createFunctions(random, kernel)
  const scope = ['__main__', '__main__.set']
  const tracking = { ap_tracking: { group: 0, offset: 0 }, reference_ids: {} }
  const text = printJson({
    entry_points_by_type: {
      L1_HANDLER: [],
      EXTERNAL: selectors.map((selector, i) => ({ selector, offset: i * FUNCTION_FELTS })),
      CONSTRUCTOR: [{ selector: constructorSelector, offset: selectors.length * FUNCTION_FELTS }],
    },
    program: {
      prime: PRIME,
      data: bytecode,
      builtins: ['pedersen', 'range_check'],
      hints: { '0': [{ code: 'memory[ap] = segments.add()', accessible_scopes: scope, flow_tracking_data: tracking }] },
      compiler_version: '0.12.3',
      main_scope: '__main__',
      identifiers: { '__main__.LIMIT': { value: random.bits(250), type: 'const' } },
      reference_manager: { references: [] },
      attributes: [
        {
          name: 'error_message',
          value: 'above the limit',
          start_pc: 0,
          end_pc: FUNCTION_FELTS,
          flow_tracking_data: tracking,
          accessible_scopes: scope,
        },
      ],
      debug_info: null,
    },
    abi: [{ inputs: [{ name: 'value', type: 'felt' }], name: 'set', outputs: [], type: 'function' }],
  })
  return { hash: hashOf(kernel, text), text, compiled: undefined }
}

export function createSierraClass(random: Random, kernel: Kernel): SimulatedClass {
  const functions = createFunctions(random, kernel)
  const { selectors, constructorSelector } = functions
  const text = printJson({
    contract_class_version: '0.1.0',
    // Begins with the versions of Sierra and of its compiler.
    sierra_program: ['0x1', '0x6', '0x0', '0x2', '0x8', '0x0', ...hexFromFelts(random.felts(8, 24))],
    entry_points_by_type: {
      EXTERNAL: selectors.map((selector, i) => ({ selector, function_idx: i })),
      L1_HANDLER: [],
      CONSTRUCTOR: [{ selector: constructorSelector, function_idx: selectors.length }],
    },
    abi: printJson([{ type: 'function', name: 'set', inputs: [], outputs: [], state_mutability: 'external' }]),
  })
  return { hash: hashOf(kernel, text), text, compiled: compile(functions, random, kernel) }
}

function compile(
  { selectors, constructorSelector, bytecode }: Functions,
  random: Random,
  kernel: Kernel,
): CompiledClass {
  const builtins = ['range_check', 'poseidon']
  const text = printJson({
    entry_points_by_type: {
      EXTERNAL: selectors.map((selector, i) => ({ selector, offset: i * FUNCTION_FELTS, builtins })),
      L1_HANDLER: [],
      CONSTRUCTOR: [{ selector: constructorSelector, offset: selectors.length * FUNCTION_FELTS, builtins: [] }],
    },
    prime: PRIME,
    bytecode,
    bytecode_segment_lengths: segmentLengths(bytecode.length, random),
    hints: [[0, [{ AllocSegment: { dst: { register: 'AP', offset: 0 } } }]]],
    pythonic_hints: [[0, ['memory[ap + 0] = segments.add()']]],
    compiler_version: '2.9.0',
  })
  const report = inspectClass(kernel, text)
  if (report.kind !== 'casm') throw new Error('a compiled class is none')
  return { text, hashes: { 1: report.compiledClassHashV1, 2: report.compiledClassHashV2 } }
}

/** One of the forms there are: none, a single segment, a list, a list of lists. */
function segmentLengths(feltCount: number, random: Random): (Json & SegmentLengths) | undefined {
  const rest = feltCount - FUNCTION_FELTS
  return random.pick([undefined, feltCount, [FUNCTION_FELTS, rest], [[1, FUNCTION_FELTS - 1], rest]])
}

function hashOf(kernel: Kernel, text: string): Felt {
  const report = inspectClass(kernel, text)
  if (report.kind === 'casm') throw new Error('a class is a compiled class')
  return report.classHash
}
