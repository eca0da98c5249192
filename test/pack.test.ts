import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/**
 * What is published, as its users have it: the tarballs unpacked into an empty project, and beside them, of all packages,
 * only those they declare. Nothing is fetched: the others are links to the ones installed here.
 */

const ROOT = join(import.meta.dirname, '..')
const MODULES = join(ROOT, 'node_modules')
const VERSION: string = readManifest(join(ROOT, 'packages/cli')).version

/** What stands in the package.json of a tarball. */
interface Published {
  readonly version: string
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
}

function readManifest(folder: string): Published {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

const NAMES = ['@deoxys/kernel', '@deoxys/core', '@deoxys/sequencer', 'deoxys']
const project = mkdtempSync(join(tmpdir(), 'deoxys-pack-test-'))
const folderOf = (name: string) => join(project, 'node_modules', name)
const filesOf = (name: string) =>
  readdirSync(folderOf(name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

/** Plain Node in the project; what it prints. */
const runNode = (...args: string[]) =>
  execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()

const runModule = (source: string) => runNode('--input-type=module', '--eval', source)

function link(name: string): void {
  const target = folderOf(name)
  if (existsSync(target)) return
  mkdirSync(dirname(target), { recursive: true })
  symlinkSync(join(MODULES, name), target)
}

beforeAll(() => {
  const tarballs = runNode(join(ROOT, 'scripts/pack.ts'), '--out', join(project, 'tarballs')).split('\n')
  expect(tarballs).toHaveLength(NAMES.length)
  for (const [i, name] of NAMES.entries()) {
    mkdirSync(folderOf(name), { recursive: true })
    execFileSync('tar', ['-xzf', tarballs[i]!, '-C', folderOf(name), '--strip-components=1'])
  }
  for (const name of NAMES) Object.keys(readManifest(folderOf(name)).dependencies ?? {}).forEach(link)
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

describe.each(NAMES)('the tarball of %s', (name) => {
  test('holds what runs, and nothing of the workshop', () => {
    const files = filesOf(name).map((path) => path.slice(folderOf(name).length + 1))
    expect(files).toEqual(expect.arrayContaining(['package.json', 'LICENSE']))
    const known = /^(package\.json|LICENSE|README\.md|bin\/[\w-]+\.js|wasm\/[\w-]+\.wasm|dist\/[\w/-]+(\.js|\.d\.ts))$/
    expect(files.filter((path) => !known.test(path) || path.includes('testing/'))).toEqual([])
  })

  test('has a package.json for its users', () => {
    const manifest = readManifest(folderOf(name))
    expect(manifest.version).toBe(VERSION)
    for (const field of ['private', 'scripts', 'devDependencies']) expect(manifest).not.toHaveProperty(field)
    const entries = [
      ...Object.values(manifest.exports ?? {}).flatMap(Object.values),
      ...Object.values(manifest.bin ?? {}),
    ]
    expect(entries).not.toEqual([])
    expect(entries.filter((path) => !existsSync(join(folderOf(name), path)))).toEqual([])
  })

  test('names no TypeScript file at run time', () => {
    const code = filesOf(name).filter((path) => path.endsWith('.js'))
    expect(code.filter((path) => /['"`]\.{1,2}\/[^'"`\n]*\.ts['"`]/.test(readFileSync(path, 'utf8')))).toEqual([])
  })
})

test('the kernel hashes', () => {
  const hash = runModule(`
    import { createKernel } from '@deoxys/kernel'
    const pair = new Uint8Array(64)
    pair[31] = 1
    pair[63] = 2
    const kernel = await createKernel()
    console.log(Buffer.from(kernel.pedersenPairs(pair)).toString('hex'))
  `)
  expect(hash).toBe('05bb9440e27889a364bcb678b1f679ecd1347acdedcbf36e83494f857cc58026')
})

test('every entry can be imported', () => {
  for (const name of NAMES) {
    const entries = Object.keys(readManifest(folderOf(name)).exports ?? {})
    for (const entry of entries) {
      expect(runModule(`console.log(Object.keys(await import('${name}${entry.slice(1)}')).length > 0)`)).toBe('true')
    }
  }
})

test('the library has a node to start', () => {
  expect(runModule(`import { newFull } from '@deoxys/core'; console.log(typeof newFull)`)).toBe('function')
})

describe('the command', () => {
  const deoxys = (...args: string[]) => runNode(join(folderOf('deoxys'), 'bin/deoxys.js'), ...args)

  test('knows its version', () => expect(deoxys('--version')).toBe(VERSION))

  test('syncs the demo chain', () => {
    const done = deoxys(
      'run',
      '--network',
      'demo',
      '--until',
      '2',
      '--exit-when-synced',
      '--json',
      '--data-dir',
      'chain',
    )
    expect(JSON.parse(done)).toMatchObject({ ok: true, head: 2, blocks: 3 })
  })
})

test('the types hold for a strict user', () => {
  link('@types/node')
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    noEmit: true,
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['user.mts'] }))
  const user = (network: string) => `
    import { newFull, type NodeConfig } from '@deoxys/core'
    import { createKernel } from '@deoxys/kernel'
    import { FeederServer } from '@deoxys/sequencer'
    const config: NodeConfig = { network: ${network} }
    const kernel = await createKernel()
    export const hashes: Uint8Array = kernel.pedersenPairs(new Uint8Array(64))
    export const all = [await newFull(config), FeederServer]
  `
  const compile = (source: string) => {
    writeFileSync(join(project, 'user.mts'), source)
    return runNode(join(MODULES, 'typescript/bin/tsc'), '-p', project)
  }
  expect(compile(user(`'mainnet'`))).toBe('')
  expect(() => compile(user('5'))).toThrow()
})
