import { readFileSync, statSync } from 'node:fs'
import { InputError } from '@deoxys/core'

/** The largest file that is read: above any answer a gateway gives. */
const FILE_BYTES_MAX = 256 * 2 ** 20

/** @throws InputError BAD_FILE */
export function readInputFile(path: string): Uint8Array {
  try {
    const stats = statSync(path)
    if (!stats.isFile()) throw badFile(path, 'is not a file')
    if (stats.size > FILE_BYTES_MAX) throw badFile(path, `has more than ${FILE_BYTES_MAX / 2 ** 20} MiB`)
    return readFileSync(path)
  } catch (error) {
    if (error instanceof InputError) throw error
    const { code } = error as NodeJS.ErrnoException
    throw badFile(path, code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`)
  }
}

function badFile(path: string, reason: string): InputError {
  return new InputError(`${path} ${reason}`, { code: 'BAD_FILE', path })
}
