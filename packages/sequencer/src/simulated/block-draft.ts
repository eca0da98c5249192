import {
  type Event,
  type Felt,
  feltFromBigint,
  feltFromNumber,
  type Hashing,
  isZero,
  keccak,
  type MessageToL1,
  ONE,
  packFelts,
  pedersen,
  type Receipt,
  runHashing,
  type StateDiff,
  type Transaction,
  ZERO,
} from '@deoxys/core/protocol'
import type { Kernel } from '@deoxys/kernel'
import type { Random } from './random.ts'
import type { Rules } from './schedule.ts'
import type { SimulatedClass } from './simulated-class.ts'
import { StateChanges } from './state-changes.ts'
import type { Account, World } from './world.ts'

/** What a transaction did, as far as it is not the default: succeeded, free, silent, of ordinary effort. */
export interface Outcome {
  readonly fee?: bigint
  readonly events?: readonly Event[]
  readonly messages?: readonly MessageToL1[]
  readonly revertError?: string | undefined
  readonly resources?: Receipt['resources']
}

export interface BlockDraftOptions {
  readonly number: number
  readonly rules: Rules
  readonly random: Random
  readonly world: World
  readonly kernel: Kernel
}

/** A block under construction: transactions, their receipts, and what they do to the state and the world. */
export class BlockDraft {
  readonly number: number
  readonly rules: Rules
  readonly random: Random
  readonly world: World
  readonly kernel: Kernel
  readonly changes = new StateChanges()
  /** Their hashes are zero: they are put in when the block is sealed, all at once. */
  readonly transactions: Transaction[] = []
  readonly receipts: Receipt[] = []
  /** First seen in this block. */
  readonly classes: SimulatedClass[] = []
  /** How many changes there were when each transaction began. */
  readonly #starts: number[] = []

  constructor({ number, rules, random, world, kernel }: BlockDraftOptions) {
    this.number = number
    this.rules = rules
    this.random = random
    this.world = world
    this.kernel = kernel
  }

  /** What changes from now on, the next transaction that is added does. */
  beginTransaction(): void {
    this.#starts.push(this.changes.count)
  }

  /** What each transaction does by itself, where each was begun; what follows the last one is the system's. */
  transactionDiffs(): StateDiff[] {
    return this.#starts.map((from, i) =>
      this.changes.slice(from, this.#starts[i + 1] ?? this.#systemStart).toStateDiff(),
    )
  }

  #systemStart = 0

  /** What changes from now on, no transaction does. */
  endTransactions(): void {
    this.#systemStart = this.changes.count
  }

  /** Adds a transaction, without its hash, and its receipt. */
  add(
    transaction: Transaction,
    { fee = 0n, events = [], messages = [], revertError, resources = this.#createResources() }: Outcome = {},
  ): void {
    this.transactions.push(transaction)
    this.receipts.push({ actualFee: feltFromBigint(fee), events, messages, revertError, resources })
  }

  addClass(cls: SimulatedClass): void {
    this.classes.push(cls)
    this.world.addClass(cls)
  }

  compute<T>(formula: Hashing<T>): T {
    return runHashing(this.kernel, formula)
  }

  selector(name: string): Felt {
    return this.compute(keccak(Buffer.from(name)))
  }

  /** First key of the event that tokens emit. */
  get transferSelector(): Felt {
    this.#transferSelector ??= this.selector('Transfer')
    return this.#transferSelector
  }

  #transferSelector: Felt | undefined

  /** The nonce for the next transaction of `account`, which is used up. */
  takeNonce(account: Account): Felt {
    const nonce = feltFromBigint(account.nonce)
    this.world.setNonce(account, account.nonce + 1n)
    this.changes.setNonce(account.address, feltFromBigint(account.nonce))
    return nonce
  }

  /** Moves an amount the sender has, or makes it when the sender is zero. Returns the event the token emits. */
  transfer(token: Felt, from: Felt, to: Felt, amount: bigint): Event {
    if (!isZero(from)) this.#setBalance(token, from, this.world.balance(token, from) - amount)
    this.#setBalance(token, to, this.world.balance(token, to) + amount)
    return {
      fromAddress: token,
      keys: this.transferSelector,
      data: packFelts([from, to, feltFromBigint(amount), ZERO]),
    }
  }

  #setBalance(token: Felt, holder: Felt, amount: bigint): void {
    if (amount < 0n) throw new Error('a balance below zero')
    this.world.setBalance(token, holder, amount)
    const key = this.compute(pedersen(this.selector('ERC20_balances'), holder))
    this.changes.write(token, key, feltFromBigint(amount))
  }

  #createResources(): Receipt['resources'] {
    const { random, rules } = this
    const l2Gas = (amount: number) => (rules.hasL2Gas ? amount : undefined)
    const l1DataGas = 64 * random.integer(1, 8)
    return {
      steps: random.integer(1000, 20_000),
      memoryHoles: random.integer(0, 50),
      builtins: [
        { name: 'range_check_builtin', count: random.integer(50, 300) },
        { name: 'pedersen_builtin', count: random.integer(1, 30) },
      ],
      dataAvailability: rules.hasDataAvailability ? { l1Gas: 0, l1DataGas, l2Gas: l2Gas(0) } : undefined,
      totalGas: rules.hasTotalGas
        ? { l1Gas: random.integer(0, 40), l1DataGas, l2Gas: l2Gas(random.integer(500_000, 2_000_000)) }
        : undefined,
    }
  }
}

/** As calldata of an account that makes one call: count, contract, function, length, arguments. */
export function oneCall(to: Felt, selector: Felt, args: readonly Felt[]): Uint8Array {
  return packFelts([ONE, to, selector, feltFromNumber(args.length), ...args])
}
