import { type Felt, hexFromFelt } from '@deoxys/core/protocol'
import type { Journal } from './journal.ts'
import type { CompiledClass, SimulatedClass } from './simulated-class.ts'

/** A contract that signs transactions. */
export interface Account {
  readonly address: Felt
  /** Changed by the world alone. */
  nonce: bigint
}

/** A contract with storage of its own. */
export interface App {
  readonly address: Felt
  classHash: Felt
  /** Storage keys whose value is not zero. */
  liveKeys: readonly Felt[]
}

/** A class whose leaf holds the Poseidon hash still. */
export interface UnmigratedClass {
  readonly hash: Felt
  readonly compiled: CompiledClass
}

/**
 * Who takes part in the chain, and what the next block may refer to. The state itself is `SimulatedState`'s. Every
 * change goes through the journal.
 */
export class World {
  readonly journal: Journal
  readonly #accounts: Account[] = []
  readonly #apps: App[] = []
  /** By hash, in order of their declaration. */
  readonly #classes = new Map<string, SimulatedClass>()
  /** Token and holder → amount. */
  readonly #balances = new Map<string, bigint>()
  /** Felts that contract 0x2 has numbers for (protocol 2.4). */
  readonly #aliased = new Set<string>()
  readonly #counts = { l1Nonce: 0, turns: 0, aliases: 0 }
  readonly #migration: { waiting: readonly UnmigratedClass[] } = { waiting: [] }

  constructor(journal: Journal) {
    this.journal = journal
  }

  get accounts(): readonly Account[] {
    return this.#accounts
  }

  get apps(): readonly App[] {
    return this.#apps
  }

  get classes(): ReadonlyMap<string, SimulatedClass> {
    return this.#classes
  }

  get aliased(): ReadonlySet<string> {
    return this.#aliased
  }

  addAccount(account: Account): void {
    this.journal.push(this.#accounts, account)
  }

  addApp(app: App): void {
    this.journal.push(this.#apps, app)
  }

  addClass(cls: SimulatedClass): void {
    this.journal.set(this.#classes, hexFromFelt(cls.hash), cls)
  }

  addAliased(name: string): void {
    this.journal.add(this.#aliased, name)
  }

  setNonce(account: Account, nonce: bigint): void {
    this.journal.assign(account, 'nonce', nonce)
  }

  setClass(app: App, classHash: Felt): void {
    this.journal.assign(app, 'classHash', classHash)
  }

  setLiveKeys(app: App, liveKeys: readonly Felt[]): void {
    this.journal.assign(app, 'liveKeys', liveKeys)
  }

  /** In order of their declaration. */
  addUnmigrated(cls: UnmigratedClass): void {
    this.journal.assign(this.#migration, 'waiting', [...this.#migration.waiting, cls])
  }

  /** At most `count` of those that wait, the oldest first; they wait no more. */
  takeUnmigrated(count: number): readonly UnmigratedClass[] {
    const { waiting } = this.#migration
    this.journal.assign(this.#migration, 'waiting', waiting.slice(count))
    return waiting.slice(0, count)
  }

  /** Of the next message from L1. */
  takeL1Nonce(): bigint {
    return BigInt(this.#take('l1Nonce'))
  }

  /** How many transactions were drawn from the menu before. */
  takeTurn(): number {
    return this.#take('turns')
  }

  /** How many numbers contract 0x2 had given before it gives `count` more. */
  takeAliases(count: number): number {
    return this.#take('aliases', count)
  }

  balance(token: Felt, holder: Felt): bigint {
    return this.#balances.get(nameOf(token, holder)) ?? 0n
  }

  setBalance(token: Felt, holder: Felt, amount: bigint): void {
    this.journal.set(this.#balances, nameOf(token, holder), amount)
  }

  #take(name: 'l1Nonce' | 'turns' | 'aliases', count = 1): number {
    const before = this.#counts[name]
    this.journal.assign(this.#counts, name, before + count)
    return before
  }
}

function nameOf(token: Felt, holder: Felt): string {
  return `${hexFromFelt(token)}/${hexFromFelt(holder)}`
}
