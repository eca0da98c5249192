import { mkdir, writeFile } from 'node:fs/promises'
import { BUILDS, compile, generateSources } from './codegen/compile.ts'

/** Writes assembly/generated/*.ts and the modules into wasm/. */

const generated = new URL('assembly/generated/', import.meta.url)
const wasm = new URL('wasm/', import.meta.url)

await mkdir(generated, { recursive: true })
await mkdir(wasm, { recursive: true })
for (const [name, source] of generateSources()) await writeFile(new URL(name, generated), source)
for (const build of BUILDS) await writeFile(new URL(`${build.file}.wasm`, wasm), await compile(build))
