/** `JSON.stringify` that prints `bigint` as an integer. */
export function printJson(value: unknown): string {
  return JSON.stringify(value, printBigint)
}

/** Of all Node versions this package runs on; the compiler's library does not have it yet. */
const { rawJSON } = JSON as JSON & { rawJSON(text: string): unknown }

function printBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? rawJSON(String(value)) : value
}

/**
 * The members of the object that `text` spells, each value as the exact text it has there; of members with one name the
 * last. The text must be the JSON of an object.
 */
export function splitMembers(text: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>()
  let depth = 0
  let name: string | undefined
  let start = 0
  const close = (end: number) => {
    if (name !== undefined) members.set(name, text.slice(start, end).trim())
    name = undefined
  }
  for (let i = 0; i < text.length; ) {
    const char = text[i]
    const next = char === '"' ? endOfString(text, i) : i + 1
    if (char === '"' && depth === 1 && name === undefined) {
      name = JSON.parse(text.slice(i, next)) as string
      start = text.indexOf(':', next) + 1
    } else if (char === '{' || char === '[') {
      depth += 1
    } else if (char === '}' || char === ']') {
      depth -= 1
      if (depth === 0) close(i)
    } else if (char === ',' && depth === 1) {
      close(i)
    }
    i = next
  }
  return members
}

/** Behind the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = start + 1
  while (text[end] !== '"') {
    if (end >= text.length) throw new SyntaxError('a string has no end')
    end += text[end] === '\\' ? 2 : 1
  }
  return end + 1
}
