import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../packages/cli/bin/deoxys.js', import.meta.url))

export interface CliResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  /** The last line of stdout as JSON. */
  readonly json: unknown
}

export interface RunningCli {
  readonly process: ChildProcess
  /** Resolves with the first line of stdout that `accept` takes. @throws when the command ends before */
  line(accept?: (line: string) => boolean): Promise<string>
  readonly result: Promise<CliResult>
}

/** Starts `deoxys`; nothing of this process's `DEOXYS_…` environment reaches it. */
export function startCli(args: readonly string[], environment: Record<string, string> = {}): RunningCli {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DEOXYS_')))
  const child = spawn(process.execPath, [BIN, ...args], { env: { ...clean, ...environment } })
  let [stdout, stderr] = ['', '']
  const waiting = new Set<() => void>()
  child.stdout.on('data', (chunk) => {
    stdout += chunk
    for (const look of waiting) look()
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const result = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr, json: lastJson(stdout) }))
  })
  const line = (accept: (line: string) => boolean = () => true) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = stdout.split('\n').slice(0, -1).find(accept)
        if (found === undefined) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
      void result.then(() => reject(new Error(`deoxys ended: ${stderr}`)), reject)
    })
  return { process: child, line, result }
}

export function runCli(args: readonly string[], environment?: Record<string, string>): Promise<CliResult> {
  return startCli(args, environment).result
}

function lastJson(stdout: string): unknown {
  try {
    return JSON.parse(stdout.trimEnd().split('\n').at(-1)!)
  } catch {
    return undefined
  }
}
