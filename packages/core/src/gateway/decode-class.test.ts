import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createKernel } from '@deoxys/kernel'
import { describe, expect, test } from 'vitest'
import { felt, hexFromFelt, packFelts } from '../base/felt.ts'
import { classHash, compiledClassHash } from '../chain/class-hash.ts'
import { type Hashing, runHashing } from '../chain/hashing.ts'
import { decodeAnyClass, decodeClass, decodeCompiledClass } from './decode-class.ts'
import { DecodeError } from './json-reader.ts'

const SIERRA = {
  contract_class_version: '0.1.0',
  sierra_program: ['0x1', '0xff'],
  abi: '[{"type": "x"}]',
  entry_points_by_type: {
    CONSTRUCTOR: [],
    EXTERNAL: [{ selector: '0xa', function_idx: 3 }],
    L1_HANDLER: [{ function_idx: 0, selector: '0xb' }],
  },
}

const CAIRO0 = {
  program: { builtins: ['pedersen'], data: ['0x480680017fff8000', '0x2'], hints: { '7': [] }, debug_info: null },
  abi: [{ name: 'f' }],
  entry_points_by_type: {
    EXTERNAL: [
      { selector: '0xa', offset: '0x40a' },
      { selector: '0xb', offset: 1727 },
      { selector: '0xc', offset: '66' },
    ],
  },
}

const CASM = {
  bytecode: ['0x1', '0x2', '0x3'],
  bytecode_segment_lengths: [1, [2, 0]],
  entry_points_by_type: {
    EXTERNAL: [{ selector: '0xa', offset: 5, builtins: ['range_check', 'ec_op'] }],
    L1_HANDLER: [],
    CONSTRUCTOR: [],
  },
  hints: [],
}

const decode = (value: unknown) => decodeAnyClass(JSON.stringify(value))

/** `value` with the member at `path` put in, or taken out where it is undefined. */
function changed(value: object, path: string, member: unknown): unknown {
  const copy: unknown = structuredClone(value)
  const keys = path.split('.')
  let at = copy as { [key: string]: unknown }
  for (const key of keys.slice(0, -1)) at = at[key] as { [key: string]: unknown }
  at[keys.at(-1)!] = member
  return copy
}

