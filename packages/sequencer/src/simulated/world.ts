import { type Felt, hexFromFelt } from '@deoxys/core/protocol'
import type { CompiledClass, SimulatedClass } from './simulated-class.ts'

/** A contract that signs transactions. */
export interface Account {
  readonly address: Felt
  nonce: bigint
}

/** A contract with storage of its own. */
export interface App {
  readonly address: Felt
  classHash: Felt
  /** Storage keys whose value is not zero. */
  readonly liveKeys: Felt[]
}

/** A class whose leaf holds the Poseidon hash still. */
export interface UnmigratedClass {
  readonly hash: Felt
  readonly compiled: CompiledClass
}

/** Who takes part in the chain, and what the next block may refer to. The state itself is `SimulatedState`'s. */
export class World {
  readonly accounts: Account[] = []
  readonly apps: App[] = []
  /** By hash, in order of their declaration. */
  readonly classes = new Map<string, SimulatedClass>()
  /** In order of their declaration. */
  readonly unmigrated: UnmigratedClass[] = []
  /** Token and holder → amount. */
  readonly #balances = new Map<string, bigint>()
  /** Felts that contract 0x2 has numbers for (protocol 2.4). */
  readonly aliases = new Set<string>()
  /** Of the next message from L1. */
  l1Nonce = 0n
  /** How many transactions were drawn from the menu. */
  turns = 0

  addClass(cls: SimulatedClass): void {
    this.classes.set(hexFromFelt(cls.hash), cls)
  }

  balance(token: Felt, holder: Felt): bigint {
    return this.#balances.get(nameOf(token, holder)) ?? 0n
  }

  setBalance(token: Felt, holder: Felt, amount: bigint): void {
    this.#balances.set(nameOf(token, holder), amount)
  }
}

function nameOf(token: Felt, holder: Felt): string {
  return `${hexFromFelt(token)}/${hexFromFelt(holder)}`
}
