import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../bin/deoxys.js', import.meta.url))

export interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly process: ChildProcessWithoutNullStreams
  /** Resolves with the first line on stdout. @throws when the command ends without one */
  readonly firstLine: Promise<string>
  readonly ended: Promise<Ended>
}

/** Starts the command with `nodeFlags` before it. Of the environment it gets the PATH and `environment` alone. */
export function startDeoxys(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  nodeFlags: readonly string[] = [],
): Started {
  const env = { PATH: process.env['PATH'], ...environment }
  const child = spawn(process.execPath, [...nodeFlags, BIN, ...args], { env })
  const first = Promise.withResolvers<string>()
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => {
    stdout += chunk
    if (stdout.includes('\n')) first.resolve(stdout.slice(0, stdout.indexOf('\n')))
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }))
  })
  void ended.then(() => first.reject(new Error(`deoxys ended: ${stderr}`)))
  first.promise.catch(() => {}) // Whoever awaits it sees the error.
  return { process: child, firstLine: first.promise, ended }
}

export function runDeoxys(...args: Parameters<typeof startDeoxys>): Promise<Ended> {
  return startDeoxys(...args).ended
}

/** A Node flag that runs `source` before the command. */
export function before(source: string): string {
  return `--import=data:text/javascript,${encodeURIComponent(source)}`
}
