import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

/**
 * Makes the tarballs to publish: `node scripts/pack.ts --out DIR`, then `npm publish FILE` for each it prints, in order.
 *
 *     packages/<name>/src ── tsc ──► dist ─────────────┐
 *     package.json ── entries moved to dist ───────────┼─► staging folder ── npm pack ──► DIR/<name>-<version>.tgz
 *     what its `files` names, README.md, LICENSE ──────┘
 *
 * Node runs no TypeScript below node_modules, so what is published is JavaScript. The working tree is only read; its
 * packages are `private`, so that their sources cannot be published by mistake.
 */

const ROOT = resolve(import.meta.dirname, '..')

/** What packing reads of a package.json. */
interface Manifest {
  readonly name: string
  readonly version: string
  /** What ships: `src`, as `dist`, and folders that go as they are. */
  readonly files: readonly string[]
  /** Of sources: `./src/x.ts`. */
  readonly exports?: Readonly<Record<string, string>>
  /** Of plain JavaScript, which may import `../src/x.ts`. */
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
}

/** A folder of the workspace and its package.json. */
interface Package {
  readonly folder: string
  readonly manifest: Manifest
}

const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8'))

/** In the order of the workspace, which is the order to publish in: each after what it depends on. */
function readPackages(): Package[] {
  const { workspaces } = readJson<{ workspaces: string[] }>(join(ROOT, 'package.json'))
  return workspaces.map((folder) => ({ folder, manifest: readJson<Manifest>(join(ROOT, folder, 'package.json')) }))
}

/** One version for all, by which they name each other: what was tested together is installed together. */
function checkVersions(packages: readonly Package[]): void {
  const versions = new Map(packages.map(({ manifest }) => [manifest.name, manifest.version]))
  const version = packages[0]?.manifest.version
  for (const { manifest } of packages) {
    const named = Object.entries(manifest.dependencies ?? {}).filter(([name]) => versions.has(name))
    for (const [name, found] of [[manifest.name, manifest.version], ...named]) {
      if (found !== version) throw new Error(`${manifest.name}: ${name} ${found} beside version ${version}`)
    }
  }
}

/** Emits all packages at once, each to `<outDir>/<name of its folder>/src`. */
function compile(outDir: string): void {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const args = [tsc, '-p', join(ROOT, 'scripts/tsconfig.dist.json'), '--outDir', outDir]
  execFileSync(process.execPath, args, { stdio: ['ignore', process.stderr, process.stderr] })
}

/** `./src/x.ts` → what is emitted for it, for the type checker and for Node. */
function emittedEntry(source: string): { types: string; default: string } {
  const path = /^\.\/src\/(.+)\.ts$/.exec(source)?.[1]
  if (path === undefined) throw new Error(`not a source file: ${source}`)
  return { types: `./dist/${path}.d.ts`, default: `./dist/${path}.js` }
}

function publishedManifest(manifest: Manifest): object {
  const entries = Object.entries(manifest.exports ?? {}).map(([name, source]) => [name, emittedEntry(source)])
  return {
    ...manifest,
    private: undefined,
    scripts: undefined,
    devDependencies: undefined,
    files: manifest.files.map((name) => (name === 'src' ? 'dist' : name)),
    exports: manifest.exports && Object.fromEntries(entries),
    publishConfig: { access: 'public' },
  }
}

/** Lays out in `staged` what goes into the tarball of a package. */
function stage({ folder, manifest }: Package, emitted: string, staged: string): void {
  mkdirSync(staged, { recursive: true })
  for (const name of manifest.files) {
    const from = name === 'src' ? emitted : join(ROOT, folder, name)
    if (!existsSync(from)) throw new Error(`${folder}: no ${name}; npm ci builds what is not committed`)
    cpSync(from, join(staged, name === 'src' ? 'dist' : name), { recursive: true })
  }
  for (const bin of Object.values(manifest.bin ?? {})) {
    const text = readFileSync(join(staged, bin), 'utf8')
    writeFileSync(join(staged, bin), text.replace(/(['"])\.\.\/src\/([^'"]+)\.ts\1/g, '$1../dist/$2.js$1'))
  }
  const readme = join(ROOT, folder, 'README.md')
  if (existsSync(readme)) cpSync(readme, join(staged, 'README.md'))
  cpSync(join(ROOT, 'LICENSE'), join(staged, 'LICENSE'))
  writeFileSync(join(staged, 'package.json'), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`)
}

/** The tarballs, in the order to publish them in. */
function pack(outDir: string): string[] {
  const packages = readPackages()
  checkVersions(packages)
  mkdirSync(outDir, { recursive: true })
  const temporary = mkdtempSync(join(tmpdir(), 'deoxys-pack-'))
  try {
    const emitted = join(temporary, 'emitted')
    compile(emitted)
    const staged = packages.map((each, i) => {
      const folder = join(temporary, 'staged', `${i}`)
      stage(each, join(emitted, each.folder.replace(/^packages\//, ''), 'src'), folder)
      return folder
    })
    const args = ['pack', '--loglevel=error', '--pack-destination', outDir, ...staged]
    const names = execFileSync('npm', args, { cwd: temporary, encoding: 'utf8' })
    return names
      .trim()
      .split('\n')
      .map((name) => join(outDir, name))
  } finally {
    rmSync(temporary, { recursive: true })
  }
}

const { out } = parseArgs({ options: { out: { type: 'string' } } }).values
if (out === undefined) throw new Error('usage: node scripts/pack.ts --out DIR')
for (const tarball of pack(resolve(out))) process.stdout.write(`${tarball}\n`)