describe('decodeAnyClass', () => {
  test('reads a Sierra class', () => {
    expect(decode(SIERRA)).toEqual({
      kind: 'sierra',
      version: '0.1.0',
      abi: '[{"type": "x"}]',
      program: packFelts([felt(1), felt(255)]),
      entryPoints: {
        external: [{ selector: felt(10), number: 3 }],
        l1Handler: [{ selector: felt(11), number: 0 }],
        constructor: [],
      },
    })
    expect(() => decode({ ...SIERRA, abi: [] })).toThrow(/^abi is a list, as compilers write it/)
    for (const abi of [undefined, null, '']) expect(decode({ ...SIERRA, abi })).toHaveProperty('abi', '')
  })

  test('reads a Cairo 0 class, with exact integers', () => {
    const text = JSON.stringify(CAIRO0).replace('"7":[]', '"7":[12345678901234567890]')
    expect(decodeAnyClass(text)).toEqual({
      kind: 'cairo0',
      abi: [{ name: 'f' }],
      program: { ...CAIRO0.program, hints: { '7': [12345678901234567890n] } },
      builtins: ['pedersen'],
      bytecode: packFelts([felt(0x480680017fff8000n), felt(2)]),
      entryPoints: {
        external: [
          { selector: felt(10), number: 0x40a },
          { selector: felt(11), number: 1727 },
          { selector: felt(12), number: 66 },
        ],
        l1Handler: [],
        constructor: [],
      },
    })
    for (const abi of [undefined, null]) expect(decode({ ...CAIRO0, abi })).toHaveProperty('abi', null)
    expect(decode(changed(CAIRO0, 'program.debug_info', undefined))).toHaveProperty('kind', 'cairo0')
  })

  test('reads a compiled class', () => {
    expect(decode(CASM)).toEqual({
      kind: 'casm',
      bytecode: packFelts([felt(1), felt(2), felt(3)]),
      segmentLengths: [1, [2, 0]],
      entryPoints: {
        external: [{ selector: felt(10), offset: 5, builtins: ['range_check', 'ec_op'] }],
        l1Handler: [],
        constructor: [],
      },
    })
    for (const [lengths, read] of [
      [undefined, undefined],
      [null, undefined],
      [3, 3],
    ]) {
      expect(decode({ ...CASM, bytecode_segment_lengths: lengths })).toHaveProperty('segmentLengths', read)
    }
  })

  test.each<[string, object, string, unknown]>([
    ['abi', SIERRA, 'abi', [{ type: 'x' }]],
    ['abi', SIERRA, 'abi', 7],
    ['contract_class_version', SIERRA, 'contract_class_version', undefined],
    ['contract_class_version', SIERRA, 'contract_class_version', '0.1.0'.repeat(4)],
    ['sierra_program[1]', SIERRA, 'sierra_program.1', 'ff'],
    ['sierra_program', SIERRA, 'sierra_program', 'H4sI'],
    ['entry_points_by_type', SIERRA, 'entry_points_by_type', undefined],
    ['entry_points_by_type.EXTERNAL', SIERRA, 'entry_points_by_type.EXTERNAL', {}],
    ['entry_points_by_type.EXTERNAL[0].function_idx', SIERRA, 'entry_points_by_type.EXTERNAL.0.function_idx', '0x3'],
    ['entry_points_by_type.L1_HANDLER[0].selector', SIERRA, 'entry_points_by_type.L1_HANDLER.0.selector', 11],
    ['program', CAIRO0, 'program', 'H4sI'],
    ['program.data[0]', CAIRO0, 'program.data.0', `0x${'f'.repeat(64)}`],
    ['program.hints', CAIRO0, 'program.hints', undefined],
    ['program.hints', CAIRO0, 'program.hints.07', []],
    ['program.hints', CAIRO0, 'program.hints.1e3', []],
    ['program.builtins[0]', CAIRO0, 'program.builtins.0', 'b'.repeat(32)],
    ['program.builtins[0]', CAIRO0, 'program.builtins.0', 'é'],
    ['entry_points_by_type.EXTERNAL[0].offset', CAIRO0, 'entry_points_by_type.EXTERNAL.0.offset', -1],
    ['entry_points_by_type.EXTERNAL[0].offset', CAIRO0, 'entry_points_by_type.EXTERNAL.0.offset', `${2n ** 53n}`],
    ['bytecode[2]', CASM, 'bytecode.2', 3],
    ['bytecode_segment_lengths', CASM, 'bytecode_segment_lengths', [1, 1]],
    ['bytecode_segment_lengths', CASM, 'bytecode_segment_lengths', 2],
    ['bytecode_segment_lengths', CASM, 'bytecode_segment_lengths', [4, [-1]]],
    ['bytecode_segment_lengths', CASM, 'bytecode_segment_lengths', '3'],
    ['entry_points_by_type.EXTERNAL[0].builtins', CASM, 'entry_points_by_type.EXTERNAL.0.builtins', undefined],
    ['entry_points_by_type.EXTERNAL[0].builtins[1]', CASM, 'entry_points_by_type.EXTERNAL.0.builtins.1', 8],
    ['', SIERRA, 'sierra_program', undefined],
  ])('names what is wrong: %s', (path, value, at, member) => {
    expect(() => decode(changed(value, at, member))).toThrow(DecodeError)
    expect(() => decode(changed(value, at, member))).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ path }) }),
    )
  })

  test.each([
    '',
    '{',
    '<html>',
    '[]',
    'null',
    '7',
    '{}',
    '{"code":"StarknetErrorCode.UNDECLARED_CLASS"}',
    '['.repeat(1e6),
  ])('refuses what is no class: %.20s', (text) => {
    expect(() => decodeAnyClass(text)).toThrow(DecodeError)
  })
})

test('decodeClass and decodeCompiledClass refuse the other kind', () => {
  expect(decodeClass(JSON.stringify(CAIRO0)).kind).toBe('cairo0')
  expect(decodeClass(JSON.stringify(SIERRA)).kind).toBe('sierra')
  expect(() => decodeClass(JSON.stringify(CASM))).toThrow(/is a compiled class/)
  expect(decodeCompiledClass(JSON.stringify(CASM)).kind).toBe('casm')
  expect(() => decodeCompiledClass(JSON.stringify(SIERRA))).toThrow(/not a compiled class/)
})

