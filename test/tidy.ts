import { posix } from 'node:path'

/**
 * The rules of the house that no other tool checks: who may import whom, how long a file may be, what only the command
 * line may touch. Each rule looks at one file at a time, as text, and knows the source by its shape, not by its grammar.
 */

export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string
  readonly text: string
}

/** Package names of a package.json: those its users get, and those only its developers have. */
export interface Manifest {
  readonly dependencies: ReadonlySet<string>
  readonly devDependencies: ReadonlySet<string>
}

/** By directory: `packages/core`, and `` for the root. */
export type Manifests = ReadonlyMap<string, Manifest>

/**
 * The rooms of packages/core/src and what each may import (ARCHITECTURE.md): rooms, and packages of this repository. A
 * name behind `type:` may be imported for its types alone. Tests may import anything in their package.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  chain: ['base', 'kernel'],
  trie: ['base', 'chain', 'kernel'],
  store: ['base', 'chain', 'trie'],
  gateway: ['base', 'chain'],
  l1: ['base', 'chain'],
  sync: ['base', 'chain', 'kernel', 'gateway', 'type:seal'],
  seal: ['base', 'chain', 'kernel', 'trie', 'store'],
  execution: ['base', 'chain', 'store', 'kernel', 'vm'],
  rpc: ['base', 'chain', 'trie', 'store', 'execution'],
}

/** Files beside the rooms: wiring, which may import them all. */
const WIRING = ['node.ts', 'inspect.ts', 'index.ts', 'protocol.ts']

/** The packages and which others each may import. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  vm: ['kernel'],
  core: ['kernel', 'vm'],
  sequencer: ['core', 'kernel'],
  cli: ['core', 'sequencer'],
  dashboard: ['type:core'],
}

const PACKAGE_NAMES: Readonly<Record<string, string>> = {
  '@deoxys/kernel': 'kernel',
  '@deoxys/vm': 'vm',
  '@deoxys/core': 'core',
  '@deoxys/sequencer': 'sequencer',
  '@deoxys/dashboard': 'dashboard',
  deoxys: 'cli',
}

/** Lines of a source file: what a reader holds in mind. */
const LINES_MAX = 500

/** The violations in one file, each `path:line: what is wrong`. */
export function checkFile(file: SourceFile, manifests: Manifests): string[] {
  const found = findMachinePaths(file.text)
  if (/\.[jt]s$/.test(file.path)) {
    const place = placeOf(file.path)
    found.push(...findLength(file.text), ...findUnknownPlace(place))
    // AssemblyScript is another language, which TypeScript has to be told to leave alone.
    if (!file.path.startsWith('packages/kernel/assembly/')) {
      const code = blankOut(file.text)
      found.push(...findEscapes(file.text, code), ...findProcessUse(code, place))
      for (const used of findImports(file.text, code)) found.push(...checkImport(used, place, manifests))
    }
  }
  return found.map(({ at, message }) => `${file.path}:${lineOf(file.text, at)}: ${message}`)
}

interface Violation {
  /** Offset in the text. */
  readonly at: number
  readonly message: string
}

/** Where a file lives, and so which rules it is under. */
interface Place {
  readonly path: string
  /** The folder under packages/; undefined outside. */
  readonly package: string | undefined
  /** In packages/core/src: the folder, or the name of a file beside the rooms. */
  readonly room: string | undefined
  /** A test, a bench or a helper of theirs. */
  readonly isTest: boolean
  /** Shipped with its package. */
  readonly isProduct: boolean
}

function placeOf(path: string): Place {
  const [top, name, src, room] = path.split('/')
  const isInPackage = top === 'packages'
  const isTest = /\.(test|bench)\.ts$/.test(path) || /(^|\/)(testing|test|bench)\//.test(path)
  return {
    path,
    package: isInPackage ? name : undefined,
    room: isInPackage && name === 'core' && src === 'src' ? room : undefined,
    isTest,
    isProduct: isInPackage && !isTest && (src === 'src' || src === 'bin'),
  }
}

function findLength(text: string): Violation[] {
  const lines = text.replace(/\n$/, '').split('\n').length
  return lines > LINES_MAX ? [{ at: 0, message: `${lines} lines, more than ${LINES_MAX}` }] : []
}

function findUnknownPlace({ package: name, room }: Place): Violation[] {
  if (name !== undefined && PACKAGES[name] === undefined) return [{ at: 0, message: `unknown package ${name}` }]
  const known = room === undefined || ROOMS[room] !== undefined || WIRING.includes(room.replace('.test.ts', '.ts'))
  return known ? [] : [{ at: 0, message: `unknown room ${room}` }]
}

/** `any` behind or before what stands by types alone; the linter knows the rest. */
const ANY =
  /(?:[:<|&]|=>|\bas|\bis|\bextends|\btype\s+[\w$]+\s*=)\s*any(?![\w$]|\s*[:(.])|(?<![.\w$])any\s*(?:\[\]|>|\|(?!\|)|&(?!&))/g

/** Ways round the type checker and the linter. */
function findEscapes(text: string, code: string): Violation[] {
  return [
    ...findAll(text, /@ts-(?:ignore|nocheck|expect-error)|biome-(?:ignore)/g, ([what]) => `${what} in source`),
    ...findAll(code, ANY, () => 'the type any'),
  ]
}

/** Arguments, environment and signals belong to the command line; whoever needs a value is given it. */
function findProcessUse(code: string, place: Place): Violation[] {
  if (place.package === undefined || place.package === 'cli' || place.isTest) return []
  const uses =
    /\bprocess\s*(?:\?\.|\.)\s*(?:argv\w*|execArgv|env|on|once|addListener|prependListener)\b|\bprocess\s*\[|\}\s*=\s*process\b/g
  return findAll(code, uses, ([what]) => `${what.replace(/^\W+/, '')} outside the command line`)
}

/** Absolute paths of the machine that wrote the text. */
function findMachinePaths(text: string): Violation[] {
  const paths =
    /(?<![\w.~/:}-])\/(?:home|Users|root|work|workspace|tmp|private|mnt)(?=\/|\b)[\w./-]*|\b[A-Z]:\\\\?[\w]+/g
  return findAll(text, paths, ([path]) => `the machine's own path ${path}`)
}

