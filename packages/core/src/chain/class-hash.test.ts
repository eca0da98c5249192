import { createKernel, type Kernel } from '@deoxys/kernel'
import {
  blake2sFelts,
  bytesToBigint,
  keccak256,
  pedersenArray as pedersen,
  poseidonArray as poseidon,
} from '@deoxys/kernel/reference'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { bigintFromFelt, FIELD_PRIME, felt, feltFromBigint, packFelts } from '../base/felt.ts'
import type { Cairo0Class, CasmClass, SegmentLengths, SierraClass } from './class.ts'
import { classHash, compiledClassHash, countSegmentFelts } from './class-hash.ts'
import { type Hashing, runHashing } from './hashing.ts'

let kernel: Kernel
beforeAll(async () => {
  kernel = await createKernel({ window: 8 })
})

const run = (formula: Hashing<Uint8Array>) => bigintFromFelt(runHashing(kernel, formula))

const short = (text: string) => bytesToBigint(Buffer.from(text))
const keccak = (text: string) => bytesToBigint(keccak256(Buffer.from(text))) % 2n ** 250n
const pack = (values: readonly bigint[]) => packFelts(values.map(feltFromBigint))

const entryPoints = {
  external: [
    { selector: felt('0x15d40a3d6ca2ac30f4031e42be28da9b056fef9bb7357ac5e85627ee876e5ad'), number: 528 },
    { selector: felt(0), number: 12 },
  ],
  l1Handler: [{ selector: felt(7), number: 3 }],
  constructor: [],
}
const external = [0x15d40a3d6ca2ac30f4031e42be28da9b056fef9bb7357ac5e85627ee876e5adn, 528n, 0n, 12n]

describe('classHash', () => {
  const data = [0x480680017fff8000n, 0x1n, FIELD_PRIME - 1n]
  const cairo0: Cairo0Class = {
    kind: 'cairo0',
    entryPoints,
    abi: null,
    builtins: ['pedersen', 'range_check'],
    bytecode: pack(data),
    program: {
      prime: '0x800000000000011000000000000000000000000000000000000000000000001',
      builtins: ['pedersen', 'range_check'],
      data: ['0x480680017fff8000', '0x01', `0x${(FIELD_PRIME - 1n).toString(16)}`],
      debug_info: { file_contents: 'much' },
      attributes: [{ name: 'error_message', value: 'é\u007f😀', accessible_scopes: [], flow_tracking_data: null }],
      hints: { '100': [{ code: 'b' }], '20': [{ code: 'a', n: 2n ** 200n + 1n }] },
      identifiers: { 'm.T': { cairo_type: '(x: felt, y: felt)', value: -(2n ** 64n) } },
      main_scope: '__main__',
      reference_manager: { references: [{ value: '[cast(fp: felt*)]' }] },
    },
  }
  const text =
    String.raw`{"abi": null, "program": {"attributes": [{"name": "error_message", "value": "\u00e9\u007f\ud83d\ude00"}], ` +
    '"builtins": ["pedersen", "range_check"], ' +
    '"data": ["0x480680017fff8000", "0x01", "0x800000000000011000000000000000000000000000000000000000000000000"], ' +
    '"debug_info": null, ' +
    '"hints": {"20": [{"code": "a", "n": 1606938044258990275541962092341162602522202993782792835301377}], "100": [{"code": "b"}]}, ' +
    '"identifiers": {"m.T": {"cairo_type": "(x : felt, y : felt)", "value": -18446744073709551616}}, ' +
    '"main_scope": "__main__", "prime": "0x800000000000011000000000000000000000000000000000000000000000001", ' +
    '"reference_manager": {"references": [{"value": "[cast(fp : felt*)]"}]}}}'

  test('of a Cairo 0 class', () => {
    const expected = pedersen([
      0n,
      pedersen(external),
      pedersen([7n, 3n]),
      pedersen([]),
      pedersen([short('pedersen'), short('range_check')]),
      keccak(text),
      pedersen(data),
    ])
    expect(run(classHash(cairo0))).toBe(expected)
  })

  test('of a Sierra class', () => {
    const abi = '[{"name": "é😀",\n "type" : "x"}]'
    const sierra: SierraClass = { kind: 'sierra', version: '0.1.0', entryPoints, abi, program: pack(data) }
    const expected = (version: string) =>
      poseidon([
        short(`CONTRACT_CLASS_V${version}`),
        poseidon(external),
        poseidon([7n, 3n]),
        poseidon([]),
        keccak(abi),
        poseidon(data),
      ])
    expect(run(classHash(sierra))).toBe(expected('0.1.0'))
    expect(run(classHash({ ...sierra, version: '0.2.0' }))).toBe(expected('0.2.0'))
  })
})

describe('compiledClassHash', () => {
  const bytecode = Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? FIELD_PRIME - BigInt(i + 1) : BigInt(i)))
  const casm = (segmentLengths: SegmentLengths | undefined): CasmClass => ({
    kind: 'casm',
    bytecode: pack(bytecode),
    segmentLengths,
    entryPoints: {
      external: [
        { selector: felt(5), offset: 6, builtins: ['range_check', 'segment_arena'] },
        { selector: felt(8), offset: 0, builtins: [] },
      ],
      l1Handler: [],
      constructor: [{ selector: felt(9), offset: 300, builtins: ['pedersen'] }],
    },
  })

  const versions = [
    [1, poseidon],
    [2, blake2sFelts],
  ] as const

  const expected = (h: (felts: readonly bigint[]) => bigint, bytecodeHash: bigint) =>
    h([
      short('COMPILED_CLASS_V1'),
      h([5n, 6n, h([short('range_check'), short('segment_arena')]), 8n, 0n, h([])]),
      h([]),
      h([9n, 300n, h([short('pedersen')])]),
      bytecodeHash,
    ])

  test.each(versions)('of one segment, version %i', (version, h) => {
    for (const whole of [undefined, 12]) {
      expect(run(compiledClassHash(casm(whole), version))).toBe(expected(h, h(bytecode)))
    }
  })

  test.each(versions)('of segments within segments, version %i', (version, h) => {
    const leaf = (start: number, end: number) => h(bytecode.slice(start, end))
    const inner = 1n + h([0n, leaf(3, 3), 4n, leaf(3, 7)])
    const middle = 1n + h([4n, inner, 2n, leaf(7, 9)])
    const outer = 1n + h([3n, leaf(0, 3), 6n, middle, 3n, leaf(9, 12), 0n, 1n + h([])])
    expect(run(compiledClassHash(casm([3, [[0, 4], 2], 3, []]), version))).toBe(expected(h, outer % FIELD_PRIME))
  })

  test.each(versions)('a list around everything is not one segment, version %i', (version, h) => {
    expect(run(compiledClassHash(casm([12]), version))).toBe(expected(h, 1n + h([12n, h(bytecode)])))
  })
})

test('countSegmentFelts adds up every part', () => {
  const { lengths } = fc.letrec<{ lengths: SegmentLengths }>((tie) => ({
    lengths: fc.oneof({ depthSize: 'small' }, fc.nat(1000), fc.array(tie('lengths'))),
  }))
  fc.assert(
    fc.property(lengths, (value) => {
      const counts = JSON.stringify(value).match(/\d+/g) ?? []
      expect(countSegmentFelts(value)).toBe(counts.reduce((sum, count) => sum + Number(count), 0))
    }),
  )
})
