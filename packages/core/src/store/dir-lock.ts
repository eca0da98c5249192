import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../base/errors.ts'

const LOCK_FILE = 'writer.lock'

/** Tries to take the lock: one, and one more for each dead lock in the way. After these, others are taking it as well. */
const ATTEMPTS_MAX = 5

/** Says that this process writes to a directory. The file holds the process id and when that process began. */
export class DirLock {
  readonly #path: string
  readonly #content: string

  private constructor(path: string, content: string) {
    this.#path = path
    this.#content = content
  }

  /**
   * Takes the lock, also one that a dead process left.
   * @throws InputError DATA_DIR_LOCKED with the `pid` of who has it @throws Error of the file system
   */
  static acquire(dir: string): DirLock {
    const path = join(dir, LOCK_FILE)
    const lock = new DirLock(path, describeProcess(process.pid))
    let holder: string | undefined
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      if (lock.#create()) return lock
      holder = readIfThere(path)
      if (holder === undefined) continue
      if (isAlive(holder)) break
      lock.#bury(holder)
    }
    throw lockedBy(dir, holder)
  }

  release(): void {
    if (readIfThere(this.#path) === this.#content) rmSync(this.#path, { force: true })
  }

  /** A file gets its name with its content in it, so that nobody sees an empty lock. */
  #create(): boolean {
    const draft = `${this.#path}.${process.pid}`
    writeFileSync(draft, this.#content)
    try {
      linkSync(draft, this.#path)
      return true
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      return false
    } finally {
      rmSync(draft, { force: true })
    }
  }

  /** Moves a dead lock out of the way. If another process has put a living one there meanwhile, it goes back. */
  #bury(dead: string): void {
    const grave = `${this.#path}.${process.pid}`
    try {
      renameSync(this.#path, grave)
      if (readIfThere(grave) !== dead) linkSync(grave, this.#path)
    } catch (error) {
      // Another process was faster: the lock is gone, or there is one again.
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error
    } finally {
      rmSync(grave, { force: true })
    }
  }
}

function lockedBy(dir: string, holder: string | undefined): InputError {
  const pid = Number.parseInt(holder ?? '', 10)
  return new InputError(
    `${dir} is in use by ${Number.isNaN(pid) ? 'another process' : `process ${pid}`}`,
    { code: 'DATA_DIR_LOCKED', dir, pid },
    { hint: 'Stop that process, or choose another data directory.' },
  )
}

/** False also for what is no lock: after a power cut the file may be empty. */
function isAlive(holder: string): boolean {
  const pid = Number.parseInt(holder, 10)
  if (Number.isNaN(pid) || describeProcess(pid) !== holder) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** The id, and where the system tells it the start: ids are used again, above all in containers. */
function describeProcess(pid: number): string {
  const boot = readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
  // Field 22; field 2 is a name in parentheses, which may have spaces in it.
  const status = readIfThere(`/proc/${pid}/stat`)
  const start = status?.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  return `${pid} ${start} ${boot}\n`
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
