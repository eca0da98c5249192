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
  type Transaction,
  transactionHash,
  ZERO,
} from '@deoxys/core/protocol'
import type { Kernel } from '@deoxys/kernel'
import type { Random } from './random.ts'
import type { Rules } from './schedule.ts'
import { StateChanges } from './state-changes.ts'
import type { Account, World } from './world.ts'

/** What a transaction did, as far as it is not the default: succeeded, free, silent. */
export interface Outcome {
  readonly fee?: bigint
  readonly events?: readonly Event[]
  readonly messages?: readonly MessageToL1[]
  readonly revertError?: string | undefined
}

export interface BlockDraftOptions {
  readonly number: number
  readonly rules: Rules
  readonly chainId: Felt
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
  readonly transactions: Transaction[] = []
  readonly receipts: Receipt[] = []
  readonly #chainId: Felt

  constructor({ number, rules, chainId, random, world, kernel }: BlockDraftOptions) {
    this.number = number
    this.rules = rules
    this.random = random
    this.world = world
    this.kernel = kernel
    this.#chainId = chainId
  }

  /** Adds a transaction with its hash put in, and its receipt. */
  add(transaction: Transaction, { fee = 0n, events = [], messages = [], revertError }: Outcome = {}): void {
    const hash = this.compute(transactionHash(transaction, this.#chainId))
    this.transactions.push({ ...transaction, hash })
    this.receipts.push({
      actualFee: feltFromBigint(fee),
      events,
      messages,
      revertError,
      resources: this.#createResources(),
    })
  }

  compute<T>(formula: Hashing<T>): T {
    return runHashing(this.kernel, formula)
  }

  selector(name: string): Felt {
    return this.compute(keccak(Buffer.from(name)))
  }

  /** The nonce for the next transaction of `account`, which is used up. */
  takeNonce(account: Account): Felt {
    const nonce = feltFromBigint(account.nonce)
    account.nonce += 1n
    this.changes.setNonce(account.address, feltFromBigint(account.nonce))
    return nonce
  }

  /** Moves an amount the sender has, or makes it when the sender is zero. Returns the event the token emits. */
  transfer(token: Felt, from: Felt, to: Felt, amount: bigint): Event {
    if (!isZero(from)) this.#setBalance(token, from, this.world.balance(token, from) - amount)
    this.#setBalance(token, to, this.world.balance(token, to) + amount)
    return {
      fromAddress: token,
      keys: this.selector('Transfer'),
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
