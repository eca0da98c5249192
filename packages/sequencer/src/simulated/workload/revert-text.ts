import { hexFromFelt } from '@deoxys/core/protocol'
import type { FastRandom } from './fast-random.ts'

/** What went wrong, as an execution says it: contracts on the way to it, and a reason, of `length` characters together. */
export function revertText(random: FastRandom, length: number): string {
  let text = 'Transaction execution has failed:\n'
  for (let depth = 0; text.length < length; depth++) {
    const [contract, cls, selector] = [random.felt(), random.felt(), random.felt()].map((felt) => hexFromFelt(felt))
    text +=
      `${depth}: Error in the called contract (contract address: ${contract}, class hash: ${cls}, ` +
      `selector: ${selector}):\nExecution failed. Failure reason:\n`
  }
  return text.slice(0, length)
}
