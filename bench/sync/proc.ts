import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What the kernel of the machine knows of this process. Linux only; elsewhere there is nothing to read. */

/** Seconds of CPU, by thread: `main`, `verify 0`, …, `seal`, and of those that node starts by itself, by their name. */
export type ThreadSeconds = Readonly<Record<string, number>>

/** Names of the node's own threads, as it gives them. */
const OWN = /^(verify \d+|seal)$/

/** Whether it is one thread, not all that node started under a name. */
export function isSingle(thread: string): boolean {
  return thread === 'main' || OWN.test(thread)
}

export function readThreads(): ThreadSeconds {
  const seconds: Record<string, number> = {}
  const owned = new Set<string>()
  for (const id of list('/proc/self/task')
    .map(Number)
    .sort((a, b) => a - b)) {
    const name = read(`/proc/self/task/${id}/comm`).trim()
    const nanoseconds = Number(read(`/proc/self/task/${id}/schedstat`).split(' ')[0])
    // What a library starts inside a thread has the name of that thread, and a higher id.
    const isOwn = id === process.pid || (OWN.test(name) && !owned.has(name))
    if (isOwn) owned.add(name)
    const key = id === process.pid ? 'main' : isOwn ? name : nameOfOther(name)
    seconds[key] = (seconds[key] ?? 0) + nanoseconds / 1e9
  }
  return seconds
}

/** V8Worker: compiling and collecting garbage on the side. libuv-worker: files, gunzip. */
function nameOfOther(name: string): string {
  if (name === 'V8Worker' || name === 'DelayedTaskSche') return 'V8 helpers'
  return name === 'libuv-worker' ? 'libuv pool' : 'other threads'
}

export function since(start: ThreadSeconds, end: ThreadSeconds): ThreadSeconds {
  return Object.fromEntries(Object.entries(end).map(([name, seconds]) => [name, seconds - (start[name] ?? 0)]))
}

export interface Memory {
  /** MiB: resident, of it anonymous, and the most that was ever resident. */
  readonly rss: number
  readonly anonymous: number
  readonly peak: number
}

export function readMemory(): Memory {
  const text = read('/proc/self/status')
  const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) / 1024
  return { rss: field('VmRSS'), anonymous: field('RssAnon'), peak: field('VmHWM') }
}

/** Bytes that this process had the disk write, or handed to the system by write calls. */
export function readWritten(field: 'write_bytes' | 'wchar'): number {
  return Number(new RegExp(`^${field}: (\\d+)`, 'm').exec(read('/proc/self/io'))?.[1] ?? 0)
}

/** Bytes of all files in `dir`, by kind: of the database file, and of the rest (segments). */
export function sizeOf(dir: string): { readonly database: number; readonly segments: number } {
  let [database, segments] = [0, 0]
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const { size } = statSync(join(entry.parentPath, entry.name))
    if (entry.name === 'data.mdb') database += size
    else segments += size
  }
  return { database, segments }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
