/** What the gateway's JSON can say. Members that are undefined are left out. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonMembers

export interface JsonMembers {
  readonly [name: string]: Json | undefined
}

/** The text as the gateway writes it: a blank behind comma and colon, members in their order, integers in full. ASCII in. */
export function printJson(value: Json): string {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (isList(value)) return `[${value.map(printJson).join(', ')}]`
  const members: string[] = []
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) members.push(`${JSON.stringify(name)}: ${printJson(member)}`)
  }
  return `{${members.join(', ')}}`
}

function isList(value: readonly Json[] | JsonMembers): value is readonly Json[] {
  return Array.isArray(value)
}
