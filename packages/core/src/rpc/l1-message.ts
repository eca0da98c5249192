import { countFelts, type Felts, feltAt, feltFromNumber, packFelts, ZERO } from '../base/felt.ts'
import type { L1Handler } from '../chain/transaction.ts'

/**
 * The words whose Keccak-256 names the message from L1 that the transaction consumes (protocol 9.4):
 *
 *     from ‖ to ‖ nonce ‖ selector ‖ length of payload ‖ payload
 *
 * Of the oldest messages, which have no nonce, the selector was the payload's first word:
 *
 *     from ‖ to ‖ 1 + length of payload ‖ selector ‖ payload
 */
export function l1MessageWords({ calldata, contractAddress, entryPointSelector, nonce }: L1Handler): Felts {
  const from = calldata.length === 0 ? ZERO : feltAt(calldata, 0)
  const payload = calldata.subarray(from.length)
  const count = countFelts(payload)
  const call =
    nonce === undefined
      ? [feltFromNumber(1 + count), entryPointSelector]
      : [nonce, entryPointSelector, feltFromNumber(count)]
  return packFelts([from, contractAddress, ...call, payload])
}
