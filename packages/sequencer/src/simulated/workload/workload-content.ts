import { compareFelts, type Felt, hexFromFelt, ONE, packFelts, ZERO } from '@deoxys/core/protocol'
import {
  addDeclare,
  addDeployAccount,
  addGenesisDeclare,
  addInvoke,
  ETH_TOKEN,
  SEQUENCER,
  STRK_TOKEN,
} from '../account-transactions.ts'
import type { BlockDraft } from '../block-draft.ts'
import type { ChainContent } from '../chain-builder.ts'
import type { Journal } from '../journal.ts'
import { createSierraClass } from '../simulated-class.ts'
import type { Account } from '../world.ts'
import { drawQuantile } from './distributions.ts'
import { FastRandom } from './fast-random.ts'
import { drawBalance, drawValue } from './felt-values.ts'
import { addWorkInvoke } from './invoke.ts'
import { createLargeClass } from './large-class.ts'
import { addWorkDeployment, addWorkDeposit } from './other-transactions.ts'
import type { Parameters } from './parameters.ts'
import { Population } from './population.ts'

/** Cells written by one of the blocks that make the state before the first ordinary one, and by one transaction of it. */
const FILL_CELLS = 20_000
const FILL_CELLS_PER_TRANSACTION = 1000

/** Balances in two tokens, and the account's own key. */
const CELLS_PER_ACCOUNT = 3

/** Classes that apps have. */
const APP_CLASSES = 4

/** Once in so many blocks, so many contracts get another class. */
const UPGRADE_INTERVAL = 50
const UPGRADES = 20

export interface WorkloadOptions {
  readonly seed: number
  readonly parameters: Parameters
  /** Cells before the first ordinary block. */
  readonly stateCells: number
  readonly journal: Journal
}

/** What the parts of a block are made with. */
export interface WorkBlock {
  readonly draft: BlockDraft
  readonly random: FastRandom
  readonly population: Population
  readonly parameters: Parameters
  /** Remembers a felt that no block named before. */
  readonly named: (felt: Felt) => Felt
  readonly selectors: readonly Felt[]
  readonly classes: readonly Felt[]
}

/**
 * Blocks like those of a busy network: first some that do nothing but make a state, then ordinary ones. All follows from
 * the seed and the number of the block.
 */
export class WorkloadContent implements ChainContent {
  /** Number of the first ordinary block. */
  readonly fillBlocks: number
  readonly #seed: number
  readonly #parameters: Parameters
  readonly #stateCells: number
  readonly #journal: Journal
  readonly #population: Population
  /** Of the block under construction. */
  #named: Felt[] = []
  #selectors: readonly Felt[] | undefined

  constructor({ seed, parameters, stateCells, journal }: WorkloadOptions) {
    this.#seed = seed
    this.#parameters = parameters
    this.#stateCells = stateCells
    this.#journal = journal
    this.#population = new Population(seed, parameters, stateCells, journal)
    this.fillBlocks = fillBlocksOf(stateCells)
  }

