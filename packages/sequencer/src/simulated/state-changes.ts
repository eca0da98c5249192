import {
  compareFelts,
  eachFelt,
  eachPair,
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

/** One change, to be made again elsewhere. */
type Change = (to: StateChanges) => void

/** What the transactions of one block do to the state, collected in any order. */
export class StateChanges {
  readonly #deployed = new FeltMap()
  readonly #replaced = new FeltMap()
  readonly #declared = new FeltMap()
  readonly #migrated = new FeltMap()
  readonly #deprecated: Felt[] = []
  readonly #nonces = new FeltMap()
  readonly #storage = new Map<string, { readonly address: Felt; readonly entries: FeltMap }>()
  /** Everything so far, in its order. */
  readonly #log: Change[] = []

  /** The changes of several transactions, in their order. */
  static merge(diffs: readonly StateDiff[]): StateChanges {
    const merged = new StateChanges()
    for (const diff of diffs) merged.#add(diff)
    return merged
  }

  /** How many changes were made. */
  get count(): number {
    return this.#log.length
  }

  /** Changes number `from` to `to` − 1 alone, as the transaction that made them sees them. */
  slice(from: number, to: number): StateChanges {
    const part = new StateChanges()
    for (const change of this.#log.slice(from, to)) change(part)
    return part
  }

  deploy(address: Felt, classHash: Felt): void {
    this.#log.push((to) => to.deploy(address, classHash))
    this.#deployed.set(address, classHash)
  }

  /** The class of a contract that is new in this block is just another one. */
  replaceClass(address: Felt, classHash: Felt): void {
    this.#log.push((to) => to.replaceClass(address, classHash))
    const list = this.#deployed.has(address) ? this.#deployed : this.#replaced
    list.set(address, classHash)
  }

  declareSierra(classHash: Felt, compiledClassHash: Felt): void {
    this.#log.push((to) => to.declareSierra(classHash, compiledClassHash))
    this.#declared.set(classHash, compiledClassHash)
  }

  declareCairo0(classHash: Felt): void {
    this.#log.push((to) => to.declareCairo0(classHash))
    this.#deprecated.push(classHash)
  }

  migrate(classHash: Felt, compiledClassHash: Felt): void {
    this.#log.push((to) => to.migrate(classHash, compiledClassHash))
    this.#migrated.set(classHash, compiledClassHash)
  }

  setNonce(address: Felt, nonce: Felt): void {
    this.#log.push((to) => to.setNonce(address, nonce))
    this.#nonces.set(address, nonce)
  }

  /** Zero deletes. */
  write(address: Felt, key: Felt, value: Felt): void {
    this.#log.push((to) => to.write(address, key, value))
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

  #add(diff: StateDiff): void {
    for (const [address, classHash] of eachPair(diff.deployedContracts)) this.deploy(address, classHash)
    for (const [address, classHash] of eachPair(diff.replacedClasses)) this.replaceClass(address, classHash)
    for (const [hash, compiled] of eachPair(diff.declaredClasses)) this.declareSierra(hash, compiled)
    for (const [hash, compiled] of eachPair(diff.migratedClasses)) this.migrate(hash, compiled)
    for (const hash of eachFelt(diff.deprecatedDeclaredClasses)) this.declareCairo0(hash)
    for (const [address, nonce] of eachPair(diff.nonces)) this.setNonce(address, nonce)
    for (const { address, entries } of diff.storage) {
      for (const [key, value] of eachPair(entries)) this.write(address, key, value)
    }
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
