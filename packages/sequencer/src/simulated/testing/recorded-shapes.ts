import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = process.env['DEOXYS_SHARED'] ?? join(import.meta.dirname, '../../../../../../shared')
const DIR = join(ROOT, 'fixtures')

export const HAS_RECORDINGS = existsSync(DIR)

/** Says in a test's name why it was skipped. */
export const NEEDS_RECORDINGS = HAS_RECORDINGS ? '' : ' (skipped: needs the recordings, see DEOXYS_SHARED)'

/** Parsed. */
export function readRecording(path: string): unknown {
  return JSON.parse(readFileSync(join(DIR, path), 'utf8'))
}

export function listRecordings(folder: string): string[] {
  return readdirSync(join(DIR, folder)).map((name) => `${folder}/${name}`)
}
