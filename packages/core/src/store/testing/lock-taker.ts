import { InputError } from '../../base/errors.ts'
import { DirLock } from '../dir-lock.ts'

/** A process that tries to take the lock of the directory it is given, says how it went, and holds it while connected. */
function take(dir: string): string {
  try {
    DirLock.acquire(dir)
    return 'taken'
  } catch (error) {
    if (error instanceof InputError) return error.code
    throw error
  }
}

process.send!(take(process.argv[2]!))
process.on('message', () => {})
