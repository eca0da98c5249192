import { createHash } from 'node:crypto'
import type { KeyValueSnapshot } from './engine.ts'
import type { Segments } from './segments.ts'
import { LOCATION_BYTES, PAYLOAD_LOCATION, TABLES } from './tables.ts'

/**
 * Hex of sha256 over the rows of every table that follows from the blocks alone (`Table.isChain`), in the order of
 * tables and keys; where a value names a payload, the payload takes the place of the location.
 */
export function computeDigest(snapshot: KeyValueSnapshot, segments: Segments): string {
  const digest = createHash('sha256')
  const add = (bytes: Uint8Array): void => {
    digest.update(lengthOf(bytes)).update(bytes)
  }
  for (const table of TABLES.filter(({ isChain }) => isChain)) {
    add(Buffer.from(table.name))
    for (const [key, value] of snapshot.range(table.number)) {
      const end = value.length - table.payloads * LOCATION_BYTES
      add(key)
      add(value.subarray(0, end))
      for (let at = end; at < value.length; at += LOCATION_BYTES) {
        add(segments.read(PAYLOAD_LOCATION.decode(value.subarray(at, at + LOCATION_BYTES))))
      }
    }
  }
  return digest.digest('hex')
}

function lengthOf(bytes: Uint8Array): Uint8Array {
  const out = Buffer.alloc(8)
  out.writeBigUInt64BE(BigInt(bytes.length))
  return out
}
