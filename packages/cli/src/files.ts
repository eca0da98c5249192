import { readFileSync, statSync } from 'node:fs'
import { CodedError, DecodeError, InputError } from '@deoxys/core'

/** The largest file that is read: above any answer a gateway gives. */
const FILE_BYTES_MAX = 256 * 2 ** 20

/** A file does not hold what it should. */
export class FileContentError extends CodedError<{
  readonly code: 'MALFORMED_ANSWER'
  readonly file: string
  /** Where in it; empty for the whole. */
  readonly path: string
  readonly reason: string
}> {
  constructor(file: string, { data: { code, path, reason } }: DecodeError) {
    super(path === '' ? `${file} ${reason}` : `${file}: ${path} ${reason}`, { code, file, path, reason })
  }
}

/** Runs `use`, which decodes what is in `file`. @throws FileContentError in place of a DecodeError */
export function decodingFile<T>(file: string, use: () => T): T {
  try {
    return use()
  } catch (error) {
    throw error instanceof DecodeError ? new FileContentError(file, error) : error
  }
}

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
