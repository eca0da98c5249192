import { mkdir, writeFile } from 'node:fs/promises'
import { compile, generateSources, TARGET_NAMES } from './codegen/compile.ts'

/** Writes assembly/generated/*.ts and wasm/<back end>.wasm. */

const generated = new URL('assembly/generated/', import.meta.url)
const wasm = new URL('wasm/', import.meta.url)

await mkdir(generated, { recursive: true })
await mkdir(wasm, { recursive: true })
for (const [name, source] of generateSources()) await writeFile(new URL(name, generated), source)
for (const name of TARGET_NAMES) await writeFile(new URL(`${name}.wasm`, wasm), await compile(name))
