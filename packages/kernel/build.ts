import { mkdir, writeFile } from 'node:fs/promises'
import { compile, generateSources } from './codegen/compile.ts'

/** Writes assembly/generated/*.ts and wasm/<back end>.wasm. */

const generated = new URL('assembly/generated/', import.meta.url)
const wasm = new URL('wasm/', import.meta.url)

await mkdir(generated, { recursive: true })
await mkdir(wasm, { recursive: true })
for (const [name, source] of generateSources()) await writeFile(new URL(name, generated), source)
await writeFile(new URL('scalar.wasm', wasm), await compile('scalar'))
