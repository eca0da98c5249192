import { customNetwork, type Network } from '@deoxys/core'
import {
  all,
  type Block,
  BlockFrame,
  type BlockHashInput,
  type BlockHeader,
  blockHash,
  decodeStateFrame,
  encodeBlockFrame,
  encodeStateFrame,
  eventCommitment,
  type Felt,
  feltFromBigint,
  type GasPrice,
  hexFromFelt,
  ONE,
  receiptCommitment,
  runHashing,
  type StateUpdate,
  stateDiffCommitment,
  stateDiffLength,
  transactionCommitment,
  ZERO,
} from '@deoxys/core/protocol'
import type { Kernel } from '@deoxys/kernel'
import { SEQUENCER } from './account-transactions.ts'
import { BlockDraft } from './block-draft.ts'
import { addGenesis } from './genesis.ts'
import { menuOf } from './menu.ts'
import { NetworkKey } from './network-key.ts'
import { Random } from './random.ts'
import { type Rules, rulesOf, type Schedule, verifySchedule, versionAt } from './schedule.ts'
import type { SimulatedClass } from './simulated-class.ts'
import { SimulatedState } from './simulated-state.ts'
import { addSystemChanges, BLOCK_HASH_LAG } from './system-contracts.ts'
import { World } from './world.ts'

/** Where a chain ends: at some 16 KB a block in memory. */
export const BLOCKS_MAX = 10_000

/** Seconds since 1970 of block 0, and from block to block: a block says nothing of the day it was made on. */
const GENESIS_TIMESTAMP_S = 1_700_000_000
const BLOCK_INTERVAL_S = 30

/** Transactions of a block, at least and at most. */
const TRANSACTIONS_MIN = 4
const TRANSACTIONS_MAX = 8

/** One block in this many has none at all. */
const QUIET_INTERVAL = 7
const QUIET_PHASE = 3

/** Bits of a gas price. */
const GAS_PRICE_BITS = 40

/** A core contract that is on no L1. */
export const L1_CORE_CONTRACT = '0x1000000000000000000000000000000000000001'

/** A block with what it changed. The signature is in the header. */
export interface SimulatedBlock extends Block {
  readonly rules: Rules
  readonly update: StateUpdate
}

/** A block as it is kept: encoded, which takes a fraction of the memory. */
interface KeptBlock {
  readonly rules: Rules
  readonly block: BlockFrame
  readonly state: Uint8Array
}

export interface ChainOptions {
  readonly seed: number
  readonly schedule: Schedule
  readonly kernel: Kernel
  readonly chainId: string
}

/**
 * A chain that follows from its seed, made block by block when somebody asks:
 *
 *     menu → draft (transactions, receipts, changes) → state root → commitments → block hash → signature
 *
 * Every hash is right under the rules of the block's version, by core's formulas. What transactions do is made up, but
 * adds up: nonces count, fees are paid out of balances, classes are declared before they are deployed.
 */
export class ChainBuilder {
  readonly network: Network
  readonly #seed: number
  readonly #schedule: Schedule
  readonly #kernel: Kernel
  readonly #key: NetworkKey
  readonly #world = new World()
  readonly #state: SimulatedState
  readonly #blocks: KeptBlock[] = []
  readonly #numbers = new Map<string, number>()
  readonly #transactions = new Map<string, readonly [block: number, index: number]>()

  /** @throws RangeError, UnsupportedVersionError for a schedule that is none */
  constructor({ seed, schedule, kernel, chainId }: ChainOptions) {
    verifySchedule(schedule)
    this.#seed = seed
    this.#schedule = schedule
    this.#kernel = kernel
    this.#key = new NetworkKey(`${seed}/key`)
    this.#state = new SimulatedState(kernel)
    this.network = customNetwork({
      name: 'demo',
      chainId,
      publicKey: this.#key.publicKey,
      l1CoreContract: L1_CORE_CONTRACT,
    })
  }

  /** Builds what is missing up to it, some milliseconds a block. @throws RangeError from `BLOCKS_MAX` on */
  buildBlock(number: number): SimulatedBlock {
    if (!(number >= 0 && number < BLOCKS_MAX)) throw new RangeError(`block ${number} of ${BLOCKS_MAX}`)
    while (this.#blocks.length <= number) this.#append()
    const { rules, block, state } = this.#blocks[number]!
    return { ...block.block(), rules, update: decodeStateFrame(state) }
  }

  // Hashes are hex. What was not built yet is not there.

  getBlockNumber(hash: string): number | undefined {
    return this.#numbers.get(hash)
  }

  getTransactionPlace(hash: string): readonly [block: number, index: number] | undefined {
    return this.#transactions.get(hash)
  }

  getClass(hash: string): SimulatedClass | undefined {
    return this.#world.classes.get(hash)
  }

  #append(): void {
    const number = this.#blocks.length
    const rules = rulesOf(versionAt(this.#schedule, number))
    const random = new Random(`${this.#seed}/block/${number}`)
    const draft = new BlockDraft({
      number,
      rules,
      random,
      chainId: this.network.chainIds[0]!,
      world: this.#world,
      kernel: this.#kernel,
    })
    if (number === 0) addGenesis(draft)
    else if (number % QUIET_INTERVAL !== QUIET_PHASE) addTransactions(draft)
    addSystemChanges(draft, this.#header(number - BLOCK_HASH_LAG)?.hash)
    this.#keep(this.#seal(draft))
  }

  #seal({ number, rules, random, transactions, receipts, changes }: BlockDraft): SimulatedBlock {
    const parent = this.#header(number - 1)
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
      timestamp: GENESIS_TIMESTAMP_S + number * BLOCK_INTERVAL_S,
      sequencerAddress: SEQUENCER,
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
    const hash = runHashing(this.#kernel, blockHash(rules.era, content, this.network.chainIds[0]!))
    return {
      rules,
      header: { ...content, hash, signature: this.#key.sign(hash) },
      transactions,
      receipts,
      update: { blockHash: hash, oldRoot: parent?.stateRoot ?? ZERO, newRoot: stateRoot, stateDiff },
    }
  }

  #keep({ rules, header, transactions, receipts, update }: SimulatedBlock): void {
    const { number } = header
    const block = new BlockFrame(encodeBlockFrame({ header, transactions, receipts }))
    this.#blocks.push({ rules, block, state: encodeStateFrame(update) })
    this.#numbers.set(hexFromFelt(header.hash), number)
    transactions.forEach(({ hash }, i) => {
      this.#transactions.set(hexFromFelt(hash), [number, i])
    })
  }

  /** Undefined below block 0. */
  #header(number: number): BlockHeader | undefined {
    return this.#blocks[number]?.block.header()
  }
}

/** The menu goes round, so that everything an era has comes up within a few blocks. */
function addTransactions(draft: BlockDraft): void {
  const menu = menuOf(draft.rules)
  for (let count = draft.random.integer(TRANSACTIONS_MIN, TRANSACTIONS_MAX); count > 0; count--) {
    menu[draft.world.turns++ % menu.length]!(draft)
  }
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
