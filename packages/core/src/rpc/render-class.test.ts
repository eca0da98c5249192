import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { hexFromFelt } from '../base/felt.ts'
import {
  listRecordings,
  NEEDS_RECORDINGS,
  RECORDED_NETWORKS,
  RECORDINGS_DIR,
  readRecording,
} from '../chain/testing/recordings.ts'
import { printJson } from './json-text.ts'
import { renderClass } from './render-class.ts'
import type { Cairo0ClassJson } from './spec-types.ts'
import { CAIRO0_CLASS, CAIRO0_PROGRAM, CLASS_TEXTS, SIERRA_CLASS } from './testing/sample-node.ts'
import { NEEDS_SPEC, SPEC_DIR, Spec } from './testing/spec.ts'

const bodyOf = (hash: Uint8Array) => Buffer.from(CLASS_TEXTS.get(hexFromFelt(hash))!.text)

const programOf = (base64: string) => gunzipSync(Buffer.from(base64, 'base64')).toString()

describe('a Cairo 0 class', async () => {
  const { program, ...rest } = (await renderClass('cairo0', bodyOf(CAIRO0_CLASS))) as Cairo0ClassJson

  test('has its program as it was declared', () => expect(programOf(program)).toBe(CAIRO0_PROGRAM))

  test('has entry points in hex, and an exact ABI', () => {
    expect(rest).toEqual({
      entry_points_by_type: {
        CONSTRUCTOR: [],
        EXTERNAL: [
          { selector: '0xab', offset: '0xa' },
          { selector: '0xcd', offset: '0xb' },
        ],
        L1_HANDLER: [],
      },
      abi: [
        { type: 'struct', name: 'S,}', size: 2, members: [{ name: 'a"', type: 'felt', offset: 0 }] },
        { type: 'event', name: 'e', keys: [], data: [], big: 36185027886661312136973227830950701n },
      ],
    })
    expect(printJson(rest)).toContain('"big":36185027886661312136973227830950701}')
  })

  test.each(['', '"abi": null,'])('need not have an ABI (%s)', async (abi) => {
    const text = `{${abi} "program": {}, "entry_points_by_type": {}}`
    expect(await renderClass('cairo0', Buffer.from(text))).not.toHaveProperty('abi')
  })
})

describe('a Sierra class', () => {
  test('is what was declared, without debug information', async () => {
    expect(await renderClass('sierra', bodyOf(SIERRA_CLASS))).toEqual({
      sierra_program: ['0x1', '0x0', '0xab'],
      contract_class_version: '0.1.0',
      entry_points_by_type: {
        CONSTRUCTOR: [{ selector: '0x33', function_idx: 0 }],
        EXTERNAL: [{ selector: '0x22', function_idx: 3 }],
        L1_HANDLER: [],
      },
      abi: '[{"type": "function"}]',
    })
  })

  test.each([
    '{"contract_class_version": "0.1.0", "entry_points_by_type": {}}',
    '{"sierra_program": [1], "contract_class_version": "0.1.0", "entry_points_by_type": {}}',
    '{"sierra_program": [], "contract_class_version": "0.1.0"}',
    '{"sierra_program": [], "contract_class_version": "0.1.0", "entry_points_by_type": {"EXTERNAL": [{"selector": "0x1"}]}}',
  ])('that is none is a fault of the store: %s', async (text) => {
    await expect(renderClass('sierra', Buffer.from(text))).rejects.toThrow(/a stored class has no/)
  })
})

describe.skipIf(RECORDINGS_DIR === null || SPEC_DIR === null)(
  `recorded classes${NEEDS_RECORDINGS || NEEDS_SPEC}`,
  () => {
    const spec = SPEC_DIR === null ? undefined : new Spec('v0_10')
    const files = RECORDED_NETWORKS.flatMap((network) =>
      listRecordings(`${network}/class`).map((file) => `${network}/class/${file}`),
    )

    test.each(files)('%s fits the specification and is all there', async (file) => {
      const text = readRecording(file)!.toString()
      const declared = JSON.parse(text)
      const kind = 'sierra_program' in declared ? 'sierra' : 'cairo0'
      const rendered = JSON.parse(printJson(await renderClass(kind, Buffer.from(text))))
      expect(spec?.checkResult('starknet_getClass', rendered)).toBe('')
      if (kind === 'sierra') {
        expect(rendered.sierra_program).toEqual(declared.sierra_program)
        expect(rendered.abi).toBe(declared.abi)
      } else {
        expect(text).toContain(programOf(rendered.program))
        expect(JSON.parse(programOf(rendered.program))).toEqual(declared.program)
        expect(rendered.abi).toEqual(declared.abi)
      }
    })
  },
)
