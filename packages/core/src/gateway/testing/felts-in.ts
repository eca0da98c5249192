import { FELT_BYTES, hexFromFelts } from '../../base/felt.ts'

/** Every felt in a decoded value, however deep, as sorted `0x…`. */
export function feltsIn(value: unknown): string[] {
  return collect(value, (leaf) => (leaf instanceof Uint8Array ? hexFromFelts(leaf) : undefined)).sort()
}

/** Every felt in JSON, however deep, as sorted `0x…`; members named in `except` are left out. */
export function feltTextsIn(value: unknown, except: readonly string[] = []): string[] {
  return collect(value, (leaf) => (typeof leaf === 'string' ? [hexOfText(leaf)] : undefined), except).sort()
}

/** `0x1f`, `31` or 64 bare digits. Arithmetic of its own, so that it judges the decoders. */
export function hexOfText(text: string): string {
  const digits = text.startsWith('0x') || text.length !== 2 * FELT_BYTES ? text : `0x${text}`
  return `0x${BigInt(digits).toString(16)}`
}

function collect(
  value: unknown,
  read: (leaf: unknown) => readonly string[] | undefined,
  except: readonly string[] = [],
): string[] {
  const found = read(value)
  if (found !== undefined) return [...found]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => (except.includes(name) ? [] : collect(member, read, except)))
}
