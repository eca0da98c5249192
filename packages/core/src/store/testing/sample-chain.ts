import { createHash } from 'node:crypto'
import { type Felt, felt, feltFromNumber, NO_FELTS, packFelts, shortString, ZERO } from '../../base/felt.ts'
import type { BlockHeader } from '../../chain/block.ts'
import { encodeBlockFrame, encodeStateFrame } from '../../chain/frame.ts'
import type { Receipt } from '../../chain/receipt.ts'
import { normalizeFelts, normalizePairs, type StateDiff, type StateUpdate } from '../../chain/state-update.ts'
import type { Transaction } from '../../chain/transaction.ts'
import type { NewBlock, NewClass } from '../store-batch.ts'
import type { ChainIdentity, Head } from '../tables.ts'

export const SAMPLE_CHAIN: ChainIdentity = { name: 'sample', chainIds: [shortString('SAMPLE')] }

/** The state after a block, as maps of hex. */
export interface SampleState {
  readonly contracts: ReadonlyMap<string, SampleContract>
  /** class hash → compiled class hash */
  readonly compiled: ReadonlyMap<string, string>
  /** class hash → the block that declared it */
  readonly declared: ReadonlyMap<string, number>
}

export interface SampleContract {
  readonly classHash: string
  readonly nonce: string
  readonly storage: ReadonlyMap<string, string>
}

export interface SampleBlock {
  readonly number: number
  readonly head: Head
  readonly block: NewBlock
  readonly update: StateUpdate
  readonly transactions: readonly Transaction[]
  readonly classes: readonly (readonly [hash: Felt, definition: NewClass])[]
  readonly state: SampleState
}

/** 0x1 has storage and no class; the others are deployed when they are first touched. */
const SYSTEM_CONTRACT = felt(1)
export const ADDRESSES: readonly Felt[] = [SYSTEM_CONTRACT, ...[1, 2, 3, 4, 5].map((n) => randomFelt(`address ${n}`))]
/** Neighbours among them. */
export const SLOTS: readonly Felt[] = [felt(0), felt(1), felt(2), randomFelt('slot'), randomFelt('other slot')]
export const CLASSES: readonly Felt[] = [1, 2, 3, 4].map((n) => randomFelt(`class ${n}`))
const VALUES: readonly Felt[] = [ZERO, felt(1), felt(0xffff), felt(2n ** 64n), randomFelt('value')]

const EMPTY: SampleState = { contracts: new Map(), compiled: new Map(), declared: new Map() }

/** A block after `parent` that depends on nothing but it and `seed`. */
export function createBlock(parent: SampleBlock | undefined, seed: string): SampleBlock {
  const number = (parent?.number ?? -1) + 1
  const pick = (what: string, count: number) => pickNumber(`${seed}/${number}/${what}`, count)
  const before = parent?.state ?? EMPTY
  const stateDiff = createDiff(before, pick)
  const state = applyDiff(before, stateDiff, number)
  const hash = randomFelt(`hash ${seed} ${number} ${parent === undefined ? '' : hex(parent.head.hash)}`)
  const stateRoot = randomFelt(`root ${[...state.contracts.keys()]} ${seed} ${number}`)
  const transactions = Array.from({ length: pick('transactions', 4) }, (_, i) => createTransaction(seed, number, i))
  const header = createHeader({ number, hash, stateRoot, parentHash: parent?.head.hash ?? ZERO }, transactions.length)
  const update = { blockHash: hash, newRoot: stateRoot, oldRoot: parent?.head.stateRoot ?? ZERO, stateDiff }
  const blockFrame = encodeBlockFrame({ header, transactions, receipts: transactions.map(() => RECEIPT) })
  return {
    number,
    head: { number, hash, stateRoot, version: header.version },
    block: {
      header,
      blockFrame,
      stateFrame: encodeStateFrame(update),
      transactionHashes: transactions.map((transaction) => transaction.hash),
    },
    update,
    transactions,
    classes: newClasses(before, state).map((classHash) => [classHash, createClass(classHash, number)] as const),
    state,
  }
}

/** `count` blocks on top of `blocks`. */
export function extendChain(blocks: readonly SampleBlock[], count: number, seed: string): SampleBlock[] {
  const chain = [...blocks]
  for (let i = 0; i < count; i++) chain.push(createBlock(chain.at(-1), seed))
  return chain
}

function createDiff(before: SampleState, pick: (what: string, count: number) => number): StateDiff {
  const deployed: Felt[] = []
  const replaced: Felt[] = []
  const declared: Felt[] = []
  const migrated: Felt[] = []
  const cairo0: Felt[] = []
  const nonces: Felt[] = []
  const storage: { address: Felt; entries: Felt }[] = []
  CLASSES.forEach((classHash, i) => {
    if (pick(`declare ${i}`, 3) > 0) return
    const compiled = randomFelt(`compiled ${i} ${pick(`compiled ${i}`, 100)}`)
    if (i === 0) {
      if (!before.declared.has(hex(classHash))) cairo0.push(classHash)
    } else if (before.declared.has(hex(classHash))) migrated.push(classHash, compiled)
    else declared.push(classHash, compiled)
  })
  ADDRESSES.forEach((address, i) => {
    if (pick(`touch ${i}`, 3) > 0) return
    const isNew = !before.contracts.has(hex(address)) && address !== SYSTEM_CONTRACT
    if (isNew) deployed.push(address, CLASSES[pick(`class ${i}`, CLASSES.length)]!)
    if (address !== SYSTEM_CONTRACT && pick(`replace ${i}`, 3) === 0) {
      replaced.push(address, CLASSES[pick(`new class ${i}`, CLASSES.length)]!)
    }
    if (address !== SYSTEM_CONTRACT && pick(`nonce ${i}`, 2) === 0) {
      nonces.push(address, feltFromNumber(1 + pick(`nonce value ${i}`, 300)))
    }
    const slots = SLOTS.filter((_, j) => pick(`write ${i} ${j}`, 2) === 0)
    const entries = slots.flatMap((slot, j) => [slot, VALUES[pick(`value ${i} ${j}`, VALUES.length)]!])
    if (entries.length > 0) storage.push({ address, entries: normalizePairs(packFelts(entries)) })
  })
  return {
    deployedContracts: normalizePairs(packFelts(deployed)),
    replacedClasses: normalizePairs(packFelts(replaced)),
    declaredClasses: normalizePairs(packFelts(declared)),
    migratedClasses: normalizePairs(packFelts(migrated)),
    deprecatedDeclaredClasses: normalizeFelts(packFelts(cairo0)),
    nonces: normalizePairs(packFelts(nonces)),
    storage: storage.sort((a, b) => Buffer.compare(a.address, b.address)),
  }
}

