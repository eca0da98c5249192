import type { Kernel } from '@deoxys/kernel'
import { type Felt, ZERO } from '../base/felt.ts'
import { all, runHashing } from '../chain/hashing.ts'
import { classLeaf, contractLeaf, stateCommitment } from '../chain/state-commitment.ts'
import { classLeaves, contractClasses, eachPair, namedClasses, type StateDiff } from '../chain/state-update.ts'
import type { StoreBatch } from '../store/store-batch.ts'
import type { StoreView } from '../store/store-view.ts'
import { CLASSES_TRIE, CONTRACTS_TRIE } from '../trie/node-source.ts'
import { TrieBatch } from '../trie/trie-batch.ts'

interface TouchedContract {
  readonly address: Felt
  readonly id: number
  classHash: Felt
  nonce: Felt
  isGone: boolean
}

/**
 * The state difference of a block, or of several in a row, on top of a state that is only read:
 *
 *     apply … apply → computeRoot (compare it before the batch is committed) → finish
 *     revert … revert → computeRoot → finish
 *
 * Going back is the reverse difference through the same code. One direction an instance. What it writes lies in the
 * batch, which is dropped when the root is wrong.
 */
export class StateTransition {
  readonly #view: StoreView
  readonly #batch: StoreBatch
  readonly #kernel: Kernel
  readonly #tries: TrieBatch
  readonly #contracts = new Map<string, TouchedContract>()
  /** By class hash: the compiled class hash, undefined where the leaf goes. */
  readonly #classes = new Map<string, { readonly hash: Felt; readonly compiled: Felt | undefined }>()

  constructor(view: StoreView, batch: StoreBatch, kernel: Kernel) {
    this.#view = view
    this.#batch = batch
    this.#kernel = kernel
    this.#tries = new TrieBatch(view.pages, kernel)
  }

  /** Blocks in ascending order, the first one after the view's head. */
  apply(number: number, diff: StateDiff): void {
    const batch = this.#batch
    this.#createContracts(number, diff)
    for (const [address, classHash] of eachPair(contractClasses(diff))) {
      const contract = this.#open(address)
      contract.classHash = classHash
      batch.addClassHashHistory(contract.id, number, classHash)
    }
    for (const [address, nonce] of eachPair(diff.nonces)) {
      const contract = this.#open(address)
      contract.nonce = nonce
      batch.addNonceHistory(contract.id, number, nonce)
    }
    for (const { address, entries } of diff.storage) {
      const { id } = this.#open(address)
      for (const [key, value] of eachPair(entries)) {
        this.#tries.set(id, key, value)
        batch.addStorageHistory(id, key, number, value)
      }
    }
    for (const [hash, compiled] of eachPair(classLeaves(diff))) {
      this.#classes.set(nameOf(hash), { hash, compiled })
      batch.addCompiledClassHash(hash, number, compiled)
    }
  }

  /** Blocks in descending order, the view's head first; `diff` is what the block did. */
  revert(number: number, diff: StateDiff): void {
    const before = number - 1
    const view = this.#view
    const batch = this.#batch
    for (const address of touchedAddresses(diff)) {
      const contract = this.#open(address)
      const classHash = view.classHashAt(address, before)
      contract.isGone = classHash === undefined
      contract.classHash = classHash ?? ZERO
      batch.removeClassHashHistory(contract.id, number)
    }
    for (const [address] of eachPair(diff.nonces)) {
      const contract = this.#open(address)
      contract.nonce = view.nonceAt(address, before) ?? ZERO
      batch.removeNonceHistory(contract.id, number)
    }
    for (const { address, entries } of diff.storage) {
      const { id } = this.#open(address)
      for (const [key] of eachPair(entries)) {
        this.#tries.set(id, key, view.storageAt(address, key, before) ?? ZERO)
        batch.removeStorageHistory(id, key, number)
      }
    }
    for (const [hash] of eachPair(classLeaves(diff))) {
      this.#classes.set(nameOf(hash), { hash, compiled: view.compiledClassHashAt(hash, before) })
      batch.removeCompiledClassHash(hash, number)
    }
    for (const hash of namedClasses(diff)) {
      if (view.classRecord(hash)?.declaredAt === number) batch.removeClass(hash)
    }
  }

  /** The state commitment after all of it (protocol 2.3); hashes what changed, all tries side by side. */
  computeRoot(version: string): Felt {
    const tries = this.#tries
    tries.hash()
    const contracts = [...this.#contracts.values()]
    const classes = [...this.#classes.values()]
    const [contractHashes, classHashes] = runHashing(
      this.#kernel,
      all([
        all(contracts.map(({ id, classHash, nonce }) => contractLeaf(classHash, tries.root(id), nonce))),
        all(classes.map(({ compiled }) => classLeaf(compiled))),
      ]),
    )
    contracts.forEach(({ address }, i) => {
      tries.set(CONTRACTS_TRIE, address, contractHashes![i]!)
    })
    classes.forEach(({ hash }, i) => {
      tries.set(CLASSES_TRIE, hash, classHashes![i]!)
    })
    tries.hash()
    return runHashing(this.#kernel, stateCommitment(tries.root(CONTRACTS_TRIE), tries.root(CLASSES_TRIE), version))
  }

  /** Puts the rest into the batch, after `computeRoot`. @param number the block whose state it is then, −1 for none */
  finish(number: number): void {
    for (const { address, isGone, id, classHash, nonce } of this.#contracts.values()) {
      if (isGone) this.#batch.removeContract(address)
      else this.#batch.setContract(address, { id, classHash, nonce })
    }
    this.#batch.applyPages(this.#tries.changes(), number)
  }

  /** Ids are given in the order of the addresses, so that equal blocks give equal ids. */
  #createContracts(number: number, diff: StateDiff): void {
    for (const address of touchedAddresses(diff)) {
      if (this.#find(address) !== undefined) continue
      const id = this.#batch.newContractId()
      this.#contracts.set(nameOf(address), { address, id, classHash: ZERO, nonce: ZERO, isGone: false })
      // It exists from here on, also without a class (0x1, 0x2).
      this.#batch.addClassHashHistory(id, number, ZERO)
    }
  }

  #open(address: Felt): TouchedContract {
    const contract = this.#find(address)
    if (contract === undefined) throw new Error('a stored block names a contract that is not stored')
    return contract
  }

  #find(address: Felt): TouchedContract | undefined {
    const name = nameOf(address)
    const touched = this.#contracts.get(name)
    if (touched !== undefined) return touched
    const stored = this.#view.contract(address)
    if (stored === undefined) return undefined
    const contract = { address, ...stored, isGone: false }
    this.#contracts.set(name, contract)
    return contract
  }
}

/** Every contract a difference names, each once, sorted. */
function touchedAddresses(diff: StateDiff): Felt[] {
  const addresses = new Map<string, Felt>()
  for (const [address] of eachPair(contractClasses(diff))) addresses.set(nameOf(address), address)
  for (const [address] of eachPair(diff.nonces)) addresses.set(nameOf(address), address)
  for (const { address } of diff.storage) addresses.set(nameOf(address), address)
  return [...addresses.keys()].sort().map((name) => addresses.get(name)!)
}

/** The bytes as a text: a key for maps that sorts as the number does. */
function nameOf(felt: Felt): string {
  return Buffer.from(felt.buffer, felt.byteOffset, felt.length).toString('latin1')
}
