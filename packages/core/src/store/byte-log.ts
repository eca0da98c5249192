const BYTES_AT_START = 4096

/** Bytes one behind the other in memory that grows; offsets stay. */
export class ByteLog {
  /** Another after a `reserve` that made it grow. */
  bytes = new Uint8Array(BYTES_AT_START)
  length = 0

  /** Room for `count` bytes of any value; returns their offset. */
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

  add(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length)
    this.bytes.set(bytes, at)
  }
}
