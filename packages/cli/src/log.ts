import type { Log } from '@deoxys/core'
import { pino } from 'pino'
import { oneLine } from './one-line.ts'
import type { StatusLine } from './status-line.ts'

export interface LogOptions {
  readonly level: string
  readonly format: 'text' | 'json'
  readonly statusLine: StatusLine
}

const LEVELS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info ', 40: 'warn ', 50: 'error' }

/** Lines on stderr. */
export function createLog({ level, format, statusLine }: LogOptions): Log {
  const write = (line: string) => statusLine.writeAbove(format === 'json' ? line : `${oneLine(textOf(line))}\n`)
  return pino({ level, base: null, messageKey: 'message' }, { write })
}

/** `12:34:56 warn  block 5 refused: transaction_hashes failed …  source=http://…  attempt=0` */
function textOf(line: string): string {
  const { level, time, message, error, ...fields } = JSON.parse(line)
  const clock = new Date(time).toISOString().slice(11, 19)
  const reason = error?.message ?? error
  const text = reason === undefined || reason === message ? message : `${message}: ${reason}`
  const details = Object.entries(fields).map(([key, value]) => `${key}=${value}`)
  return [`${clock} ${LEVELS[level] ?? level} ${text}`, ...details].join('  ')
}