interface Import {
  readonly at: number
  readonly specifier: string
  readonly isTypeOnly: boolean
}

const IMPORTS = [
  // import … from '', export … from ''
  /^(?:import|export)(?<type>\s+type)?\s*(?:[\w$]+\s*,?\s*)?(?:\{[^{}]*\}|\*(?:\s*as\s+[\w$]+)?)?\s*from\s*['"](?<from> *)['"]/dgm,
  /^import\s*['"](?<from> *)['"]/dgm,
  /\b(?:import|require|import\.meta\.resolve|require\.resolve)\s*\(\s*['"`](?<from> *)['"`]/dg,
  /\bnew URL\(\s*['"`](?<from> *)['"`]\s*,\s*import\.meta\.url/dg,
]

/** The imports in a text whose strings are blank in `code`. Workers are imports too. */
function findImports(text: string, code: string): Import[] {
  return IMPORTS.flatMap((pattern) =>
    [...code.matchAll(pattern)].flatMap((match) => {
      const [start, end] = match.indices!.groups!['from']!
      const specifier = text.slice(start, end)
      const isFile = !match[0].startsWith('new URL') || /\.[jt]s$/.test(specifier)
      return isFile ? [{ at: match.index, specifier, isTypeOnly: match.groups!['type'] !== undefined }] : []
    }),
  )
}

function checkImport(used: Import, place: Place, manifests: Manifests): Violation[] {
  const { specifier } = used
  const isRelative = specifier.startsWith('.')
  const messages = isRelative ? checkRelative(used, place) : checkPackage(used, place, manifests)
  return messages.map((message) => ({ at: used.at, message: `imports ${specifier}: ${message}` }))
}

function checkRelative({ specifier, isTypeOnly }: Import, place: Place): string[] {
  if (place.package === undefined) return []
  const target = placeOf(posix.join(posix.dirname(place.path), specifier))
  if (target.package !== place.package) return ['leaves its package']
  if (place.isTest) return []
  if (target.isTest) return ['a test helper in the product']
  if (posix.basename(target.path) === 'index.ts') return ['an index.ts inside its package']
  if (place.room === undefined || WIRING.includes(place.room) || target.room === place.room) return []
  const allowed = ROOMS[place.room]
  // A room nobody knows is one violation, not one for each import.
  if (allowed === undefined) return []
  return isAllowed(allowed, target.room ?? target.path, isTypeOnly, `${place.room} may import`)
}

function checkPackage({ specifier, isTypeOnly }: Import, place: Place, manifests: Manifests): string[] {
  if (specifier === 'node:process' || specifier === 'process') {
    return place.package === 'cli' || place.isTest ? [] : ['the process belongs to the command line']
  }
  if (specifier.startsWith('node:')) return []
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const target = PACKAGE_NAMES[name]
  if (place.package === undefined) return target === undefined ? checkDeclared(name, place, manifests) : []
  if (target === place.package) return place.isTest ? [] : ['its own package']
  const undeclared = checkDeclared(name, place, manifests)
  if (target === undefined) return undeclared
  const ofRoom = place.isTest || place.room === undefined ? undefined : ROOMS[place.room]
  const who = ofRoom === undefined ? place.package : `${place.room}`
  const allowed = ofRoom ?? PACKAGES[place.package] ?? []
  return [...isAllowed(allowed, target, isTypeOnly, `${who} may import`), ...undeclared]
}

function isAllowed(allowed: readonly string[], target: string, isTypeOnly: boolean, rule: string): string[] {
  if (allowed.includes(target) || (isTypeOnly && allowed.includes(`type:${target}`))) return []
  return [`${rule} ${allowed.join(', ') || 'nothing'}`]
}

function checkDeclared(name: string, place: Place, manifests: Manifests): string[] {
  const root = manifests.get('')
  const own = place.package === undefined ? root : manifests.get(`packages/${place.package}`)
  if (own?.dependencies.has(name)) return []
  if (!place.isProduct && (own?.devDependencies.has(name) || root?.devDependencies.has(name))) return []
  return [`not declared in the package.json of ${place.package ?? 'the root'}`]
}

const TOKENS =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=(?:^|[=(,:[!&|?{};+]|\breturn|=>)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//gm

/** The text with comments, regular expressions and the insides of strings turned to blanks, each offset as before. */
export function blankOut(text: string): string {
  const blank = (part: string) => part.replace(/[^\n]/g, ' ')
  return text.replace(TOKENS, (token) => {
    const quote = token[0]!
    if (quote === '/') return blank(token)
    const inside = token.slice(1, -1)
    if (quote !== '`') return quote + blank(inside) + quote
    // What a template computes is code.
    const computed = inside.split(/((?<!\\)\$\{[^}]*\})/)
    return quote + computed.map((part, i) => (i % 2 === 1 ? part : blank(part))).join('') + quote
  })
}

function findAll(text: string, pattern: RegExp, message: (match: RegExpExecArray) => string): Violation[] {
  return [...text.matchAll(pattern)].map((match) => ({ at: match.index, message: message(match) }))
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
