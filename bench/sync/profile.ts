import { type Profiler, type Runtime, Session } from 'node:inspector/promises'
import { fileURLToPath } from 'node:url'

/** Finer than the millisecond that V8 takes by itself. */
const SAMPLE_MICROSECONDS = 500

const TOP = 30

/** Where time goes, as the next optimiser asks. */
export type Room =
  | 'hashing'
  | 'hashing glue'
  | 'JSON, hex, decoding'
  | 'frame encoding'
  | 'trie'
  | 'sealing'
  | 'store'
  | 'HTTP, gunzip'
  | 'sync'
  | 'GC'
  | 'native'
  | 'other'

type CallFrame = Runtime.CallFrame
type ProfileNode = Profiler.ProfileNode

export interface FunctionTime {
  readonly name: string
  /** From the root of the repository, with the line. */
  readonly place: string
  readonly room: Room
  readonly seconds: number
}

export interface ProfileFigures {
  /** CPU seconds of the main thread, by room. */
  readonly rooms: Readonly<Partial<Record<Room, number>>>
  /** The functions with the most time of their own, the first of all. */
  readonly top: readonly FunctionTime[]
  readonly samples: number
}

/** Starts a profile of this thread; what it returns ends it. */
export async function startProfile(): Promise<() => Promise<Profiler.Profile>> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS })
  await session.post('Profiler.start')
  return async () => {
    const { profile } = await session.post('Profiler.stop')
    session.disconnect()
    return profile
  }
}

/**
 * Self time by room and by function.
 * @param cpuSeconds of the thread: samples are taken by the clock on the wall, which also runs while others have the core
 */
export function classify(profile: Profiler.Profile, cpuSeconds: number): ProfileFigures {
  const parents = new Map<number, ProfileNode>()
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  for (const node of profile.nodes) for (const child of node.children ?? []) parents.set(child, node)
  const self = selfTimes(profile)
  const busy = [...self].filter(([id]) => nodes.get(id)!.callFrame.functionName !== '(idle)')
  const scale = cpuSeconds / busy.reduce((sum, [, time]) => sum + time, 0)
  const rooms: Partial<Record<Room, number>> = {}
  const functions = new Map<string, FunctionTime>()
  for (const [id, time] of busy) {
    const path = pathOf(nodes.get(id)!, parents)
    const room = roomOf(path)
    const seconds = time * scale
    rooms[room] = (rooms[room] ?? 0) + seconds
    const { name, place } = nameOf(path, room)
    const key = `${name} ${place} ${room}`
    functions.set(key, { name, place, room, seconds: (functions.get(key)?.seconds ?? 0) + seconds })
  }
  const top = [...functions.values()].sort((a, b) => b.seconds - a.seconds).slice(0, TOP)
  return { rooms, top, samples: profile.samples?.length ?? 0 }
}

function selfTimes({ samples = [], timeDeltas = [] }: Profiler.Profile): Map<number, number> {
  const times = new Map<number, number>()
  samples.forEach((id, i) => {
    times.set(id, (times.get(id) ?? 0) + Math.max(0, timeDeltas[i + 1] ?? SAMPLE_MICROSECONDS))
  })
  return times
}

/** The frames of a node, the innermost first. */
function pathOf(node: ProfileNode, parents: ReadonlyMap<number, ProfileNode>): CallFrame[] {
  const path: CallFrame[] = []
  for (let at: ProfileNode | undefined = node; at !== undefined; at = parents.get(at.id)) path.push(at.callFrame)
  return path
}

const isWasm = ({ url }: CallFrame) => url.startsWith('wasm:')

/** The method of the kernel that WebAssembly ran for: between them lie private ones, and V8's step from JavaScript. */
const callerOf = (path: readonly CallFrame[]) =>
  path.find((frame) => !isWasm(frame) && !/^(#|js-to-wasm)/.test(frame.functionName))

/** Rooms by where a function is, the first that fits. Functions of none of these belong to whoever called them. */
const PLACES: readonly (readonly [RegExp, Room])[] = [
  [/packages\/core\/src\/gateway\/(client|exchange|rate|retry)\.ts$/, 'HTTP, gunzip'],
  [/packages\/core\/src\/gateway\//, 'JSON, hex, decoding'],
  [/packages\/core\/src\/chain\/(codec|frame|block|transaction|receipt|state-update)\.ts$/, 'frame encoding'],
  [/packages\/core\/src\/chain\/|packages\/kernel\//, 'hashing glue'],
  [/packages\/core\/src\/trie\//, 'trie'],
  [/packages\/core\/src\/seal\//, 'sealing'],
  [/packages\/core\/src\/store\/|node_modules\/(lmdb|msgpackr|ordered-binary)/, 'store'],
  [/packages\/core\/src\/(sync|node\.ts)/, 'sync'],
  [/node_modules\/undici\//, 'HTTP, gunzip'],
]

/** What node does by itself, where none of the project's functions called it. */
const NODE_HTTP =
  /^node:(zlib|net|stream|http|buffer|internal\/(streams|webstreams|http|net|stream_base|abort|event_target))/

function roomOf(path: readonly CallFrame[]): Room {
  const [self] = path
  if (self!.functionName === '(garbage collector)') return 'GC'
  if (self!.functionName === '(program)') return 'native'
  const caller = callerOf(path)
  if (isWasm(self!)) return caller?.functionName === 'parseFelts' ? 'JSON, hex, decoding' : 'hashing'
  if (caller?.functionName.startsWith('parseFelt')) return 'JSON, hex, decoding'
  for (const { url } of path) {
    const found = PLACES.find(([place]) => place.test(url))
    if (found !== undefined) return found[1]
  }
  return path.some(({ url }) => NODE_HTTP.test(url)) ? 'HTTP, gunzip' : 'other'
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Native functions have no place: theirs is that of the function that called them. */
function nameOf(path: readonly CallFrame[], room: Room): { readonly name: string; readonly place: string } {
  const self = path[0]!
  const name = self.functionName === '' ? '(anonymous)' : self.functionName
  if (isWasm(self)) {
    const caller = callerOf(path)
    return { name, place: `wasm, for ${caller?.functionName ?? '?'}` }
  }
  if (self.url !== '') return { name, place: placeOf(self) }
  const caller = path.find(({ url }) => url !== '' && !url.startsWith('wasm:'))
  return { name, place: caller === undefined || room === 'GC' ? 'native' : `native, for ${placeOf(caller)}` }
}

function placeOf({ url, lineNumber }: CallFrame): string {
  const path = url.startsWith('file:') ? fileURLToPath(url).replace(ROOT, '') : url
  return `${path}:${lineNumber + 1}`
}
