import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { parseExactJson } from '../base/exact-json.ts'
import { hexFromFelt, parseFelt } from '../base/felt.ts'
import { isJsonObject, type JsonObject } from '../base/json.ts'
import type { ClassKind } from '../store/tables.ts'
import { splitMembers } from './json-text.ts'
import type { Cairo0ClassJson, ClassJson, EntryPointsJson, SierraClassJson } from './spec-types.ts'

const compress = promisify(gzip)

/**
 * A class out of its exact stored text. Of a Cairo 0 class the program is the text as declared, compressed, so that
 * integers beyond 2^53, key order and spelling survive.
 * @throws Error when the text is no class: the store is damaged, or a bug
 */
export async function renderClass(kind: ClassKind, body: Uint8Array): Promise<ClassJson> {
  const members = splitMembers(Buffer.from(body.buffer, body.byteOffset, body.length).toString())
  return kind === 'sierra' ? renderSierra(members) : renderCairo0(members)
}

type Members = ReadonlyMap<string, string>

function renderSierra(members: Members): SierraClassJson {
  const abi = parse(members, 'abi')
  return {
    sierra_program: list(parse(members, 'sierra_program')).map(strictHex),
    contract_class_version: text(parse(members, 'contract_class_version')),
    entry_points_by_type: renderEntryPoints(members, ({ selector, function_idx }) => ({
      selector: strictHex(selector),
      function_idx: typeof function_idx === 'number' ? function_idx : fail('function index'),
    })),
    ...(typeof abi === 'string' && { abi }),
  }
}

async function renderCairo0(members: Members): Promise<Cairo0ClassJson> {
  const abi = parseExactJson(members.get('abi') ?? 'null')
  const program = await compress(members.get('program') ?? fail('program'))
  return {
    program: program.toString('base64'),
    entry_points_by_type: renderEntryPoints(members, ({ offset, selector }) => ({
      offset: hexOffset(offset),
      selector: strictHex(selector),
    })),
    ...(Array.isArray(abi) && { abi }),
  }
}

/** A list that is absent is empty. */
function renderEntryPoints<T>(members: Members, render: (entryPoint: JsonObject) => T): EntryPointsJson<T> {
  const lists = object(parse(members, 'entry_points_by_type'))
  const of = (type: string) => list(lists[type] ?? []).map((entry) => render(object(entry)))
  return { CONSTRUCTOR: of('CONSTRUCTOR'), EXTERNAL: of('EXTERNAL'), L1_HANDLER: of('L1_HANDLER') }
}

function parse(members: Members, name: string): unknown {
  return JSON.parse(members.get(name) ?? 'null')
}

/** As most texts are already. */
const STRICT_FELT = /^0x(0|[1-9a-f][0-9a-f]{0,62})$/

function strictHex(value: unknown): string {
  if (typeof value !== 'string') return fail('felt')
  return STRICT_FELT.test(value) ? value : hexFromFelt(parseFelt(value) ?? fail('felt'))
}

/** The gateway writes hex texts; compilers write integers too. */
function hexOffset(value: unknown): string {
  const isOffset = typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string'
  return isOffset ? `0x${BigInt(value).toString(16)}` : fail('offset')
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : fail('list')
}

function object(value: unknown): JsonObject {
  return isJsonObject(value) ? value : fail('object')
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : fail('text')
}

function fail(what: string): never {
  throw new Error(`a stored class has no ${what} where there should be one`)
}
