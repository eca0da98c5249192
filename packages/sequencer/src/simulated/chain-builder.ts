import { customNetwork, type Network } from '@deoxys/core'
import {
  all,
  type Block,
  type BlockHashInput,
  blockHash,
  eventCommitment,
  type Felt,
  feltFromBigint,
  type GasPrice,
  type Hashing,
  legacyTransactionHashes,
  ONE,
  receiptCommitment,
  runHashing,
  type StateDiff,
  type StateUpdate,
  shortString,
  stateDiffCommitment,
  stateDiffLength,
  type Transaction,
  transactionCommitment,
  transactionHash,
  ZERO,
} from '@deoxys/core/protocol'
import type { Kernel } from '@deoxys/kernel'
import { SEQUENCER } from './account-transactions.ts'
import { BlockDraft } from './block-draft.ts'
import { Journal } from './journal.ts'
import { NetworkKey } from './network-key.ts'
import { Random } from './random.ts'
import { type Rules, rulesOf, type Schedule, verifySchedule, versionAt } from './schedule.ts'
import type { SimulatedClass } from './simulated-class.ts'
import { SimulatedState } from './simulated-state.ts'
import { addSystemChanges, BLOCK_HASH_LAG } from './system-contracts.ts'
import { World } from './world.ts'

/** Seconds since 1970 of block 0, and from block to block: a block says nothing of the day it was made on. */
const GENESIS_TIMESTAMP_S = 1_700_000_000
const BLOCK_INTERVAL_S = 30

/** Bits of a gas price. */
const GAS_PRICE_BITS = 40

/** A core contract that is on no L1. */
export const L1_CORE_CONTRACT = '0x1000000000000000000000000000000000000001'

/** A block with what it changed. The signature is in the header. */
export interface SimulatedBlock extends Block {
  readonly rules: Rules
  readonly update: StateUpdate
  /** First seen in this block. */
  readonly classes: readonly SimulatedClass[]
  /** What each transaction did by itself; empty where that was not kept apart, as in block 0. */
  readonly transactionDiffs: () => readonly StateDiff[]
}

/** What is in the blocks. Whatever it remembers between blocks, it changes through the journal it is made with. */
export interface ChainContent {
  /** Puts the transactions of one block into the draft. @param branch 0 on the chain's first way */
  addTransactions(draft: BlockDraft, branch: number): void
  /**
   * Addresses and storage keys that the block is the first to name, sorted, each once. Without it, those that no block
   * named before.
   */
  freshFelts?(draft: BlockDraft): readonly Felt[]
}

export interface ChainOptions {
  readonly seed: number
  readonly schedule: Schedule
  readonly kernel: Kernel
  readonly chainId: string
  readonly createContent: (journal: Journal) => ChainContent
  /** How many blocks back the chain can fork. */
  readonly reorgDepthMax: number
}

/** The network of a simulated chain, as a node has to know it to verify the chain. */
export function simulatedNetwork(chainId: string, publicKey: Felt): Network {
  return customNetwork({ name: 'demo', chainId, publicKey, l1CoreContract: L1_CORE_CONTRACT })
}

/**
 * A chain that follows from its seed, made block by block when somebody asks:
 *
 *     content → draft (transactions, receipts, changes) → state root → commitments → block hash → signature
 *
 * Every hash is right under the rules of the block's version, by core's formulas. What transactions do is made up, but
 * adds up: nonces count, fees are paid out of balances, classes are declared before they are deployed. It keeps the
 * state and, to fork, the way back; the blocks are the caller's.
 */
export class ChainBuilder {
  readonly network: Network
  readonly #seed: number
  readonly #schedule: Schedule
  readonly #kernel: Kernel
  readonly #chainId: Felt
  readonly #key: NetworkKey
  readonly #journal: Journal
  readonly #world: World
  readonly #state: SimulatedState
  readonly #content: ChainContent
  /** Of the blocks made. */
  readonly #tips: { readonly hash: Felt; readonly stateRoot: Felt }[] = []
  /** From which block on which branch is taken, in order of both. */
  #branches: readonly { readonly from: number; readonly branch: number }[] = [{ from: 0, branch: 0 }]

