import { createKernel } from '@deoxys/kernel'
import { expect, test } from 'vitest'
import { type Felt, felt, feltFromNumber, NO_FELTS, packFelts, ZERO } from '../base/felt.ts'
import { EMPTY_DIFF, pairs } from '../seal/testing/letters.ts'
import { receiptLeaf, stateDiffCommitment } from './commitment.ts'
import { runHashing } from './hashing.ts'

const kernel = await createKernel()

/** More than a call can have arguments. */
const MANY = 50_000

test('a receipt with very many messages', () => {
  const message = { fromAddress: felt(1), toAddress: felt(2), payload: NO_FELTS }
  const messages = Array(MANY).fill(message)
  const receipt = { actualFee: ZERO, events: [], messages, revertError: undefined, resources: undefined }
  const messagesHash = poseidon([felt(MANY), ...repeat([felt(1), felt(2), ZERO])])
  const leaf = poseidon([felt(7), ZERO, messagesHash, ZERO, ZERO, ZERO, ZERO])
  expect(runHashing(kernel, receiptLeaf(receipt, felt(7)))).toEqual(leaf)
})

test('a state difference with very many contracts', () => {
  const storage = Array.from({ length: MANY }, (_, i) => ({ address: feltFromNumber(i), entries: pairs([1, 2]) }))
  const hash = runHashing(kernel, stateDiffCommitment({ ...EMPTY_DIFF, storage }))
  const other = runHashing(kernel, stateDiffCommitment({ ...EMPTY_DIFF, storage: storage.slice(1) }))
  expect(hash).toHaveLength(32)
  expect(hash).not.toEqual(other)
})

function poseidon(felts: readonly Felt[]): Felt {
  return kernel.poseidonArrays(packFelts(felts), Uint32Array.of(felts.length))
}

function repeat<T>(items: readonly T[]): T[] {
  return Array.from({ length: MANY }, () => items).flat()
}
