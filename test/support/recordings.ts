import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Recorded answers of real gateways, kept outside the project; null where they are not at hand. */
export const RECORDINGS_DIR: string | null = (() => {
  const shared = process.env['DEOXYS_SHARED'] ?? fileURLToPath(new URL('../../../shared', import.meta.url))
  return existsSync(`${shared}/fixtures`) ? `${shared}/fixtures` : null
})()

/** For the name of a suite that is skipped without them. */
export const NEEDS_RECORDINGS = RECORDINGS_DIR === null ? ' (skipped: no recorded answers, see CONTRIBUTING.md)' : ''
