import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts'

/**
 * The text that a Cairo 0 class hash covers (protocol 6.1): what Python's `json.dumps(…, sort_keys=True)` makes of the
 * ABI and the program, with the program as its compiler of the day would have written it. ASCII.
 *
 * Takes values of `parseExactJson`, which bounds their depth; the keys of `program.hints` are decimal integers.
 */
export function canonicalClassText(abi: JsonValue, program: JsonObject): string {
  const hashed: { [key: string]: JsonValue } = { ...program, debug_info: null }
  const isBefore10 = isAbsent(program['compiler_version'])
  if (isBefore10) delete hashed['compiler_version']
  const attributes = cleanAttributes(program['attributes'])
  if (attributes === undefined) delete hashed['attributes']
  else hashed['attributes'] = attributes

  const programText = printMembers(hashed, sortedKeys(hashed), (value, key) => {
    if (key === 'hints' && isJsonObject(value)) return printMembers(value, numericKeys(value), print)
    return isBefore10 && (key === 'identifiers' || key === 'reference_manager') ? printTypes(value) : print(value)
  })
  return `{"abi": ${print(abi)}, "program": ${programText}}`
}

function isAbsent(value: JsonValue | undefined): boolean {
  return value === undefined || value === null
}

/** Fields that came with later compilers are left out where they say nothing; undefined when all of it says nothing. */
function cleanAttributes(attributes: JsonValue | undefined): JsonValue | undefined {
  if (!Array.isArray(attributes)) return attributes ?? undefined
  return attributes.length === 0 ? undefined : attributes.map(cleanAttribute)
}

function cleanAttribute(attribute: JsonValue): JsonValue {
  if (!isJsonObject(attribute)) return attribute
  const { accessible_scopes: scopes, flow_tracking_data: flow, ...rest } = attribute
  const hasScopes = scopes !== undefined && !(Array.isArray(scopes) && scopes.length === 0)
  return {
    ...rest,
    ...(hasScopes && { accessible_scopes: scopes }),
    ...(!isAbsent(flow) && { flow_tracking_data: flow }),
  }
}

/** `key` where the value is a member of an object. */
type Print = (value: JsonValue, key?: string) => string

/** Integers in full; fractions do not occur. */
function print(value: JsonValue): string {
  return printWith(print, value)
}

/** As compilers before 0.10 wrote it: named tuples with a space before the colon. */
const printTypes: Print = (value, key) => {
  if (typeof value === 'string' && (key === 'cairo_type' || key === 'value')) {
    return printString(value.replaceAll(': ', ' : ').replaceAll('  :', ' :'))
  }
  return printWith(printTypes, value)
}

function printWith(printMember: Print, value: JsonValue): string {
  if (typeof value === 'string') return printString(value)
  if (isJsonObject(value)) return printMembers(value, sortedKeys(value), printMember)
  if (typeof value !== 'object' || value === null) return String(value)
  return `[${value.map((item) => printMember(item)).join(', ')}]`
}

function printMembers(object: JsonObject, keys: readonly string[], printMember: Print): string {
  return `{${keys.map((key) => `${printString(key)}: ${printMember(object[key]!, key)}`).join(', ')}}`
}

/** Native escapes are Python's, but for U+007F and above: `\u` and four digits for each code unit. */
function printString(text: string): string {
  const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(text).replace(/[\x7f-\uffff]/g, escapeUnit)
}

function numericKeys(object: JsonObject): string[] {
  return Object.keys(object).sort((a, b) => Number(a) - Number(b))
}

/** By code point, as Python compares: not by code unit, which puts surrogate pairs before U+E000. */
function sortedKeys(object: JsonObject): string[] {
  const keys = Object.keys(object)
  return keys.some((key) => /[\ud800-\udfff]/.test(key)) ? keys.sort(compareCodePoints) : keys.sort()
}

function compareCodePoints(a: string, b: string): number {
  const [left, right] = [codePoints(a), codePoints(b)]
  const at = left.findIndex((point, i) => point !== right[i])
  return at < 0 ? 0 : left[at]! - right[at]!
}

/** With an end below all others. */
function codePoints(text: string): number[] {
  return [...Array.from(text, (char) => char.codePointAt(0)!), -1]
}
