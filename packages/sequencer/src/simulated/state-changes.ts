import {
  compareFelts,
  type Felt,
  type Felts,
  hexFromFelt,
  normalizeFelts,
  normalizePairs,
  packFelts,
  type StateDiff,
} from '@deoxys/core/protocol'

/** Felts by felt; the last value set counts. */
class FeltMap {
  readonly #pairs = new Map<string, readonly [Felt, Felt]>()

  set(key: Felt, value: Felt): void {
    this.#pairs.set(hexFromFelt(key), [key, value])
  }

  has(key: Felt): boolean {
    return this.#pairs.has(hexFromFelt(key))
  }

  keys(): Felt[] {
    return [...this.#pairs.values()].map(([key]) => key)
  }

  pack(): Felts {
    return normalizePairs(packFelts([...this.#pairs.values()].flat()))
  }
}

/** What the transactions of one block do to the state, collected in any order. */
export class StateChanges {
  readonly #deployed = new FeltMap()
  readonly #replaced = new FeltMap()
  readonly #declared = new FeltMap()
  readonly #migrated = new FeltMap()
  readonly #deprecated: Felt[] = []
  readonly #nonces = new FeltMap()
  readonly #storage = new Map<string, { readonly address: Felt; readonly entries: FeltMap }>()

  deploy(address: Felt, classHash: Felt): void {
    this.#deployed.set(address, classHash)
  }

  /** The class of a contract that is new in this block is just another one. */
  replaceClass(address: Felt, classHash: Felt): void {
    const list = this.#deployed.has(address) ? this.#deployed : this.#replaced
    list.set(address, classHash)
  }

  declareSierra(classHash: Felt, compiledClassHash: Felt): void {
    this.#declared.set(classHash, compiledClassHash)
  }

  declareCairo0(classHash: Felt): void {
    this.#deprecated.push(classHash)
  }

  migrate(classHash: Felt, compiledClassHash: Felt): void {
    this.#migrated.set(classHash, compiledClassHash)
  }

  setNonce(address: Felt, nonce: Felt): void {
    this.#nonces.set(address, nonce)
  }

  /** Zero deletes. */
  write(address: Felt, key: Felt, value: Felt): void {
    const name = hexFromFelt(address)
    const contract = this.#storage.get(name) ?? { address, entries: new FeltMap() }
    this.#storage.set(name, contract)
    contract.entries.set(key, value)
  }

  /** Addresses and storage keys named so far, sorted, each once. */
  named(): Felt[] {
    const felts = [...this.#deployed.keys(), ...this.#replaced.keys(), ...this.#nonces.keys()]
    for (const { address, entries } of this.#storage.values()) felts.push(address, ...entries.keys())
    return [...new Map(felts.map((felt) => [hexFromFelt(felt), felt])).values()].sort(compareFelts)
  }

  toStateDiff(): StateDiff {
    return {
      deployedContracts: this.#deployed.pack(),
      replacedClasses: this.#replaced.pack(),
      declaredClasses: this.#declared.pack(),
      migratedClasses: this.#migrated.pack(),
      deprecatedDeclaredClasses: normalizeFelts(packFelts(this.#deprecated)),
      nonces: this.#nonces.pack(),
      storage: [...this.#storage.values()]
        .map(({ address, entries }) => ({ address, entries: entries.pack() }))
        .sort((a, b) => compareFelts(a.address, b.address)),
    }
  }
}