  addTransactions(draft: BlockDraft, branch: number): void {
    this.#named = []
    const random = new FastRandom(`${this.#seed}/${branch}/workload/${draft.number}`)
    if (draft.number < this.fillBlocks) {
      this.#journal.forget()
      this.#fill(draft, random)
      return
    }
    const block = this.#open(draft, random)
    for (let count = drawQuantile(random, this.#parameters.transactions); count > 0; count--) {
      draft.beginTransaction()
      this.#addTransaction(block)
    }
    const upgrades = draft.number % UPGRADE_INTERVAL === 0 ? UPGRADES : 0
    for (let i = 0; i < upgrades; i++) replaceClass(block)
  }

  freshFelts(): readonly Felt[] {
    return [...new Map(this.#named.map((felt) => [hexFromFelt(felt), felt])).values()].sort(compareFelts)
  }

  #open(draft: BlockDraft, random: FastRandom): WorkBlock {
    this.#selectors ??= Array.from({ length: this.#parameters.firstKeys }, (_, i) => draft.selector(`Event${i}`))
    return {
      draft,
      random,
      population: this.#population,
      parameters: this.#parameters,
      named: (felt) => {
        this.#named.push(felt)
        return felt
      },
      selectors: this.#selectors,
      classes: appClasses(draft),
    }
  }

  #addTransaction(block: WorkBlock): void {
    const { random, parameters } = block
    const { deployAccount, l1Handler, declare, deployed, replaced } = parameters
    const kind = random.unit()
    if (kind < deployAccount) addWorkDeployment(block)
    else if (kind < deployAccount + l1Handler) addWorkDeposit(block)
    else if (kind < deployAccount + l1Handler + declare) declareClass(block)
    else {
      addWorkInvoke(block)
      if (random.chance(deployed)) deployContract(block)
      if (random.chance(replaced)) replaceClass(block)
    }
  }

  /** A part of the state: accounts with their balances, apps with their cells. Nobody is told, and nothing is paid. */
  #fill(draft: BlockDraft, random: FastRandom): void {
    const population = this.#population
    const founder = draft.number === 0 ? this.#begin(draft) : draft.world.accounts[0]!
    const [accountClass] = draft.world.classes.keys()
    let cells = 0
    const write = (address: Felt, key: Felt, value: Felt) => {
      if (cells++ % FILL_CELLS_PER_TRANSACTION === 0) addSetUp(draft, founder)
      draft.changes.write(address, key, value)
    }
    const accountHash = draft.world.classes.get(accountClass!)!.hash
    for (const index of this.#share(draft.number, population.accountCount)) {
      const { address, balanceKey } = population.account(index)
      draft.changes.deploy(address, accountHash)
      write(address, ONE, random.felt())
      for (const token of [ETH_TOKEN, STRK_TOKEN])
        write(token, balanceKey, drawBalance(random, this.#parameters.values))
    }
    const rest = this.#stateCells - population.accountCount * CELLS_PER_ACCOUNT
    for (const index of this.#share(draft.number, Math.max(0, rest))) {
      const app = population.drawApp(random)
      const isHot = index % 2 === 0
      const key = isHot ? population.drawHotCell(random, app) : random.felt()
      write(population.app(app), key, drawValue(random, this.#parameters.values))
    }
  }

  /** The classes, the tokens and the apps. */
  #begin(draft: BlockDraft): Account {
    const classes = Array.from({ length: 2 + APP_CLASSES }, () => createSierraClass(draft.random, draft.kernel))
    for (const cls of classes) addGenesisDeclare(draft, cls)
    const [accountClass, tokenClass, ...appClasses] = classes.map(({ hash }) => hash)
    const version = draft.rules.accountVersions.includes(3) ? 3 : 1
    const founder = addDeployAccount(draft, version, accountClass!)
    for (const token of [ETH_TOKEN, STRK_TOKEN]) draft.changes.deploy(token, tokenClass!)
    for (let app = 0; app < this.#population.appCount; app++) {
      draft.changes.deploy(this.#population.app(app), appClasses[app % APP_CLASSES]!)
    }
    return founder
  }

  /** The part of `count` things that fill block `number` makes. */
  *#share(number: number, count: number): Generator<number> {
    const size = Math.ceil(count / this.fillBlocks)
    for (let i = number * size; i < Math.min(count, (number + 1) * size); i++) yield i
  }
}

export function fillBlocksOf(stateCells: number): number {
  return Math.max(1, Math.ceil(stateCells / FILL_CELLS))
}

function addSetUp(draft: BlockDraft, founder: Account): void {
  const version = draft.rules.accountVersions.includes(3) ? 3 : 1
  addInvoke(draft, version, founder, { calldata: packFelts([ONE, SEQUENCER, ZERO, ZERO]) })
}

function appClasses({ world }: BlockDraft): readonly Felt[] {
  return [...world.classes.values()].slice(2, 2 + APP_CLASSES).map(({ hash }) => hash)
}

/** By an account of the population, which pays. */
function declareClass({ draft, random, population }: WorkBlock): void {
  const index = population.drawAccount(random)
  const { address } = population.account(index)
  const account = { address, nonce: BigInt(population.takeNonce(index)) }
  const version = draft.rules.accountVersions.includes(3) ? 3 : 2
  addDeclare(draft, version, account, createLargeClass(random, draft.kernel))
}

/** By an app: a contract of one of its classes, with a few cells. */
function deployContract({ draft, random, named, classes, parameters }: WorkBlock): void {
  const address = named(random.felt())
  draft.changes.deploy(address, random.pick(classes))
  for (let cells = random.integer(1, 3); cells > 0; cells--) {
    draft.changes.write(address, named(random.felt()), drawValue(random, parameters.values))
  }
}

function replaceClass({ draft, random, population, classes }: WorkBlock): void {
  draft.changes.replaceClass(population.app(population.drawApp(random)), random.pick(classes))
}
