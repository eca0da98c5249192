import {
  bigintFromFelt,
  countFelts,
  type Felt,
  FIELD_PRIME,
  feltFromBigint,
  feltFromNumber,
  NO_FELTS,
  packFelts,
  shortString,
  ZERO,
} from '../base/felt.ts'
import type { Era } from './era.ts'
import { all, type Hashing, hashPairs, keccak, pedersen, pedersenArray, poseidonArray } from './hashing.ts'
import type { Event, MessageToL1, Receipt } from './receipt.ts'
import { classLeaves, contractClasses, countPairs, normalizeFelts, type StateDiff } from './state-update.ts'
import { signatureOf, type Transaction } from './transaction.ts'

const TREE_HEIGHT = 64

/**
 * Root of the height-64 tree over leaves 0 … n − 1 (protocol 2.1, 5); zero without leaves.
 *
 * Keys are contiguous, so a level is a list and only its last node can lack a sibling. Such a node passes up as an
 * edge of zeros, hashed when it meets a sibling or the top.
 */
export function* commitmentRoot(hash: Era['commitments'], leaves: readonly Felt[]): Hashing<Felt> {
  if (leaves.length === 0) return ZERO
  const kind = hash === 'pedersen' ? 'pedersenPair' : 'poseidonPair'
  let level = leaves
  let height = 0
  let edgeLength = 0
  while (level.length > 1) {
    if (level.length % 2 === 0) {
      if (edgeLength > 0) level = [...level.slice(0, -1), yield* zeroEdge(kind, level.at(-1)!, edgeLength)]
      level = yield* hashPairs(kind, level)
      edgeLength = 0
    } else {
      const last = level.at(-1)!
      level = [...(yield* hashPairs(kind, level.slice(0, -1))), last]
      edgeLength += 1
    }
    height += 1
  }
  return yield* zeroEdge(kind, level[0]!, TREE_HEIGHT - height)
}

function* zeroEdge(kind: 'pedersenPair' | 'poseidonPair', child: Felt, length: number): Hashing<Felt> {
  const [hash] = yield* hashPairs(kind, [child, ZERO])
  return addMod(hash!, length)
}

function addMod(value: Felt, small: number): Felt {
  return feltFromBigint((bigintFromFelt(value) + BigInt(small)) % FIELD_PRIME)
}

/** Protocol 5.1. */
export function* transactionCommitment(era: Era, transactions: readonly Transaction[]): Hashing<Felt> {
  const leaves = yield* all(transactions.map((tx) => transactionLeaf(era, tx)))
  return yield* commitmentRoot(era.commitments, leaves)
}

export function* transactionLeaf(era: Era, tx: Transaction): Hashing<Felt> {
  const signature = signatureOf(tx)
  if (era.commitments === 'poseidon') {
    const hashed = signature.length === 0 && era.signatures === 'all, none as zero' ? ZERO : signature
    return yield* poseidonArray(tx.hash, hashed)
  }
  const counts = era.signatures === 'all' || tx.type === 'invoke'
  return yield* pedersen(tx.hash, yield* pedersenArray(counts ? signature : NO_FELTS))
}

/** Protocol 5.2: the events of the whole block in receipt order. */
export function* eventCommitment(
  era: Era,
  transactions: readonly Transaction[],
  receipts: readonly Receipt[],
): Hashing<Felt> {
  const formulas = receipts.flatMap((receipt, i) =>
    receipt.events.map((event) => eventLeaf(era, event, transactions[i]!.hash)),
  )
  return yield* commitmentRoot(era.commitments, yield* all(formulas))
}

export function* eventLeaf(era: Era, event: Event, transactionHash: Felt): Hashing<Felt> {
  const { fromAddress, keys, data } = event
  if (era.commitments === 'pedersen') {
    const [keysHash, dataHash] = yield* all([pedersenArray(keys), pedersenArray(data)])
    return yield* pedersenArray(fromAddress, keysHash!, dataHash!)
  }
  return yield* poseidonArray(
    fromAddress,
    transactionHash,
    feltFromNumber(countFelts(keys)),
    keys,
    feltFromNumber(countFelts(data)),
    data,
  )
}

/** Protocol 5.3. Hashed into blocks from 0.13.2 on; earlier blocks have it by the same formula, for RPC alone. */
export function* receiptCommitment(transactions: readonly Transaction[], receipts: readonly Receipt[]): Hashing<Felt> {
  const leaves = yield* all(receipts.map((receipt, i) => receiptLeaf(receipt, transactions[i]!.hash)))
  return yield* commitmentRoot('poseidon', leaves)
}

export function* receiptLeaf(receipt: Receipt, transactionHash: Felt): Hashing<Felt> {
  const messages = yield* messagesHash(receipt.messages)
  const revert = receipt.revertError === undefined ? ZERO : yield* keccak(Buffer.from(receipt.revertError))
  const gas = receipt.resources?.totalGas
  // The fifth slot is the L2 gas: zero in every version so far, whatever the receipt says.
  return yield* poseidonArray(
    transactionHash,
    receipt.actualFee,
    messages,
    revert,
    ZERO,
    feltFromNumber(gas?.l1Gas ?? 0),
    feltFromNumber(gas?.l1DataGas ?? 0),
  )
}

function messagesHash(messages: readonly MessageToL1[]): Hashing<Felt> {
  const parts = messages.flatMap(({ fromAddress, toAddress, payload }) => [
    fromAddress,
    toAddress,
    feltFromNumber(countFelts(payload)),
    payload,
  ])
  return poseidonArray(feltFromNumber(messages.length), packFelts(parts))
}

const STATE_DIFF = shortString('STARKNET_STATE_DIFF0')

/** Protocol 5.4. */
export function stateDiffCommitment(diff: StateDiff): Hashing<Felt> {
  const storage = diff.storage.flatMap(({ address, entries }) => [
    address,
    feltFromNumber(countPairs(entries)),
    entries,
  ])
  const contracts = contractClasses(diff)
  const classes = classLeaves(diff)
  const deprecated = normalizeFelts(diff.deprecatedDeclaredClasses)
  return poseidonArray(
    STATE_DIFF,
    feltFromNumber(countPairs(contracts)),
    contracts,
    feltFromNumber(countPairs(classes)),
    classes,
    feltFromNumber(countFelts(deprecated)),
    deprecated,
    ONE_MODE,
    L1_MODE,
    feltFromNumber(diff.storage.length),
    packFelts(storage),
    feltFromNumber(countPairs(diff.nonces)),
    diff.nonces,
  )
}

const ONE_MODE = feltFromNumber(1)
const L1_MODE = ZERO

/** `state_diff_length` (protocol 5.4): how many values the difference sets. */
export function stateDiffLength(diff: StateDiff): number {
  let entries = 0
  for (const { entries: written } of diff.storage) entries += countPairs(written)
  return (
    countPairs(contractClasses(diff)) +
    countPairs(classLeaves(diff)) +
    countFelts(diff.deprecatedDeclaredClasses) +
    countPairs(diff.nonces) +
    entries
  )
}
