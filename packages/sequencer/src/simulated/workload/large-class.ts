import { inspectClass } from '@deoxys/core'
import { all, FIELD_PRIME, hexFromFelt, keccak, runHashing } from '@deoxys/core/protocol'
import type { Kernel } from '@deoxys/kernel'
import { printJson } from '../print-json.ts'
import type { SimulatedClass } from '../simulated-class.ts'
import { drawQuantile, type Quantiles } from './distributions.ts'
import type { FastRandom } from './fast-random.ts'

/** KB of JSON, as recorded classes have it. */
const SIERRA_KB: Quantiles = [16, 30, 106, 300, 560, 594]
const CASM_KB: Quantiles = [15, 40, 231, 420, 590, 614]

/** Bytes that a felt of a program takes in JSON, on average: most are short. */
const SIERRA_FELT_BYTES = 10
const CASM_FELT_BYTES = 18

const FUNCTIONS = ['__execute__', '__validate__', 'balance_of', 'transfer', 'approve', 'swap', 'name', 'symbol']

/** A Sierra class with its compiled class, as large as real ones; the code means nothing. */
export function createLargeClass(random: FastRandom, kernel: Kernel): SimulatedClass {
  const hashes = runHashing(kernel, all(['constructor', ...FUNCTIONS].map((name) => keccak(Buffer.from(name)))))
  const [constructorSelector, ...selectors] = hashes.map((hash) => hexFromFelt(hash))
  const external = selectors.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1))
  const text = printJson({
    contract_class_version: '0.1.0',
    // Begins with the versions of Sierra and of its compiler.
    sierra_program: ['0x1', '0x7', '0x0', '0x2', '0xb', '0x0', ...drawSierra(random)],
    entry_points_by_type: {
      EXTERNAL: external.map((selector, i) => ({ selector, function_idx: i })),
      L1_HANDLER: [],
      CONSTRUCTOR: [{ selector: constructorSelector!, function_idx: selectors.length }],
    },
    abi: printJson(
      FUNCTIONS.map((name) => ({ type: 'function', name, inputs: [], outputs: [], state_mutability: 'view' })),
    ),
  })
  const bytecode = drawBytecode(random)
  const compiled = printJson({
    prime: `0x${FIELD_PRIME.toString(16)}`,
    compiler_version: '2.11.4',
    bytecode,
    hints: [],
    entry_points_by_type: {
      EXTERNAL: external.map((selector, i) => ({ selector, offset: i, builtins: ['range_check', 'poseidon'] })),
      L1_HANDLER: [],
      CONSTRUCTOR: [{ selector: constructorSelector!, offset: selectors.length, builtins: ['range_check'] }],
    },
  })
  return { hash: hashOf(kernel, text), text, compiled: { text: compiled, hashes: compiledHashesOf(kernel, compiled) } }
}

function drawSierra(random: FastRandom): string[] {
  const count = Math.ceil((drawQuantile(random, SIERRA_KB) * 1024) / SIERRA_FELT_BYTES)
  return Array.from({ length: count }, () => {
    const kind = random.unit()
    if (kind < 0.7) return hexFromNumber(random.integer(0, 0xfff))
    return kind < 0.97 ? hexFromNumber(random.u32()) : hexFromFelt(random.felt())
  })
}

/** Instructions, some of them with a constant behind. */
function drawBytecode(random: FastRandom): string[] {
  const count = Math.ceil((drawQuantile(random, CASM_KB) * 1024) / CASM_FELT_BYTES)
  return Array.from({ length: count }, () => {
    const kind = random.unit()
    if (kind < 0.62) return random.pick(INSTRUCTIONS)
    return kind < 0.95 ? hexFromNumber(random.integer(0, 0xffff)) : hexFromFelt(random.felt())
  })
}

const INSTRUCTIONS = [
  '0x480680017fff8000',
  '0x208b7fff7fff7ffe',
  '0x48127ffa7fff8000',
  '0x40780017fff7fff',
  '0x1104800180018000',
  '0x482480017fff8000',
  '0x20680017fff7ffd',
  '0xa0680017fff8000',
  '0x10780017fff7fff',
  '0x400280007ff97fff',
]

function hexFromNumber(value: number): string {
  return `0x${value.toString(16)}`
}

function hashOf(kernel: Kernel, text: string) {
  const report = inspectClass(kernel, text)
  if (report.kind === 'casm') throw new Error('a class is a compiled class')
  return report.classHash
}

function compiledHashesOf(kernel: Kernel, text: string) {
  const report = inspectClass(kernel, text)
  if (report.kind !== 'casm') throw new Error('a compiled class is none')
  return { 1: report.compiledClassHashV1, 2: report.compiledClassHashV2 }
}
