import {
  all,
  CLASSES_TRIE,
  CONTRACTS_TRIE,
  classLeaf,
  classLeaves,
  contractClasses,
  contractLeaf,
  eachPair,
  type Felt,
  FIRST_STORAGE_TRIE,
  hexFromFelt,
  type NodeSource,
  runHashing,
  type StateDiff,
  stateCommitment,
  TrieBatch,
  ZERO,
} from '@deoxys/core/protocol'
import type { Kernel } from '@deoxys/kernel'
import type { Journal } from './journal.ts'

interface Contract {
  readonly address: Felt
  readonly trieId: number
  classHash: Felt
  nonce: Felt
}

/** The state in memory: the tries, and of each contract what its leaf is made of. Changes go through the journal. */
export class SimulatedState {
  readonly #kernel: Kernel
  readonly #pages = new Map<string, Uint8Array>()
  readonly #source: NodeSource = { getPage: (key) => this.#pages.get(nameOf(key)) }
  readonly #contracts = new Map<string, Contract>()

  readonly #journal: Journal

  constructor(kernel: Kernel, journal: Journal) {
    this.#kernel = kernel
    this.#journal = journal
  }

  /** Applies the difference of one block (protocol 2.4). Returns the state commitment under that block's version. */
  apply(diff: StateDiff, version: string): Felt {
    const kernel = this.#kernel
    const tries = new TrieBatch(this.#source, kernel)
    const contracts = this.#applyToContracts(diff, tries)
    const classes = [...eachPair(classLeaves(diff))]
    tries.hash()
    const [contractHashes, classHashes] = runHashing(
      kernel,
      all([
        all(contracts.map(({ classHash, trieId, nonce }) => contractLeaf(classHash, tries.root(trieId), nonce))),
        all(classes.map(([, compiledClassHash]) => classLeaf(compiledClassHash))),
      ]),
    )
    contracts.forEach(({ address }, i) => {
      tries.set(CONTRACTS_TRIE, address, contractHashes![i]!)
    })
    classes.forEach(([classHash], i) => {
      tries.set(CLASSES_TRIE, classHash, classHashes![i]!)
    })
    tries.hash()
    this.#keep(tries)
    return runHashing(kernel, stateCommitment(tries.root(CONTRACTS_TRIE), tries.root(CLASSES_TRIE), version))
  }

  /** Returns the contracts whose leaves change. */
  #applyToContracts(diff: StateDiff, tries: TrieBatch): Contract[] {
    const touched = new Set<Contract>()
    const touch = (address: Felt): Contract => {
      const contract = this.#open(address)
      touched.add(contract)
      return contract
    }
    for (const [address, classHash] of eachPair(contractClasses(diff))) {
      this.#journal.assign(touch(address), 'classHash', classHash)
    }
    for (const [address, nonce] of eachPair(diff.nonces)) this.#journal.assign(touch(address), 'nonce', nonce)
    for (const { address, entries } of diff.storage) {
      const { trieId } = touch(address)
      for (const [key, value] of eachPair(entries)) tries.set(trieId, key, value)
    }
    return [...touched]
  }

  #open(address: Felt): Contract {
    const name = hexFromFelt(address)
    const known = this.#contracts.get(name)
    if (known !== undefined) return known
    const contract: Contract = {
      address,
      trieId: FIRST_STORAGE_TRIE + this.#contracts.size,
      classHash: ZERO,
      nonce: ZERO,
    }
    this.#journal.set(this.#contracts, name, contract)
    return contract
  }

  #keep(tries: TrieBatch): void {
    for (const { key, page } of tries.changes()) {
      if (page === undefined) this.#journal.delete(this.#pages, nameOf(key))
      // A copy: the page is valid until the next one.
      else this.#journal.set(this.#pages, nameOf(key), Uint8Array.from(page))
    }
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
}
