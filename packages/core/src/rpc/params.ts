import { type Felt, type Felts, packFelts, parseFelt } from '../base/felt.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts'
import { RpcError } from './errors.ts'

/** One parameter: what a caller may write (`Json`), and what the method gets (`Value`). */
export interface Param<Value, Json> {
  /** What the value should be, for the error's text: "block_id is not …". */
  readonly expected: string
  /** Absent or null is undefined for the method, instead of an error. */
  readonly isOptional: boolean
  /** Undefined when `json`, which is not null, is something else. */
  decode(json: JsonValue): Value | undefined
  /** Never set: it carries the type. */
  readonly json?: Json
}

/** Name → parameter, in the order of their positions. */
export type ParamTable = Readonly<Record<string, Param<unknown, unknown>>>

type ValueOf<P> = P extends Param<infer Value, unknown> ? Value : never
type JsonOf<P> = P extends Param<unknown, infer Json> ? Json : never
type OptionalName<Table> = { [K in keyof Table]: undefined extends ValueOf<Table[K]> ? K : never }[keyof Table]

/** What a method gets: every parameter under its name. */
export type ValuesOf<Table> = { readonly [K in keyof Table]: ValueOf<Table[K]> }

/** What a caller writes by name. */
export type JsonParamsOf<Table> = { readonly [K in Exclude<keyof Table, OptionalName<Table>>]: JsonOf<Table[K]> } & {
  readonly [K in OptionalName<Table>]?: JsonOf<Table[K]>
}

/** Characters of a parameter's name that an error repeats. */
const NAME_CHARS_MAX = 80

/**
 * The parameters of a request, by position or by name, as the method gets them.
 * @throws RpcError INVALID_PARAMS, with a text that names the parameter
 */
export function decodeParams<Table extends ParamTable>(
  table: Table,
  given: readonly JsonValue[] | JsonObject,
): ValuesOf<Table> {
  const names = Object.keys(table)
  const byName = isJsonObject(given) ? given : nameParams(names, given)
  for (const name of Object.keys(byName)) {
    if (!Object.hasOwn(table, name)) throw invalid(`there is no parameter "${name.slice(0, NAME_CHARS_MAX)}"`)
  }
  const values = names.map((name) => [name, decodeParam(name, table[name]!, byName[name])] as const)
  // What the entries are, the table says.
  return Object.fromEntries(values) as ValuesOf<Table>
}

function nameParams(names: readonly string[], given: readonly JsonValue[]): JsonObject {
  if (given.length > names.length) {
    throw invalid(`there is no parameter at position ${names.length}: the method takes ${names.length}`)
  }
  return Object.fromEntries(given.map((json, i) => [names[i]!, json]))
}

function decodeParam(name: string, param: Param<unknown, unknown>, json: JsonValue | undefined): unknown {
  if (json === undefined || json === null) {
    if (param.isOptional) return undefined
    throw invalid(`${name} is missing`)
  }
  const value = param.decode(json)
  if (value === undefined) throw invalid(`${name} is not ${param.expected}`)
  return value
}

function invalid(detail: string): RpcError {
  return new RpcError('INVALID_PARAMS', detail)
}

export function optional<Value, Json>(param: Param<Value, Json>): Param<Value | undefined, Json | null> {
  return { expected: param.expected, isOptional: true, decode: param.decode }
}

/** A tag of `BLOCK_TAG`. */
export type BlockTag = 'latest' | 'l1_accepted' | 'pre_confirmed'

const BLOCK_TAGS: readonly BlockTag[] = ['latest', 'l1_accepted', 'pre_confirmed']

/** Which block is meant; `findBlock` finds it. */
export type BlockId = { readonly number: number } | { readonly hash: Felt } | BlockTag

export type BlockIdJson = { readonly block_number: number } | { readonly block_hash: string } | BlockTag

export const blockId: Param<BlockId, BlockIdJson> = {
  expected: 'a block id: {"block_number": n}, {"block_hash": "0x…"}, "latest", "l1_accepted" or "pre_confirmed"',
  isOptional: false,
  decode(json) {
    if (!isJsonObject(json)) return BLOCK_TAGS.find((tag) => tag === json)
    if (Object.keys(json).length !== 1) return undefined
    const number = decodeIndex(json['block_number'])
    if (number !== undefined) return { number }
    const hash = decodeFelt(json['block_hash'])
    return hash && { hash }
  },
}

/** Leading zeros and capitals are accepted. */
export const felt: Param<Felt, string> = {
  expected: 'a felt: 0x, at most 64 hex digits, below the prime',
  isOptional: false,
  decode: decodeFelt,
}

/** Compared as a number: read literally, the pattern of the specification refuses short keys that begin with 8 to f. */
export const storageKey: Param<Felt, string> = {
  expected: 'a storage key: 0x, at most 64 hex digits, below 2^251',
  isOptional: false,
  decode(json) {
    const key = decodeFelt(json)
    return key !== undefined && key[0]! < 8 ? key : undefined
  },
}

/** Packed. */
export const feltList: Param<Felts, readonly string[]> = {
  expected: 'a list of felts: 0x, at most 64 hex digits, below the prime',
  isOptional: false,
  decode(json) {
    if (!Array.isArray(json)) return undefined
    const felts = json.map(decodeFelt).filter((value) => value !== undefined)
    return felts.length === json.length ? packFelts(felts) : undefined
  },
}

/** An integer ≥ 0. Beyond 2^53 it may be rounded: nothing has such a number. */
export const index: Param<number, number> = {
  expected: 'an integer from 0',
  isOptional: false,
  decode: decodeIndex,
}

/** A list of names out of `names`. */
export function flags<const Flag extends string>(...names: readonly Flag[]): Param<readonly Flag[], readonly Flag[]> {
  const isFlag = (value: unknown): value is Flag => names.some((name) => name === value)
  return {
    expected: `a list of flags out of ${names.join(', ')}`,
    isOptional: false,
    decode: (json) => (Array.isArray(json) && json.every(isFlag) ? json : undefined),
  }
}

function decodeFelt(json: unknown): Felt | undefined {
  return typeof json === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(json) ? parseFelt(json) : undefined
}

function decodeIndex(json: unknown): number | undefined {
  const isIndex = typeof json === 'bigint' || (typeof json === 'number' && Number.isInteger(json))
  return isIndex && json >= 0 ? Number(json) : undefined
}
