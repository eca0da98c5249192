import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BACKENDS, createKernel, type Kernel } from './index.ts'
import { lengthsOf, pack, pseudoRandomFelts } from './testing/felts.ts'

/** The package stands alone and runs in a browser, as it is and without a bundler. */

const ROOT = new URL('../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, ROOT))

test('there are no dependencies', () => {
  const manifest = JSON.parse(read('package.json').toString()) as Record<string, unknown>
  const fields = ['dependencies', 'optionalDependencies', 'peerDependencies'].filter((field) => field in manifest)
  expect(fields).toEqual([])
})

/** What a module loads at once. A dynamic import waits until it is wanted: of the reference, and of files in Node. */
function staticImports(path: string): string[] {
  const js = stripTypeScriptTypes(read(path).toString())
  const statements = js.matchAll(/^(?:import|export)\b(?:[\w\s{},*]*\bfrom\b)?\s*['"]([^'"]+)['"]/gm)
  return Array.from(statements, ([, specifier]) => specifier!)
}

test('the entry loads neither a module of Node nor the reference', () => {
  const loaded = new Set(['src/index.ts'])
  for (const path of loaded) {
    for (const specifier of staticImports(path)) {
      expect(specifier, path).toMatch(/^\.\.?\//)
      loaded.add(new URL(specifier, `file:///${path}`).pathname.slice(1))
    }
  }
  expect([...loaded]).toContain('src/wasm-kernel.ts')
  expect([...loaded]).not.toContain('src/reference.ts')
})

const felts = pseudoRandomFelts(60)
const arrays = [felts.slice(0, 5), [], felts.slice(5, 6), felts.slice(6, 60)]
const messages = [0, 1, 135, 136, 137, 300].map((length) => pack(felts).subarray(0, length))
const text = new TextEncoder().encode(felts.map((value) => `0x${value.toString(16)}`).join('\n'))

/** Sepolia-integration block 35748 (section 7 of the protocol reference), and the same with another r. */
const SIGNATURE = [
  0x1ea2a9cfa3df5297d58c0a04d09d276bc68d40fe64701305bbe2ed8f417e869n,
  0x45161746eecbeae297f45a1f407ab702310f4e52c5e9350ed6f542fa8e98413n,
  0x3e67cfbc5b179ba55a3b687228d8fe40626233f6691b4aabe308fcd6d71dcdbn,
  0x4e4856eb36dbd5f4a7dca29f7bb5232974ef1fb7eb5b597c58077174c294da1n,
]
const signatures = pack([...SIGNATURE, ...SIGNATURE.with(1, 5n)])

/** Each function with what it is called with; the second argument is of lengths. */
const CALLS: readonly (readonly [Exclude<keyof Kernel, 'backend'>, Uint8Array, Uint32Array?])[] = [
  ['pedersenPairs', pack(felts)],
  ['pedersenPairs', pack([1n, 2n])],
  ['pedersenArrays', pack(arrays.flat()), lengthsOf(arrays)],
  ['poseidonPermute', pack(felts)],
  ['poseidonPairs', pack(felts)],
  ['poseidonPairs', pack([1n, 2n])],
  ['poseidonArrays', pack(arrays.flat()), lengthsOf(arrays)],
  ['keccak256', new Uint8Array(Buffer.concat(messages)), lengthsOf(messages)],
  ['starknetKeccak', new TextEncoder().encode('ABC'), Uint32Array.of(3)],
  ['blake2sArrays', pack(arrays.flat()), lengthsOf(arrays)],
  ['blake2sArrays', pack([1n, 2n]), Uint32Array.of(2)],
  ['verifySignatures', signatures],
  ['parseFelts', text],
]

/** The vectors among the calls (1.2, 1.4, 1.5, 1.6, 7), by their place. */
const VECTORS = new Map([
  [1, '05bb9440e27889a364bcb678b1f679ecd1347acdedcbf36e83494f857cc58026'],
  [5, '05d44a3decb2b2e0cc71071f7b802f45dd792d064f0fc7316c46514f70f9891a'],
  [8, '01629b9dda060bb30c7908346f6af189c16773fa148d3366701fbaa35d54f3c8'],
  [10, '05534c03a14b214436366f30e9c77b6e56c8835de7dc5aee36957d4384cce66d'],
  [11, '0100'],
])

/** A browser that has not answered by then, even on a busy machine, never will. */
const BROWSER_TIMEOUT_MS = 60_000
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome']
const browser = BROWSERS.find((command) => spawnSync(command, ['--version']).status === 0)
/** It opens the one page, and asks nobody else for anything. */
const BROWSER_FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync', '--disable-extensions'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-default-apps'],
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
]

