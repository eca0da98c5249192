import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { blankOut, checkFile, type Manifest, type Manifests } from './tidy.ts'

const ROOT = join(import.meta.dirname, '..')

/** Files of the repository and new ones beside them; without git, all but what a build or an install puts there. */
function listFiles(): string[] {
  if (existsSync(join(ROOT, '.git'))) {
    const git = (...options: string[]) =>
      execFileSync('git', ['-c', 'safe.directory=*', 'ls-files', '-z', ...options], { cwd: ROOT, encoding: 'utf8' })
    const untracked = git('--others', '--exclude-standard', '--', 'packages', 'test', 'bench')
    const files = `${git('--cached')}${untracked}`.split('\0').filter((path) => path !== '')
    return files.filter((path) => existsSync(join(ROOT, path)))
  }
  const made = /(^|\/)(node_modules|dist|coverage|generated|\.deoxys)(\/|$)|\.(wasm|tgz)$/
  const walk = (dir: string): string[] =>
    readdirSync(join(ROOT, dir), { withFileTypes: true }).flatMap((entry) => {
      const path = dir === '' ? entry.name : `${dir}/${entry.name}`
      if (made.test(path)) return []
      return entry.isDirectory() ? walk(path) : [path]
    })
  return walk('')
}

function readManifest(dir: string): Manifest {
  const json: Record<string, Record<string, string> | undefined> = JSON.parse(
    readFileSync(join(ROOT, dir, 'package.json'), 'utf8'),
  )
  const names = (...fields: string[]) => new Set(fields.flatMap((field) => Object.keys(json[field] ?? {})))
  return {
    dependencies: names('dependencies', 'optionalDependencies', 'peerDependencies'),
    devDependencies: names('devDependencies'),
  }
}

