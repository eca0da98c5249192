import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Public entries, relative to packages/. */
const ENTRIES = ['kernel/src/index', 'core/src/index']

/** `export { type A, b } from './x.ts'` of an entry: file and names. */
function exportsOf(entry: string): { readonly file: string; readonly names: readonly string[] }[] {
  return [...entry.matchAll(/export (?:type )?\{([^}]*)\} from '(\.[^']*)\.ts'/g)].map(([, names, file]) => ({
    file: file!,
    names: names!
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== ''),
  }))
}

/** The declarations of a `.d.ts`, by name, without comments. */
function declarationsOf(text: string): Map<string, string> {
  const bare = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\n/gm, '')
  const found = new Map<string, string>()
  for (const part of bare.split(/^(?=export )/m)) {
    const name = /^export (?:declare )?(?:abstract )?(?:type|interface|class|function\*?|const) (\w+)/.exec(part)?.[1]
    if (name !== undefined)
      found.set(name, (found.get(name) ?? '') + part.split(/^(?=(?:declare|interface|type|import) )/m)[0]!)
  }
  return found
}

test('the types that users build on', () => {
  const out = mkdtempSync(join(tmpdir(), 'deoxys-types-test-'))
  try {
    const flags = ['-p', 'scripts/tsconfig.dist.json', '--emitDeclarationOnly', '--outDir', out]
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...flags], {
      cwd: ROOT,
      stdio: 'pipe',
    })
    const report = ENTRIES.map((entry) => {
      const text = readFileSync(join(ROOT, 'packages', `${entry}.ts`), 'utf8')
      const own = declarationsOf(readFileSync(join(out, `${entry}.d.ts`), 'utf8'))
      const others = exportsOf(text).flatMap(({ file, names }) => {
        const declared = declarationsOf(readFileSync(join(out, dirname(entry), `${file}.d.ts`), 'utf8'))
        return names.map((name) => [name, declared.get(name)] as const)
      })
      const all = [...own, ...others].sort(([a], [b]) => (a < b ? -1 : 1))
      for (const [name, declaration] of all) expect(declaration, `${entry}: ${name}`).toBeDefined()
      return `## ${entry}\n\n${all.map(([, declaration]) => declaration!.trim()).join('\n')}\n`
    })
    expect(report.join('\n')).toMatchSnapshot()
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
})
