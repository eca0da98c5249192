import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { P } from './curve.ts'
import { BACKENDS, createKernel, type Kernel } from './index.ts'
import { felt, pseudoRandomFelts, reference, unpack } from './testing/felts.ts'

/** assembly/scalar.ts. */
const AREA_BYTES = 128 * 1024
const AREA_FELTS = AREA_BYTES / 32

const ascii = (text: string) => Buffer.from(text, 'latin1')

/** What comes of the text: felts, or the message of the error. */
function outcome(kernel: Kernel, text: string): bigint[] | string {
  try {
    return unpack(kernel.parseFelts(ascii(text)))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return error.message
  }
}

const line = fc.tuple(felt, fc.nat({ max: 64 }), fc.boolean()).map(([value, width, isUpper]) => {
  const digits = value.toString(16).padStart(width, '0')
  return `0x${isUpper ? digits.toUpperCase() : digits}`
})

const malformed = fc.constantFrom(
  ...[
    '',
    ' ',
    '0x',
    '0',
    'x1',
    '0X1',
    '1',
    '12',
    '0x1 ',
    ' 0x1',
    '0x 1',
    '0x-1',
    '0xg',
    '0x1g',
    '0xg1',
    '0x0x1',
    '0x1\r',
    '0x1\0',
  ],
  ...['0x1/', '0x:1', '0x@1', '0xG1', '0x`1', '0x1\xff', '0x\xb1', '-0x1', '0x1.0', '0x1_0'],
  ...[P, P + 1n, 2n ** 252n, 2n ** 256n - 1n].map((value) => `0x${value.toString(16)}`),
  ...[65, 66, 67, 68, 1000].map((width) => `0x${'1'.padStart(width, '0')}`),
)

describe.each(BACKENDS.filter((backend) => backend !== 'reference'))('%s', async (backend) => {
  const kernel = await createKernel({ backend })

  test('well-formed lines', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const felts = outcome(kernel, lines.join('\n'))
        expect(felts).toEqual(lines.map(BigInt))
        expect(felts).toEqual(outcome(reference, lines.join('\n')))
      }),
      { numRuns: 500 },
    )
  })

  test('malformed lines and bytes anywhere: the same felts or the same error as the reference', () => {
    const piece = fc.oneof({ weight: 4, arbitrary: line }, malformed, fc.constantFrom('\n', '\n\n', '0', 'x'))
    const text = fc
      .tuple(fc.array(piece, { maxLength: 8 }), fc.constantFrom('\n', '', '\n\n'))
      .map(([pieces, glue]) => pieces.join(glue))
    fc.assert(
      fc.property(text, (input) => {
        expect(outcome(kernel, input)).toEqual(outcome(reference, input))
      }),
      { numRuns: 3000 },
    )
  })

  test('each malformed line is named by its index, also in later chunks', () => {
    const lines = pseudoRandomFelts(2 * AREA_FELTS + 5).map((value) => `0x${value.toString(16)}`)
    for (const index of [0, 1, AREA_FELTS - 1, AREA_FELTS, AREA_FELTS + 1, 2 * AREA_FELTS + 4]) {
      const text = lines.with(index, '0xg').join('\n')
      expect(outcome(kernel, text)).toBe(`felt ${index} is malformed or not below P`)
    }
    expect(outcome(kernel, `${lines.join('\n')}\n`)).toBe(`felt ${lines.length} is malformed or not below P`)
  })

  test('a line may end at any byte of the input area, and there may be more felts than the output area holds', () => {
    const long = pseudoRandomFelts(AREA_FELTS).map((value) => `0x${value.toString(16).padStart(64, '0')}`)
    for (let shift = 0; shift < 67; shift += 1) {
      // The first line moves the border through all of a line.
      const lines = [`0x${'1'.padStart(1 + (shift % 64), '0')}`, ...(shift < 64 ? [] : ['0x1', '0x2']), ...long]
      expect(outcome(kernel, lines.join('\n'))).toEqual(lines.map(BigInt))
    }
    const short = Array.from({ length: 3 * AREA_FELTS + 1 }, (_, i) => `0x${(i % 16).toString(16)}`)
    for (const count of [AREA_FELTS - 1, AREA_FELTS, AREA_FELTS + 1, short.length]) {
      const lines = short.slice(0, count)
      expect(outcome(kernel, lines.join('\n'))).toEqual(lines.map(BigInt))
      expect(outcome(kernel, `${lines.join('\n')}\n`)).toBe(`felt ${count} is malformed or not below P`)
    }
  })
})