function readManifests(): Manifests {
  const packages = readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}`)
  const dirs = ['', ...packages.filter((dir) => existsSync(join(ROOT, dir, 'package.json')))]
  return new Map(dirs.map((dir) => [dir, readManifest(dir)]))
}

const isBinary = (bytes: Buffer) => bytes.subarray(0, 8000).includes(0)

describe('the repository', () => {
  const files = listFiles()

  test('keeps the rules of the house', () => {
    const manifests = readManifests()
    const violations = files.flatMap((path) => {
      const bytes = readFileSync(join(ROOT, path))
      return isBinary(bytes) ? [] : checkFile({ path, text: bytes.toString() }, manifests)
    })
    expect(violations).toEqual([])
  })

  test('was looked at', () => {
    expect(files).toEqual(expect.arrayContaining(['package.json', 'packages/core/src/base/felt.ts', 'test/tidy.ts']))
    expect(files.some((path) => path.includes('node_modules/'))).toBe(false)
  })
})

const manifest = (dependencies: string[], devDependencies: string[] = []): Manifest => ({
  dependencies: new Set(dependencies),
  devDependencies: new Set(devDependencies),
})
const MANIFESTS: Manifests = new Map([
  ['', manifest([], ['vitest', 'ajv'])],
  ['packages/core', manifest(['@deoxys/kernel', '@deoxys/vm', 'lmdb'])],
  ['packages/kernel', manifest(['@deoxys/vm'], ['assemblyscript'])],
  ['packages/vm', manifest(['@deoxys/kernel'])],
  ['packages/sequencer', manifest(['@deoxys/core', '@deoxys/kernel'])],
  ['packages/cli', manifest(['@deoxys/core', '@deoxys/sequencer', '@deoxys/kernel', 'commander'])],
  ['packages/dashboard', manifest(['@deoxys/core'])],
])

const check = (path: string, text: string) => checkFile({ path, text }, MANIFESTS)
const from = (specifier: string) => `import { x } from '${specifier}'`
const typesFrom = (specifier: string) => `import type { X } from '${specifier}'`
const core = (path: string) => `packages/core/src/${path}`

/** Put together here, so that this file does not break the rules it shows. */
const joined = (...parts: string[]) => parts.join('')
const TS = '@ts'

/** The table of rooms once more, cell by cell, so that a slip in either is seen. */
const ROOM_NAMES = ['base', 'chain', 'trie', 'store', 'gateway', 'l1', 'sync', 'seal', 'execution', 'rpc']
const MAY_IMPORT: Record<string, string> = {
  base: '',
  chain: 'base kernel',
  trie: 'base chain kernel',
  store: 'base chain trie',
  gateway: 'base chain',
  l1: 'base chain',
  sync: 'base chain gateway kernel',
  seal: 'base chain kernel store trie',
  execution: 'base chain kernel store vm',
  rpc: 'base chain execution store trie',
}

describe('rooms', () => {
  test.each(ROOM_NAMES)('%s', (room) => {
    const specifiers = new Map([
      ...ROOM_NAMES.map((name) => [name, `../${name}/x.ts`] as const),
      ...['kernel', 'vm', 'sequencer'].map((name) => [name, `@deoxys/${name}`] as const),
      ...['node', 'index'].map((name) => [name, `../${name}.ts`] as const),
    ])
    const allowed = [...specifiers].filter(([, path]) => check(core(`${room}/a.ts`), from(path)).length === 0)
    const expected = [...MAY_IMPORT[room]!.split(' ').filter((name) => name !== ''), room]
    expect(allowed.map(([name]) => name).sort()).toEqual(expected.sort())
  })

  test('wiring may import them all', () => {
    for (const room of ROOM_NAMES) expect(check(core('node.ts'), from(`./${room}/x.ts`))).toEqual([])
    expect(check(core('node.ts'), from('@deoxys/vm'))).toEqual([])
    expect(check(core('node.ts'), from('@deoxys/sequencer'))).toHaveLength(2)
  })
})

describe('each rule is seen to fail', () => {
  test.each<[rule: string, path: string, text: string, message: string]>([
    ['unknown room', core('utils/x.ts'), from('../base/x.ts'), 'unknown room utils'],
    ['a file beside the rooms', core('helpers.ts'), '', 'unknown room helpers.ts'],
    ['unknown package', 'packages/extra/src/x.ts', '', 'unknown package extra'],
    ['a room not in the list', core('trie/x.ts'), from('../store/y.ts'), 'trie may import base, chain, kernel'],
    ['export from', core('l1/x.ts'), `export { y } from '../seal/y.ts'`, 'l1 may import'],
    ['export all', core('l1/x.ts'), `export * from '../seal/y.ts'`, 'l1 may import'],
    ['side effect', core('l1/x.ts'), `import '../seal/y.ts'`, 'l1 may import'],
    ['default and names', core('l1/x.ts'), `import z, { y } from '../seal/y.ts'`, 'l1 may import'],
    ['namespace', core('l1/x.ts'), `import * as y from "../seal/y.ts"`, 'l1 may import'],
    [
      'over several lines',
      core('l1/x.ts'),
      `\nimport {\n  y,\n  z,\n} from '../seal/y.ts'`,
      ':2: imports ../seal/y.ts',
    ],
    ['dynamic import', core('l1/x.ts'), `const y = await import('../seal/y.ts')`, 'l1 may import'],
    ['worker', core('l1/x.ts'), `new Worker(new URL('../seal/y.ts', import.meta.url))`, 'l1 may import'],
    ['types need the list too', core('l1/x.ts'), typesFrom('../seal/y.ts'), 'l1 may import'],
    ['values of a room open for types', core('sync/x.ts'), from('../seal/letter.ts'), 'sync may import'],
    ['an inline type is a value import', core('sync/x.ts'), `import { type X } from '../seal/y.ts'`, 'sync may import'],
    ['a room to the wiring', core('rpc/x.ts'), from('../node.ts'), 'rpc may import'],
    ['a package the room may not', core('store/x.ts'), from('@deoxys/kernel'), 'store may import base, chain, trie'],
    ['index.ts inside a package', core('node.ts'), from('./index.ts'), 'an index.ts inside its package'],
    ['the same in another package', 'packages/kernel/src/x.ts', from('./index.ts'), 'an index.ts'],
    ['the own package by name', 'packages/kernel/src/x.ts', from('@deoxys/kernel/reference'), 'its own package'],
    ['a test helper in the product', core('trie/x.ts'), from('./testing/model.ts'), 'a test helper'],
    ['cli to kernel', 'packages/cli/src/x.ts', from('@deoxys/kernel'), 'cli may import core, sequencer'],
    ['dashboard to a value', 'packages/dashboard/src/x.ts', from('@deoxys/core'), 'dashboard may import type:core'],
    ['kernel to anything', 'packages/kernel/src/x.ts', from('@deoxys/vm'), 'kernel may import nothing'],
    [
      'across packages by path',
      'packages/sequencer/src/x.ts',
      from('../../core/src/base/felt.ts'),
      'leaves its package',
    ],
    [
      'the same in a test',
      'packages/sequencer/src/x.test.ts',
      from('../../core/src/base/felt.ts'),
      'leaves its package',
    ],
    ['an undeclared dependency', core('store/x.ts'), from('pino'), 'not declared in the package.json of core'],
    ['with a scope and a path', core('store/x.ts'), from('@noble/hashes/sha2'), 'not declared'],
    ['a built-in without its prefix', core('store/x.ts'), from('fs'), 'not declared'],
    ['a development tool in the product', core('store/x.ts'), from('vitest'), 'not declared'],
    ['an undeclared one in a test', 'packages/vm/src/x.test.ts', from('lmdb'), 'not declared'],
    ['and across packages', 'test/x.test.ts', from('lmdb'), 'not declared in the package.json of the root'],
    ['length', core('base/x.ts'), 'x\n'.repeat(501), '501 lines'],
    ['length of a test', 'test/x.test.ts', 'x\n'.repeat(501), '501 lines'],
    ['any', core('base/x.ts'), 'let x: any', 'the type any'],
    ['any in brackets', core('base/x.ts'), 'const x = new Map<string, any>()', 'the type any'],
    ['any as a result', core('base/x.ts'), 'type F = () => any', 'the type any'],
    ['many of any', core('base/x.ts'), 'type F = (any[])', 'the type any'],
    ['as any', 'packages/vm/src/x.test.ts', 'f(x as any)', 'the type any'],
    ['any in a template', core('base/x.ts'), `\`a \${x as any} b\``, 'the type any'],
    ['ts-ignore', core('base/x.ts'), `// ${TS}-ignore`, 'ignore in source'],
    ['ts-nocheck', core('base/x.ts'), `// ${TS}-nocheck`, 'nocheck in source'],
    ['ts-expect-error', core('base/x.test.ts'), `// ${TS}-expect-error`, 'in source'],
    ['the linter told off', 'test/x.ts', joined('// biome', '-ignore lint: why'), 'in source'],
    ['arguments', core('node.ts'), 'f(process.argv)', 'process.argv outside the command line'],
    ['environment', 'packages/kernel/build.ts', 'f(process.env.X)', 'process.env outside'],
    ['by index', core('node.ts'), `f(process['env'])`, 'process[ outside'],
    ['taken apart', core('node.ts'), 'const { env } = process', 'process outside'],
    ['in a template', core('node.ts'), `\`\${process.env.X}\``, 'process.env outside'],
    ['signals', core('node.ts'), `process.once('SIGINT', stop)`, 'process.once outside'],
    ['imported', core('base/x.ts'), `import { env } from 'node:process'`, 'belongs to the command line'],
    ['a home', 'README.md', joined('see /ho', 'me/jane/notes'), 'own path'],
    ['a temporary folder', 'packages/core/src/base/x.ts', joined(`const dir = '/t`, `mp'`), 'own path'],
    ['a drive', 'package.json', joined('"C:', '\\\\Users"'), 'own path'],
  ])('%s', (_, path, text, message) => {
    const found = check(path, text)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(message)
    expect(found[0]!.startsWith(`${path}:`)).toBe(true)
  })
})