function applyDiff(before: SampleState, diff: StateDiff, number: number): SampleState {
  const contracts = new Map(before.contracts)
  const change = (address: Felt, part: Partial<SampleContract>): void => {
    const old = contracts.get(hex(address)) ?? { classHash: hex(ZERO), nonce: hex(ZERO), storage: new Map() }
    contracts.set(hex(address), { ...old, ...part })
  }
  for (const [address, classHash] of pairsOf(diff.deployedContracts)) change(address, { classHash: hex(classHash) })
  for (const [address, classHash] of pairsOf(diff.replacedClasses)) change(address, { classHash: hex(classHash) })
  for (const [address, nonce] of pairsOf(diff.nonces)) change(address, { nonce: hex(nonce) })
  for (const { address, entries } of diff.storage) {
    const storage = new Map(contracts.get(hex(address))?.storage)
    for (const [slot, value] of pairsOf(entries)) storage.set(hex(slot), hex(value))
    change(address, { storage })
  }
  const compiled = new Map(before.compiled)
  const declared = new Map(before.declared)
  for (const [classHash, leaf] of [...pairsOf(diff.declaredClasses), ...pairsOf(diff.migratedClasses)]) {
    compiled.set(hex(classHash), hex(leaf))
    if (!declared.has(hex(classHash))) declared.set(hex(classHash), number)
  }
  for (const [classHash] of pairsOf(diff.deprecatedDeclaredClasses, 32)) declared.set(hex(classHash), number)
  return { contracts, compiled, declared }
}

function newClasses(before: SampleState, after: SampleState): Felt[] {
  return [...after.declared.keys()].filter((name) => !before.declared.has(name)).map((name) => felt(`0x${name}`))
}

function createClass(hash: Felt, declaredAt: number): NewClass {
  const isCairo0 = hash === CLASSES[0] || hex(hash) === hex(CLASSES[0]!)
  const body = Buffer.from(JSON.stringify({ program: hex(hash), padding: 'x'.repeat(pickNumber(hex(hash), 500)) }))
  return { kind: isCairo0 ? 'cairo0' : 'sierra', declaredAt, isVerified: !isCairo0, body }
}

/** Few different first halves, so that hashes collide in the index; and some hashes occur in several blocks. */
function createTransaction(seed: string, number: number, index: number): Transaction {
  const name = index === 3 ? `twice ${seed}` : `${seed} ${number} ${index}`
  const hash = randomFelt(`transaction ${name}`)
  hash.set(randomFelt(`prefix ${pickNumber(name, 3)}`).subarray(0, 8))
  const calldata = packFelts(Array.from({ length: pickNumber(name, 20) }, (_, i) => randomFelt(`${name} ${i}`)))
  return {
    type: 'invoke',
    version: 0,
    hash,
    contractAddress: ADDRESSES[1]!,
    entryPointSelector: felt(7),
    calldata,
    maxFee: ZERO,
    signature: NO_FELTS,
  }
}

const RECEIPT: Receipt = { actualFee: ZERO, events: [], messages: [], revertError: undefined, resources: undefined }

function createHeader(
  names: Pick<BlockHeader, 'number' | 'hash' | 'parentHash' | 'stateRoot'>,
  transactionCount: number,
): BlockHeader {
  const price = { wei: felt(1), fri: felt(2) }
  return {
    ...names,
    timestamp: 1_700_000_000 + names.number,
    sequencerAddress: felt(5),
    version: '0.13.2',
    l1DataMode: 'BLOB',
    l1GasPrice: price,
    l1DataGasPrice: price,
    l2GasPrice: price,
    transactionCommitment: randomFelt('transactions'),
    eventCommitment: ZERO,
    receiptCommitment: ZERO,
    stateDiffCommitment: ZERO,
    stateDiffLength: 0,
    transactionCount,
    eventCount: 0,
    signature: undefined,
  }
}

function* pairsOf(bytes: Uint8Array, stride = 64): Generator<[Felt, Felt]> {
  for (let at = 0; at < bytes.length; at += stride) yield [bytes.slice(at, at + 32), bytes.slice(at + 32, at + stride)]
}

/** Below 2^251, the same for the same name. */
export function randomFelt(name: string): Felt {
  const out = new Uint8Array(createHash('sha256').update(name).digest())
  out[0]! &= 7
  return out
}

/** 0 ≤ n < count, the same for the same name. */
export function pickNumber(name: string, count: number): number {
  return createHash('sha256').update(name).digest().readUInt32BE() % count
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
