import { type Felt, feltFromBigint, isZero, ZERO } from '../../base/felt.ts'
import { classLeaves, contractClasses, eachPair, type StateDiff } from '../../chain/state-update.ts'
import { CLASSES_TRIE, CONTRACTS_TRIE } from '../../trie/node-source.ts'
import { CountingHasher } from '../../trie/testing/hashers.ts'
import { TrieBatch } from '../../trie/trie-batch.ts'
import type { Store } from '../store.ts'
import type { StoreBatch } from '../store-batch.ts'
import type { StoreView } from '../store-view.ts'
import type { ContractRecord } from '../tables.ts'
import { hex, type SampleBlock } from './sample-chain.ts'

/** What sealing does with a store, without its checks and with cheap hashes. All blocks in one batch, the head's next first. */
export function sealSample(store: Store, blocks: readonly SampleBlock[]): void {
  store.read((view) => sealOn(view, store, blocks))
}

function sealOn(view: StoreView, store: Store, blocks: readonly SampleBlock[]): void {
  const batch = store.beginBatch()
  const state = new SampleState(view, batch)
  for (const { number, block, update, classes, head } of blocks) {
    state.apply(number, update.stateDiff)
    batch.putBlock(block)
    batch.putVerification(number, number + 1)
    for (const [hash, definition] of classes) batch.putClass(hash, definition)
    batch.setHead(head)
  }
  state.finish(blocks.at(-1)!.number)
  batch.commit()
}

/** Takes the blocks back in one batch, the head first. */
export function unsealSample(store: Store, blocks: readonly SampleBlock[], parent: SampleBlock | undefined): void {
  store.read((view) => unsealOn(view, store, blocks, parent))
}

function unsealOn(
  view: StoreView,
  store: Store,
  blocks: readonly SampleBlock[],
  parent: SampleBlock | undefined,
): void {
  const batch = store.beginBatch()
  const state = new SampleState(view, batch)
  for (const { number, classes } of blocks) {
    state.revert(number, view.stateUpdateAt(number)!.stateDiff)
    batch.removeBlock(number)
    for (const [hash] of classes) batch.removeClass(hash)
  }
  batch.setHead(parent?.head)
  state.finish(parent?.number ?? -1)
  batch.commit()
}

class SampleState {
  readonly #view: StoreView
  readonly #batch: StoreBatch
  readonly #tries: TrieBatch
  /** By hex of the address. */
  readonly #contracts = new Map<string, { address: Felt; record: ContractRecord; isGone: boolean }>()

  constructor(view: StoreView, batch: StoreBatch) {
    this.#view = view
    this.#batch = batch
    this.#tries = new TrieBatch(view.pages, new CountingHasher())
  }

  apply(number: number, diff: StateDiff): void {
    for (const address of addressesOf(diff)) this.#open(address, number)
    for (const [address, classHash] of eachPair(contractClasses(diff))) {
      const { id } = this.#change(address, { classHash })
      this.#batch.addClassHashHistory(id, number, classHash)
    }
    for (const [address, nonce] of eachPair(diff.nonces)) {
      this.#batch.addNonceHistory(this.#change(address, { nonce }).id, number, nonce)
    }
    for (const { address, entries } of diff.storage) {
      const { id } = this.#change(address, {})
      for (const [key, value] of eachPair(entries)) {
        this.#tries.set(id, key, value)
        this.#batch.addStorageHistory(id, key, number, value)
      }
    }
    for (const [hash, compiled] of eachPair(classLeaves(diff))) {
      this.#tries.set(CLASSES_TRIE, hash, compiled)
      this.#batch.addCompiledClassHash(hash, number, compiled)
    }
  }

  revert(number: number, diff: StateDiff): void {
    for (const address of addressesOf(diff)) {
      const { id } = this.#change(address, {})
      const classHash = this.#view.classHashAt(address, number - 1)
      this.#change(address, { classHash: classHash ?? ZERO, nonce: this.#view.nonceAt(address, number - 1) ?? ZERO })
      this.#contracts.get(hex(address))!.isGone = classHash === undefined
      this.#batch.removeClassHashHistory(id, number)
      this.#batch.removeNonceHistory(id, number)
    }
    for (const { address, entries } of diff.storage) {
      const { id } = this.#change(address, {})
      for (const [key] of eachPair(entries)) {
        this.#tries.set(id, key, this.#view.storageAt(address, key, number - 1) ?? ZERO)
        this.#batch.removeStorageHistory(id, key, number)
      }
    }
    for (const [hash] of eachPair(classLeaves(diff))) {
      this.#tries.set(CLASSES_TRIE, hash, this.#view.compiledClassHashAt(hash, number - 1) ?? ZERO)
      this.#batch.removeCompiledClassHash(hash, number)
    }
  }

  finish(number: number): void {
    const tries = this.#tries
    tries.hash()
    for (const { address, record, isGone } of this.#contracts.values()) {
      tries.set(CONTRACTS_TRIE, address, isGone ? ZERO : leafOf(record, tries.root(record.id)))
      if (isGone) this.#batch.removeContract(address)
      else this.#batch.setContract(address, record)
    }
    tries.hash()
    this.#batch.applyPages(tries.changes(), number)
  }

  #change(address: Felt, part: Partial<ContractRecord>): ContractRecord {
    const contract = this.#contracts.get(hex(address)) ?? {
      address: address.slice(),
      record: this.#view.contract(address)!,
      isGone: false,
    }
    contract.record = { ...contract.record, ...part }
    this.#contracts.set(hex(address), contract)
    return contract.record
  }

  #open(address: Felt, number: number): void {
    if (this.#contracts.has(hex(address)) || this.#view.contract(address) !== undefined) return
    const id = this.#batch.newContractId()
    const record = { id, classHash: ZERO, nonce: ZERO }
    this.#contracts.set(hex(address), { address: address.slice(), record, isGone: false })
    this.#batch.addClassHashHistory(id, number, ZERO)
  }
}

function leafOf({ classHash, nonce }: ContractRecord, root: Felt): Felt {
  const hasher = new CountingHasher()
  const leaf = hasher.pedersenPairs(Buffer.concat([hasher.pedersenPairs(Buffer.concat([classHash, root])), nonce]))
  return isZero(leaf) ? feltFromBigint(1n) : leaf
}

/** Sorted, each once. */
function addressesOf(diff: StateDiff): Felt[] {
  const found = new Map<string, Felt>()
  for (const [address] of eachPair(contractClasses(diff))) found.set(hex(address), address)
  for (const [address] of eachPair(diff.nonces)) found.set(hex(address), address)
  for (const { address } of diff.storage) found.set(hex(address), address)
  return [...found.keys()].sort().map((name) => found.get(name)!)
}
