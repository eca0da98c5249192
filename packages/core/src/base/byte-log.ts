const BYTES_AT_START = 4096

/** Bytes one behind the other in memory that grows: offsets stay, and views of `bytes` see what lay there when made. */
export class ByteLog {
  bytes = new Uint8Array(BYTES_AT_START)
  length = 0

  /** Room for `count` bytes, zero if they were never written to; returns their offset. `bytes` may be another after it. */
  reserve(count: number): number {
    const at = this.length
    this.length += count
    if (this.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.length, 2 * this.bytes.length))
      grown.set(this.bytes.subarray(0, at))
      this.bytes = grown
    }
    return at
  }

  /** Returns the offset of the copy. */
  add(bytes: Uint8Array): number {
    const at = this.reserve(bytes.length)
    this.bytes.set(bytes, at)
    return at
  }
}
