import type { Felt } from '@deoxys/core/protocol'
import type { Kernel } from '@deoxys/kernel'

const ADDRESS_BYTES = 20

/**
 * `0x` and 40 digits, a letter in upper case where the Keccak-256 of the lower-case digits has 8 or more (EIP-55).
 * Takes the last 20 bytes.
 */
export function checksumAddress(kernel: Kernel, address: Felt): string {
  const digits = Buffer.from(address.subarray(-ADDRESS_BYTES)).toString('hex')
  const hash = Buffer.from(kernel.keccak256(Buffer.from(digits), Uint32Array.of(digits.length))).toString('hex')
  return `0x${[...digits].map((digit, i) => (hash[i]! >= '8' ? digit.toUpperCase() : digit)).join('')}`
}
