import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { invert, N, P } from './curve.ts'
import { pack, unpack } from './testing/felts.ts'
import { webAssembly } from './wasm-exports.ts'

/**
 * assembly/modular-inverse.ts, compiled on its own, against bigint. Intervals say nothing about it, since its bounds are of
 * several numbers together: |u| + |v| ≤ 2^30 of a row of a matrix, (−2m, m) of a cofactor that has nine limbs. So it runs
 * on what drives those to their ends.
 */

const ENTRY = `
import { N_MODULUS, P_MODULUS } from './generated/moduli'
import { invertModulo } from './modular-inverse'
const raw: usize = memory.data(32)
export function area(): usize { return raw }
export function invertModuloP(): void { invertModulo(raw, raw, P_MODULUS) }
export function invertModuloN(): void { invertModulo(raw, raw, N_MODULUS) }
`

interface Module {
  readonly memory: { readonly buffer: ArrayBuffer }
  area(): number
  invertModuloP(): void
  invertModuloN(): void
}

async function compileEntry(): Promise<Module> {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const entry = 'assembly/entry.ts'
  const outputs: (string | Uint8Array)[] = []
  const { error, stderr } = await asc.main(
    [entry, '--baseDir', root, '--outFile', 'module.wasm', ...['-O3', '--noAssert', '--runtime', 'stub']],
    {
      readFile: (path, base) => (path === entry ? ENTRY : readFile(resolve(base, path), 'utf8').catch(() => null)),
      writeFile: (_, contents) => void outputs.push(contents),
    },
  )
  if (error) throw new Error(stderr.toString(), { cause: error })
  const { instance } = await webAssembly.instantiate(outputs[0] as Uint8Array, {})
  return instance.exports as Module
}

describe.each([
  ['P', P],
  ['N', N],
] as const)('modulo %s', async (name, modulus) => {
  const module = await compileEntry()
  const raw = new Uint8Array(module.memory.buffer, module.area(), 32)

  function inverseOf(value: bigint): bigint {
    raw.set(pack([value]).reverse())
    module[`invertModulo${name}`]()
    return unpack(raw.slice().reverse())[0]!
  }

  const expectInverses = (values: readonly bigint[]) => {
    const inRange = values.filter((value) => value > 0n && value < modulus)
    expect(inRange.map(inverseOf)).toEqual(inRange.map((value) => invert(value, modulus)))
  }

  test('0 has none, and gives 0', () => {
    expect(inverseOf(0n)).toBe(0n)
  })

  test('few bits, or few that differ: the most zeros that steps can divide by at once, and carries through all limbs', () => {
    for (let bit = 0n; bit < 252n; bit += 1n) {
      const power = 1n << bit
      const near = [power, power - 1n, power + 1n, 3n * power, power + (1n << 250n), (power - 1n) << (251n - bit)]
      expectInverses([...near, ...near.map((value) => modulus - value), modulus / power, modulus / power + 1n])
    }
  })

  test('small numbers and fractions, and what has them for an inverse', () => {
    for (let i = 1n; i < 300n; i += 1n) {
      const fractions = [modulus / i, (2n * modulus) / i, (modulus * i) / 300n]
      const values = [i, modulus - i, ...fractions, ...fractions.map((value) => value + 1n)]
      expectInverses([...values, ...values.filter((v) => v > 0n && v < modulus).map((v) => invert(v, modulus))])
    }
  })

  test('the golden section, which takes the most steps of Euclid', () => {
    const [numerator, denominator] = Array.from({ length: 400 }).reduce<[bigint, bigint]>(
      ([a, b]) => [b, a + b],
      [1n, 1n],
    )
    const section = (modulus * numerator) / denominator
    expectInverses(Array.from({ length: 200 }, (_, i) => section + BigInt(i - 100)))
  })

  test('any number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: modulus - 1n }), (value) => {
        expect(inverseOf(value)).toBe(invert(value, modulus))
      }),
      { numRuns: 2000 },
    )
  })
})