describe('what the rules allow', () => {
  test.each<[what: string, path: string, text: string]>([
    ['types where the list says so', core('sync/x.ts'), typesFrom('../seal/letter.ts')],
    ['types in several lines', core('sync/x.ts'), `import type {\n  X,\n} from '../seal/letter.ts'`],
    ['the room itself', core('trie/x.ts'), from('./y.ts')],
    ['a test in another room', core('base/x.test.ts'), from('../rpc/y.ts')],
    ['a helper of tests in another room', core('seal/testing/x.ts'), from('../../rpc/testing/y.ts')],
    ['a test of the public entry', core('index.test.ts'), from('./index.ts')],
    ['a test with a tool', core('store/x.test.ts'), from('vitest')],
    ['a build script with its tool', 'packages/kernel/build.ts', from('assemblyscript/asc')],
    [
      'across packages in test/',
      'test/e2e/x.test.ts',
      `${from('@deoxys/core')}\n${from('../packages/core/src/node.ts')}`,
    ],
    ['dashboard for types', 'packages/dashboard/src/x.ts', typesFrom('@deoxys/core')],
    ['a path of a package', 'packages/sequencer/src/x.ts', from('@deoxys/kernel/reference')],
    ['a dependency with a path', core('store/x.ts'), from('lmdb/x')],
    ['built-ins', core('store/x.ts'), from('node:fs/promises')],
    [
      'imports in comments and strings',
      core('l1/x.ts'),
      `// ${from('../rpc/x.ts')}\nconst s = "import('../rpc/x.ts')"`,
    ],
    ['imports in templates', core('l1/x.ts'), `const s = \`\n${from('../rpc/x.ts')}\n\``],
    ['a file that is not code', core('l1/x.ts'), `new URL('../../../x/', import.meta.url)`],
    ['500 lines', core('base/x.ts'), 'x\n'.repeat(500)],
    [
      'the word any',
      core('base/x.ts'),
      `/** any */ expect.any(Number); many(company); // any\nconst any = 'any'; f(any, any)`,
    ],
    ['the rest of process', core('base/x.ts'), 'process.memoryUsage(); process.hrtime.bigint()'],
    [
      'arguments in the command line',
      'packages/cli/src/main.ts',
      `process.on('SIGTERM', f); process.argv; process.env`,
    ],
    ['the environment in tests', core('trie/x.test.ts'), `process.env['DEOXYS_SHARED']`],
    ['AssemblyScript', 'packages/kernel/assembly/x.ts', `// ${TS}-ignore: decorator`],
    ['addresses with such words', 'README.md', joined('https://x.io/ho', 'me/x a/work/b ../work/x `x/tmp`')],
  ])('%s', (_, path, text) => expect(check(path, text)).toEqual([]))
})

test('blankOut keeps offsets, lines and code', () => {
  const text = `a('b"c') // d\n/* e\nf */ g = /["'\`]/.test(h) / 2 / \`i \${j} k\``
  const code = blankOut(text)
  expect(code).toBe(`a('   ')     \n    \n     g =        .test(h) / 2 / \`  \${j}  \``)
})
