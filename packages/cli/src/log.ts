import type { Log } from '@deoxys/core'
import { pino } from 'pino'
import type { StatusLine } from './status-line.ts'

export interface LogOptions {
  readonly level: string
  readonly format: 'text' | 'json'
  readonly statusLine: StatusLine
}

const LEVELS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info ', 40: 'warn ', 50: 'error' }

/** Lines on stderr. */
export function createLog({ level, format, statusLine }: LogOptions): Log {
  const write = (line: string) => statusLine.writeAbove(format === 'json' ? line : `${textOf(line)}\n`)
  return pino({ level, base: null, messageKey: 'message' }, { write })
}

/** `12:34:56 warn  block 5 refused  check=block_hash expected=0x…` */
function textOf(line: string): string {
  const { level, time, message, ...fields } = JSON.parse(line)
  const clock = new Date(time).toISOString().slice(11, 19)
  const details = Object.entries(flatten(fields)).map(([key, value]) => `${key}=${value}`)
  return [`${clock} ${LEVELS[level] ?? level} ${message}`, ...details].join('  ')
}

/** Fields of an error come one by one, but for the message when it is the line's own. */
function flatten({ error, ...fields }: Record<string, unknown>): Record<string, unknown> {
  if (error === undefined) return fields
  if (typeof error !== 'object' || error === null) return { ...fields, error }
  const { message, ...data } = error as Record<string, unknown>
  return { ...fields, ...data, error: JSON.stringify(message) }
}
