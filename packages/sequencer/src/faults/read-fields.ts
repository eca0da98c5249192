import { InputError } from '@deoxys/core'

/** The members of an object out of somebody's JSON file: each is looked at once, and none may be left over. */
export interface Fields {
  number(name: string, min: number, max: number): number
  integer(name: string, min: number, max: number): number
  text(name: string): string
  list(name: string): readonly unknown[]
  /** Two numbers, the second not below the first. */
  range(name: string, min: number, max: number): void
  oneOf<T extends string>(name: string, values: readonly T[]): T
  optionalOneOf(name: string, values: readonly string[]): void
  isList(name: string): boolean
  /** Does `read` where the member is there. */
  optional(name: string, read: () => unknown): void
  /** @throws InputError for a member that nobody asked for */
  end(): void
  fail(name: string, reason: string): never
}

/** @param place of the object, for errors @throws InputError BAD_FILE, as every method of the fields */
export function readFields(json: unknown, place: string): Fields {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new InputError(`${place} is not a JSON object`, { code: 'BAD_FILE', place })
  }
  const members: Readonly<Record<string, unknown>> = { ...json }
  const seen = new Set<string>()
  const take = (name: string): unknown => {
    seen.add(name)
    return members[name]
  }
  const fail = (name: string, reason: string): never => {
    throw new InputError(`${place}: ${name} ${reason}`, { code: 'BAD_FILE', place, name })
  }
  const fields: Fields = {
    number(name, min, max) {
      const value = take(name)
      if (typeof value !== 'number' || !(value >= min && value <= max))
        fail(name, `is not a number from ${min} to ${max}`)
      return Number(value)
    },
    integer(name, min, max) {
      const value = fields.number(name, min, max)
      return Number.isSafeInteger(value) ? value : fail(name, 'is not a whole number')
    },
    text(name) {
      const value = take(name)
      return typeof value === 'string' ? value : fail(name, 'is not a text')
    },
    list(name) {
      const value = take(name)
      return Array.isArray(value) ? value : fail(name, 'is not a list')
    },
    range(name, min, max) {
      const [first, last, ...rest] = fields.list(name).map(Number)
      const isRange = first !== undefined && last !== undefined && first >= min && last >= first && last <= max
      if (!isRange || rest.length > 0) fail(name, `is not two numbers from ${min} to ${max}, the smaller first`)
    },
    oneOf(name, values) {
      const value = take(name)
      return values.find((known) => known === value) ?? fail(name, `is none of ${values.join(', ')}`)
    },
    optionalOneOf: (name, values) => fields.optional(name, () => fields.oneOf(name, values)),
    isList: (name) => Array.isArray(members[name]),
    optional(name, read) {
      if (name in members) {
        seen.add(name)
        read()
      }
    },
    end() {
      const unknown = Object.keys(members).find((name) => !seen.has(name))
      if (unknown !== undefined) fail(unknown, 'is not known here')
    },
    fail,
  }
  return fields
}
