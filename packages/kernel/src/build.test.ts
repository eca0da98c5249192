import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { BUILDS, compile, generateSources } from '../codegen/compile.ts'

/** What is tested here is what the sources say: a build that is out of date would make all other tests worthless. */

const read = (path: string) => readFile(new URL(`../${path}`, import.meta.url))

test('the generated sources are those of the generators (else: npm run build)', async () => {
  for (const [name, source] of generateSources())
    expect((await read(`assembly/generated/${name}`)).toString()).toBe(source)
})

test.each(BUILDS.map((build) => [build.file, build] as const))(
  '%s.wasm is the build of these sources, byte for byte (else: npm run build)',
  async (_, build) => {
    const isSame = Buffer.from(await compile(build)).equals(await read(`wasm/${build.file}.wasm`))
    expect(isSame).toBe(true)
  },
)
