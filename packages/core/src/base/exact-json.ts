import { isJsonObject, type JsonValue } from './json.ts'

/** Lists and objects within each other: what recursion over a parsed value may rely on. Recorded classes reach 10. */
export const JSON_DEPTH_MAX = 256

/** Of one integer: the digits that Python reads, which wrote the classes; reading them takes more than linear time. */
const INTEGER_CHARS_MAX = 4300

/** Integers of fewer digits are exact as they are. */
const LONG_DIGITS = 16

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** The mark of a quoted integer, as JSON writes it: the raw character may not stand in a JSON string. */
const MARK_ESCAPE = '\\u0001'
const MARK = 0x01

/**
 * `JSON.parse` that keeps every integer exact: as `number` up to 2^53 - 1, as `bigint` above, either sign. Fractions and
 * exponents are `number`s as always.
 *
 * Long integers are quoted, with a mark in front, for the native parser, and what bears the mark becomes `bigint`
 * afterwards. A string value that has the mark by itself is given a second one.
 *
 * @throws SyntaxError for what is not JSON, nests deeper than `JSON_DEPTH_MAX`, or has an integer beyond 4,300 characters.
 */
export function parseExactJson(text: string): JsonValue {
  const quoted = quoteLongIntegers(text)
  const value: JsonValue = JSON.parse(quoted)
  return quoted === text ? value : revive(value)
}

function quoteLongIntegers(text: string): string {
  let out = ''
  let copied = 0
  let depth = 0
  for (let i = 0; i < text.length; ) {
    const code = text.charCodeAt(i)
    const start = i
    if (code === QUOTE) {
      i = endOfString(text, i)
      if (text.startsWith(MARK_ESCAPE, start + 1) && !isKey(text, i)) {
        out += `${text.slice(copied, start + 1)}${MARK_ESCAPE}`
        copied = start + 1
      }
    } else if (startsNumber(code)) {
      i = endOfNumber(text, i)
      if (i - start >= LONG_DIGITS && isLongInteger(text.slice(start, i)) && !isKey(text, i)) {
        out += `${text.slice(copied, start)}"${MARK_ESCAPE}${text.slice(start, i)}"`
        copied = i
      }
    } else {
      depth += nesting(code)
      if (depth > JSON_DEPTH_MAX) throw new SyntaxError(`lists and objects nest deeper than ${JSON_DEPTH_MAX}`)
      i += 1
    }
  }
  return copied === 0 ? text : out + text.slice(copied)
}

/** Behind the string that begins at `start`; the end of the text when it is cut off. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end - 1
    while (text.charCodeAt(before) === BACKSLASH) before -= 1
    const isEscaped = (end - 1 - before) % 2 === 1
    if (!isEscaped) return end + 1
  }
  return text.length
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && continuesNumber(text.charCodeAt(end))) end += 1
  return end
}

/** `-` or a digit. */
function startsNumber(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2d
}

/** Also `+`, `.`, `E` and `e`: whatever ends elsewhere is not JSON, and the native parser says so. */
function continuesNumber(code: number): boolean {
  return startsNumber(code) || code === 0x2b || code === 0x2e || (code | 0x20) === 0x65
}

function isLongInteger(token: string): boolean {
  if (!/^-?[1-9][0-9]{15,}$/.test(token)) return false
  if (token.length > INTEGER_CHARS_MAX)
    throw new SyntaxError(`an integer is longer than ${INTEGER_CHARS_MAX} characters`)
  return true
}

const COLON = /[ \t\n\r]*:/y

/** Keys are not revived, and a number may not be one. */
function isKey(text: string, end: number): boolean {
  COLON.lastIndex = end
  return COLON.test(text)
}

/** +1 for `[` and `{`, -1 for `]` and `}`. */
function nesting(code: number): number {
  const folded = code | 0x20
  return folded === 0x7b ? 1 : folded === 0x7d ? -1 : 0
}

function revive(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.charCodeAt(0) === MARK ? unmark(value.slice(1)) : value
  if (isJsonObject(value)) {
    const members: { [key: string]: JsonValue } = value
    for (const key of Object.keys(members)) members[key] = revive(members[key]!)
    return members
  }
  return typeof value === 'object' && value !== null ? value.map(revive) : value
}

function unmark(text: string): JsonValue {
  if (text.charCodeAt(0) === MARK) return text
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text)
}
