import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { pack } from './testing/felts.ts'

/** Processes that lack an instruction set: V8 has a flag for each of those of x86. */

const PROGRAM = `
import { BACKENDS, createKernel } from './src/index.ts'
import { instantiate } from './src/wasm-exports.ts'
import { createWasmKernel } from './src/wasm-kernel.ts'

const pairs = Uint8Array.from(Buffer.from(process.argv[1], 'hex'))
const hash = (kernel) => Buffer.from(kernel.pedersenPairs(pairs)).toString('hex')
const refusal = await createKernel({ backend: 'fma' }).then(() => '', (error) => error.message)
const unchecked = BACKENDS.includes('simd') ? hash(createWasmKernel('fma', await instantiate('fma'), 4)) : ''
const kernel = await createKernel()
const hashes = []
for (const backend of BACKENDS) hashes.push(hash(await createKernel({ backend })))
console.log(JSON.stringify({ backends: BACKENDS, backend: kernel.backend, hashes, refusal, unchecked }))
`

interface Answer {
  readonly backends: readonly string[]
  readonly backend: string
  readonly hashes: readonly string[]
  readonly refusal: string
  readonly unchecked: string
}

const pairs = Buffer.from(pack([1n, 2n, 0n, 0n, 1n, 2n])).toString('hex')
/** Vectors of 1.2. */
const ONE_TWO = '05bb9440e27889a364bcb678b1f679ecd1347acdedcbf36e83494f857cc58026'
const ZERO_ZERO = '049ee3eba8c1600700ee1b87eb599f16716b0b1022947733551fde4050ca6804'
const HASHES = ONE_TWO + ZERO_ZERO + ONE_TWO

function run(...flags: readonly string[]): Answer {
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const options = [...flags, '--input-type=module', '--eval', PROGRAM, pairs]
  return JSON.parse(execFileSync(process.execPath, options, { cwd }).toString()) as Answer
}

describe.skipIf(process.arch !== 'x64')('on x86 (elsewhere V8 has no flags for it: skipped)', () => {
  test('without fused multiply-add the fixed-width back end takes over, and all are right', () => {
    const { backends, backend, hashes, refusal, unchecked } = run('--no-enable-fma3')
    expect(backends).toEqual(['simd', 'scalar', 'reference'])
    expect(backend).toBe('simd')
    expect(hashes).toEqual([HASHES, HASHES, HASHES])
    expect(refusal).toBe("backend: 'fma' does not run in this process, which has 'simd', 'scalar', 'reference'")
    // It validates, runs, and is wrong: which is why it is not enough to validate it.
    expect(unchecked).not.toBe(HASHES)
  })

  test('without AVX too', () => {
    const { backend, hashes } = run('--no-enable-avx')
    expect(backend).toBe('simd')
    expect(hashes).toEqual([HASHES, HASHES, HASHES])
  })

  test('without SIMD the scalar one does', () => {
    const { backends, backend, hashes } = run('--no-enable-sse4-1')
    expect(backends).toEqual(['scalar', 'reference'])
    expect(backend).toBe('scalar')
    expect(hashes).toEqual([HASHES, HASHES])
  })
})
