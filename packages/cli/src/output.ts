import { CodedError } from '@deoxys/core'
import { EXIT_BUG, exitCodeOf } from './exit-codes.ts'
import { oneLine } from './one-line.ts'

/** What a command says: results on stdout, all else on stderr. With `--json` stdout carries JSON lines alone. */
export class Output {
  isJson: boolean

  constructor(isJson: boolean) {
    this.isJson = isJson
  }

  /** One result: `json` as a line, or `text`. */
  result(json: object, text: string): void {
    process.stdout.write(`${this.isJson ? JSON.stringify(json) : text}\n`)
  }

  /** One clear line, and the exit code. */
  failure(error: unknown): number {
    const exitCode = exitCodeOf(error)
    const message = oneLine(error instanceof Error ? error.message : String(error))
    const hint = error instanceof CodedError && error.hint !== undefined ? `. ${error.hint}` : ''
    const detail = exitCode === EXIT_BUG && error instanceof Error ? `\n${error.stack}` : ''
    process.stderr.write(`deoxys: ${exitCode === EXIT_BUG ? 'internal error: ' : ''}${message}${hint}${detail}\n`)
    if (this.isJson) {
      const { code, ...data } = error instanceof CodedError ? error.data : { code: 'INTERNAL_ERROR' }
      process.stdout.write(`${JSON.stringify({ ok: false, error: { code, message: `${message}${hint}`, data } })}\n`)
    }
    return exitCode
  }
}
