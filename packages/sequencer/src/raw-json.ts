/**
 * JSON as it was recorded. Cairo 0 class hashes depend on the text, and integers past 2^53 do not survive `JSON.parse`,
 * so answers are cut and joined as bytes.
 */

/** The bytes of one JSON text, UTF-8. Never written to after creation. */
export type RawJson = Uint8Array

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/**
 * The exact text of member `name` at the top level of an object: a view. Undefined when there is none, or when the text
 * up to there is no JSON object. `name` must need no escape.
 */
export function sliceMember(json: RawJson, name: string): RawJson | undefined {
  const wanted = Buffer.from(`"${name}"`)
  let at = skipBlanks(json, 0)
  if (json[at] !== OPEN_OBJECT) return undefined
  do {
    const key = skipBlanks(json, at + 1)
    if (json[key] !== QUOTE) return undefined
    const keyEnd = stringEnd(json, key)
    const colon = skipBlanks(json, keyEnd)
    if (json[colon] !== COLON) return undefined
    const value = skipBlanks(json, colon + 1)
    const end = valueEnd(json, value)
    if (end <= value || end > json.length) return undefined
    if (wanted.equals(json.subarray(key, keyEnd))) return json.subarray(value, end)
    at = skipBlanks(json, end)
  } while (json[at] === COMMA)
  return undefined
}

/** An object of the given members, each text as it stands. */
export function joinMembers(members: readonly (readonly [name: string, json: RawJson])[]): RawJson {
  const parts: Uint8Array[] = []
  for (const [name, json] of members) {
    parts.push(Buffer.from(`${parts.length === 0 ? '{' : ', '}${JSON.stringify(name)}: `), json)
  }
  return Buffer.concat([...parts, Buffer.from(members.length === 0 ? '{}' : '}')])
}

/** `json`, an object, with more members behind its own, each text as it stands. */
export function appendMembers(json: RawJson, members: readonly (readonly [name: string, json: RawJson])[]): RawJson {
  if (members.length === 0) return json
  let end = json.length - 1
  while (end > 0 && json[end] !== CLOSE_OBJECT) end -= 1
  let last = end - 1
  while (last > 0 && json[last]! <= 0x20) last -= 1
  const isEmpty = json[last] === OPEN_OBJECT
  const rest = joinMembers(members).subarray(1)
  return Buffer.concat([json.subarray(0, end), Buffer.from(isEmpty ? '' : ', '), rest])
}

function skipBlanks(json: RawJson, start: number): number {
  let at = start
  while (at < json.length && json[at]! <= 0x20) at += 1
  return at
}

/** The offset behind the string that starts at `start`; past the text when it is cut off. */
function stringEnd(json: RawJson, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
  return at + 1
}

/** The offset behind the value that starts at `start`; past the text when it is cut off. */
function valueEnd(json: RawJson, start: number): number {
  let at = start
  for (let depth = 0; at < json.length; ) {
    const byte = json[at]!
    if (byte === QUOTE) {
      at = stringEnd(json, at)
      continue
    }
    const closes = byte === CLOSE_OBJECT || byte === CLOSE_LIST
    // A string, number or word ends before what follows it, an object or list behind its own bracket.
    if (depth === 0 && (closes || byte === COMMA || byte <= 0x20)) return at
    at += 1
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1
    if (closes) depth -= 1
    if (closes && depth === 0) return at
  }
  return json.length + 1
}