/** Runs in the page: all calls on one back end; the answer, or what was thrown, goes to the test. */
const PAGE = `<!doctype html><script type="module">
const toBytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const answer = { isIsolated: globalThis.crossOriginIsolated, hasNode: 'process' in globalThis }
try {
  const { createKernel } = await import('/src/index.ts')
  const { backend, calls } = await (await fetch('/calls')).json()
  const kernel = await createKernel(backend ? { backend } : {})
  answer.backend = kernel.backend
  answer.results = calls.map(([name, bytes, lengths]) =>
    toHex(kernel[name](toBytes(bytes), lengths && Uint32Array.from(lengths))))
} catch (error) {
  answer.error = String(error?.stack ?? error)
}
await fetch('/answer', { method: 'POST', body: JSON.stringify(answer) })
</script>`

interface Answer {
  readonly isIsolated: boolean
  readonly hasNode: boolean
  readonly backend?: string
  readonly results?: readonly string[]
  readonly error?: string
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += chunk
  return body
}

/** The page, the sources without their types, and the wasm; nothing else. */
function serveFile(path: string, response: ServerResponse): void {
  if (path === '/') response.setHeader('content-type', 'text/html').end(PAGE)
  else if (/^\/src\/[\w/-]+\.ts$/.test(path)) {
    response.setHeader('content-type', 'text/javascript').end(stripTypeScriptTypes(read(path.slice(1)).toString()))
  } else if (/^\/wasm\/[\w-]+\.wasm$/.test(path)) {
    response.setHeader('content-type', 'application/wasm').end(read(path.slice(1)))
  } else response.writeHead(404).end()
}

/** Opens the page in a browser of its own. @param isIsolated whether the page may have shared memory. */
async function runInBrowser(command: string, backend: string | undefined, isIsolated: boolean): Promise<Answer> {
  const profile = mkdtempSync(join(tmpdir(), 'deoxys-browser-'))
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const calls = CALLS.map(([name, bytes, lengths]) => [
    name,
    Buffer.from(bytes).toString('hex'),
    lengths && [...lengths],
  ])
  const server = createServer((request, response) => {
    if (isIsolated) {
      response.setHeader('cross-origin-opener-policy', 'same-origin')
      response.setHeader('cross-origin-embedder-policy', 'require-corp')
    }
    if (request.url === '/calls') response.end(JSON.stringify({ backend, calls }))
    else if (request.url === '/answer') {
      readBody(request).then((body) => resolve(JSON.parse(body) as Answer), reject)
      response.end()
    } else serveFile(request.url ?? '', response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const flags = [...BROWSER_FLAGS, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`]
  const child = spawn(command, flags, { stdio: 'ignore', timeout: BROWSER_TIMEOUT_MS })
  const exit = new Promise<void>((done) => child.once('exit', () => done()))
  exit.then(() => reject(new Error(`${command} ended without an answer`)))
  child.once('error', reject)
  try {
    return await promise
  } finally {
    child.kill()
    await exit
    server.closeAllConnections()
    server.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

const NEEDS =
  browser === undefined ? `skipped: needs one of ${BROWSERS.join(', ')} on the PATH` : 'in a headless browser'

describe.skipIf(browser === undefined)(NEEDS, async () => {
  const reference = await createKernel({ backend: 'reference' })
  const expected = CALLS.map(([name, bytes, lengths]) => {
    const call = reference[name] as (bytes: Uint8Array, lengths?: Uint32Array) => Uint8Array
    return Buffer.from(call(bytes, lengths)).toString('hex')
  })
  for (const [i, vector] of VECTORS) expect(expected[i]).toBe(vector)

  test.each([false, true])('the default back end; page isolated: %s', async (isIsolated) => {
    const answer = await runInBrowser(browser!, undefined, isIsolated)
    expect(answer).toEqual({ isIsolated, hasNode: false, backend: BACKENDS[0], results: expected })
  })

  test.each(BACKENDS.filter((backend) => backend !== 'reference'))('%s', async (backend) => {
    const answer = await runInBrowser(browser!, backend, false)
    expect(answer).toEqual({ isIsolated: false, hasNode: false, backend, results: expected })
  })
})