  /** @throws RangeError, UnsupportedVersionError for a schedule that is none */
  constructor({ seed, schedule, kernel, chainId, createContent, reorgDepthMax }: ChainOptions) {
    verifySchedule(schedule)
    this.#seed = seed
    this.#schedule = schedule
    this.#kernel = kernel
    this.#chainId = shortString(chainId)
    this.#key = new NetworkKey(`${seed}/key`)
    this.#journal = new Journal(reorgDepthMax)
    this.#world = new World(this.#journal)
    this.#state = new SimulatedState(kernel, this.#journal)
    this.#content = createContent(this.#journal)
    this.network = simulatedNetwork(chainId, this.#key.publicKey)
  }

  /** Blocks made, and kept, so far. */
  get height(): number {
    return this.#tips.length
  }

  /** Makes the next block, some milliseconds. */
  build(): SimulatedBlock {
    const number = this.height
    const branch = this.#branches.findLast(({ from }) => from <= number)!.branch
    const random = new Random(
      branch === 0 ? `${this.#seed}/block/${number}` : `${this.#seed}/${branch}/block/${number}`,
    )
    const rules = rulesOf(versionAt(this.#schedule, number))
    this.#journal.beginBlock()
    const draft = new BlockDraft({ number, rules, random, world: this.#world, kernel: this.#kernel })
    this.#content.addTransactions(draft, branch)
    draft.endTransactions()
    addSystemChanges(draft, this.#tips[number - BLOCK_HASH_LAG]?.hash, this.#content.freshFelts?.(draft))
    const block = this.#seal(draft, GENESIS_TIMESTAMP_S + number * BLOCK_INTERVAL_S + (branch % BLOCK_INTERVAL_S))
    this.#tips.push({ hash: block.header.hash, stateRoot: block.header.stateRoot })
    return block
  }

  /**
   * From block `keep` + 1 on, the chain takes another way, its `branch`th; what was made of the old one is forgotten.
   * @throws RangeError when that is more than `reorgDepthMax` blocks back
   */
  fork(keep: number, branch: number): void {
    const count = Math.max(0, this.height - keep - 1)
    this.#journal.back(count)
    this.#tips.splice(this.height - count)
    this.#branches = [...this.#branches.filter(({ from }) => from <= keep), { from: keep + 1, branch }]
  }

  getClass(hash: string): SimulatedClass | undefined {
    return this.#world.classes.get(hash)
  }

  #seal(draft: BlockDraft, timestamp: number): SimulatedBlock {
    const { number, rules, random, receipts, changes, classes } = draft
    const parent = this.#tips[number - 1]
    const transactions = this.#withHashes(draft)
    const stateDiff = changes.toStateDiff()
    const stateRoot = this.#state.apply(stateDiff, rules.version)
    const [transactionRoot, eventRoot, receiptRoot, diffCommitment] = runHashing(
      this.#kernel,
      all([
        transactionCommitment(rules.era, transactions),
        eventCommitment(rules.era, transactions, receipts),
        receiptCommitment(transactions, receipts),
        stateDiffCommitment(stateDiff),
      ]),
    )
    const content: BlockHashInput = {
      number,
      parentHash: parent?.hash ?? ZERO,
      stateRoot,
      timestamp,
      sequencerAddress: rules.hasFullHeader ? SEQUENCER : ZERO,
      version: rules.version,
      l1DataMode: rules.l1DataMode,
      ...createGasPrices(random, rules),
      transactionCount: transactions.length,
      eventCount: receipts.reduce((sum, { events }) => sum + events.length, 0),
      transactionCommitment: transactionRoot!,
      eventCommitment: eventRoot!,
      receiptCommitment: receiptRoot!,
      stateDiffCommitment: diffCommitment!,
      stateDiffLength: stateDiffLength(stateDiff),
    }
    const hash = runHashing(this.#kernel, blockHash(rules.era, content, this.#chainId))
    return {
      rules,
      header: { ...content, hash, signature: this.#key.sign(hash) },
      transactions,
      receipts,
      update: { blockHash: hash, oldRoot: parent?.stateRoot ?? ZERO, newRoot: stateRoot, stateDiff },
      classes,
      transactionDiffs: () => draft.transactionDiffs(),
    }
  }

  #withHashes({ transactions, rules }: BlockDraft): Transaction[] {
    const formulas = transactions.map((transaction) => hashFormula(transaction, rules, this.#chainId))
    const hashes = runHashing(this.#kernel, all(formulas))
    return transactions.map((transaction, i) => ({ ...transaction, hash: hashes[i]! }))
  }
}

/** The formula in force when the transaction was made (protocol 3). */
function* hashFormula(transaction: Transaction, { transactionHash: form }: Rules, chainId: Felt): Hashing<Felt> {
  if (form === 'modern') return yield* transactionHash(transaction, chainId)
  const [oldest, since07] = yield* legacyTransactionHashes(transaction, chainId)
  const hash = form === 'legacy' && transaction.type === 'l1_handler' ? since07 : oldest
  if (hash === undefined) throw new Error(`${transaction.type} ${transaction.version} has no legacy hash`)
  return hash
}

type GasPrices = Pick<BlockHashInput, 'l1GasPrice' | 'l1DataGasPrice' | 'l2GasPrice'>

/** What did not exist yet is 1 in every block, or 0 for STRK, as the gateway has it today. */
function createGasPrices(random: Random, rules: Rules): GasPrices {
  const price = (): Felt => feltFromBigint(random.bits(GAS_PRICE_BITS))
  const both = (): GasPrice => ({ wei: price(), fri: price() })
  const unit: GasPrice = { wei: ONE, fri: ONE }
  return {
    l1GasPrice: { wei: price(), fri: rules.hasFriPrices ? price() : ZERO },
    l1DataGasPrice: rules.hasDataAvailability ? both() : unit,
    l2GasPrice: rules.hasL2Gas ? both() : unit,
  }
}
