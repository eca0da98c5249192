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
  /** The first line of stdout. @throws when the command ends before */
  line(): Promise<string>
  /** What the group of `pattern` finds in the log. @throws when the command ends before */
  logged(pattern: RegExp): Promise<string>
  readonly result: Promise<CliResult>
}

/** Starts `deoxys`; nothing of this process's `DEOXYS_…` environment reaches it. */
export function startCli(args: readonly string[], environment: Record<string, string> = {}): RunningCli {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DEOXYS_')))
  const child = spawn(process.execPath, [BIN, ...args], { env: { ...clean, ...environment } })
  let [stdout, stderr] = ['', '']
  const waiting = new Set<() => void>()
  const look = () => {
    for (const check of waiting) check()
  }
  child.stdout.on('data', (chunk) => {
    stdout += chunk
    look()
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
    look()
  })
  const result = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr, json: lastJson(stdout) }))
  })
  const find = (pattern: RegExp, text: () => string) =>
    new Promise<string>((resolve, reject) => {
      const check = () => {
        const found = pattern.exec(text())?.[1]
        if (found === undefined) return
        waiting.delete(check)
        resolve(found)
      }
      waiting.add(check)
      check()
      void result.then(() => reject(new Error(`deoxys ended: ${stderr}`)), reject)
    })
  const line = () => find(/^(.*)\n/, () => stdout)
  const logged = (pattern: RegExp) => find(pattern, () => stderr)
  return { process: child, line, logged, result }
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