const FIXTURES = join(process.env['DEOXYS_SHARED'] ?? join(import.meta.dirname, '../../../../../shared'), 'fixtures')

/** Class or file → compiled class hashes, versions 1 and 2 (fixtures README, protocol 6.3). */
const COMPILED_CLASS_HASHES: { readonly [name: string]: readonly [v1: string, v2: string] } = {
  '0x3cc90db763e736ca9b6c581ea4008408842b1a125947ab087438676a7e40b7b': [
    '0x7965a1a8bc7a4ea57875a98c9bc5e6cfb8a2445683c23cb0a43011b7d039aa5',
    '0x27bb6d7901eff6f4e187d1bae082583448eb116ce62b35b6ea7dc0288fb7605',
  ],
  '0x1fb5f6adb94dd3c0bfda71f7f73957691619ab9fe8f6b9b675da13877086f89': [
    '0x260f0d9862f0dd76ac1f9c93e6ce0c2536f7c0275c87061e73abce321bfd4ad',
    '0x44306c3845d5a49468f330d0bdf1b7a1cd2f727b475d2b6847cd5dcf43156e1',
  ],
  '0x6b3da05b352f93912df0593a703f1884c4c607523bb33feaff4940635ef050d': [
    '0x603dd72504d8b0bc54df4f1102fdcf87fc3b2b94750a9083a5876913eec08e4',
    '0xf8c27dd667e50ba127e5e0e469381606ffece27d8c5148548b6bbc4cacf717',
  ],
  '0xc6c634d10e2cc7b1db6b4403b477f05e39cb4900fd5ea0156d1721dbb6c59b': [
    '0x65a588d97fbb4e39d515afbc1e701fec7ba3daca0ac53a47a0064d94a7cad41',
    '0xadc30db3e3428d1770c728bbd62eb23c4b7de84711ff2acb8d0acb27baba21',
  ],
  '0x1338d85d3e579f6944ba06c005238d145920afeb32f94e3a1e234d21e1e9292': [
    '0xf2056a217cc9cabef54d4b1bceea5a3e8625457cb393698ba507259ed6f3c',
    '0x1ef0506e41e0e989974cbc030c3fda45d0f96d448bbd77b37473bb27c9047b7',
  ],
  'erc20.casm': [
    '0x266f53b3f6cc2367c334b75ea86aff748ca27aa321019778af81be69d549159',
    '0x75a59a0cd1985dd66a3fd9d634f0e0287916cd8e0fff3f2bd80d69498b09367',
  ],
}

describe.skipIf(!existsSync(FIXTURES))('recorded classes (skipped where shared/fixtures is absent)', async () => {
  const kernel = await createKernel()
  const hash = (formula: Hashing<Uint8Array>) => hexFromFelt(runHashing(kernel, formula))
  const read = (pattern: string) =>
    globSync(join(FIXTURES, pattern)).map((file) => ({
      name: basename(file, '.json'),
      text: readFileSync(file, 'utf8'),
    }))

  test('the hash of every class is the name of its file', () => {
    const classes = read('*/class/*.json')
    expect(classes.length).toBeGreaterThanOrEqual(34)
    const hashes = classes.map(({ text }) => hash(classHash(decodeClass(text))))
    expect(hashes).toEqual(classes.map(({ name }) => name))
  })

  test('the hashes of every compiled class are those of the table', () => {
    const classes = read('{*/compiled_class/*,execution/casm/erc20.casm}.json')
    const hashes = classes.map(({ name, text }) => {
      const casm = decodeCompiledClass(text)
      return [name, [hash(compiledClassHash(casm, 1)), hash(compiledClassHash(casm, 2))]]
    })
    expect(Object.fromEntries(hashes)).toEqual(COMPILED_CLASS_HASHES)
  })

  test('compiler output is read, but for the Sierra classes, whose ABI is not the text that is hashed', () => {
    const [cairo0, casm, sierra] = ['cairo0', 'casm', 'sierra'].map((kind) => read(`execution/${kind}/*.json`))
    expect(new Set(cairo0!.map(({ text }) => decodeClass(text).kind))).toEqual(new Set(['cairo0']))
    expect(new Set(casm!.map(({ text }) => decodeCompiledClass(text).kind))).toEqual(new Set(['casm']))
    for (const { text } of sierra!) expect(() => decodeClass(text)).toThrow(/^abi is a list/)
  })
})
