/** The layouts that the calls of a kernel share: items of fixed size, or rows of given lengths one behind the other. */

/** The number of items. @throws RangeError where the bytes are not whole items. */
export function countItems(items: Uint8Array, itemBytes: number): number {
  if (items.length % itemBytes !== 0) throw new RangeError(`${items.length} bytes are not items of ${itemBytes}`)
  return items.length / itemBytes
}

/** @param lengths of the rows, in units of `unitBytes`. @throws RangeError where they do not add up to the bytes. */
export function checkTotal(bytes: Uint8Array, lengths: Uint32Array, unitBytes: number): void {
  let total = 0
  for (const length of lengths) total += length
  if (total * unitBytes !== bytes.length) {
    throw new RangeError(`${bytes.length} bytes for lengths that sum up to ${total * unitBytes}`)
  }
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}
