import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'
import { blake2sSource, keccakSource } from './codegen/digests.ts'
import { fieldSource } from './codegen/field.ts'
import { moduliSource } from './codegen/moduli.ts'
import { poseidonSource } from './codegen/poseidon.ts'

/** Writes assembly/generated/*.ts (unrolled arithmetic and constants) and compiles wasm/<back end>.wasm. */

const root = fileURLToPath(new URL('.', import.meta.url))

const generated = {
  field: fieldSource(),
  moduli: moduliSource(),
  poseidon: poseidonSource(),
  keccak: keccakSource(),
  blake2s: blake2sSource(),
}

await mkdir(`${root}assembly/generated`, { recursive: true })
await mkdir(`${root}wasm`, { recursive: true })
for (const [name, source] of Object.entries(generated)) await writeFile(`${root}assembly/generated/${name}.ts`, source)

const { error, stderr } = await asc.main([
  'assembly/scalar.ts',
  ...['--baseDir', root, '--outFile', 'wasm/scalar.wasm'],
  ...['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort='],
])
if (error) {
  process.stderr.write(`${stderr}\n`)
  throw error
}
