import { createHash } from 'node:crypto'
import type { Felt } from '@deoxys/core/protocol'
import type { Journal } from '../journal.ts'
import { Zipf } from './distributions.ts'
import type { FastRandom } from './fast-random.ts'
import type { Parameters } from './parameters.ts'

/** Accounts that there are for so many cells of state, at least. */
const CELLS_PER_ACCOUNT = 5
const ACCOUNTS_MIN = 100

/** Names that are remembered, some 200 bytes each. */
const NAMES_MAX = 500_000

export interface AccountOf {
  readonly address: Felt
  /** Of its balance, in every token. */
  readonly balanceKey: Felt
}

/**
 * The accounts and apps of a chain, in the order of how often they take part, and the names of their cells. They follow
 * from the seed: nothing is kept of those that never take part.
 */
export class Population {
  readonly accountCount: number
  readonly appCount: number
  readonly sequencerBalanceKey: Felt
  readonly #seed: number
  readonly #journal: Journal
  readonly #accounts: Zipf
  readonly #apps: Zipf
  readonly #hotCells: Zipf
  /** Remembered: names made of the seed. */
  readonly #names = new Map<string, Felt>()
  /** By account; 0 where there is none. */
  readonly #nonces = new Map<number, number>()

  constructor(seed: number, parameters: Parameters, stateCells: number, journal: Journal) {
    const { accounts, accountsExponent, apps, appsExponent, hotCells, hotCellsExponent } = parameters
    this.accountCount = Math.min(accounts, Math.max(ACCOUNTS_MIN, Math.ceil(stateCells / CELLS_PER_ACCOUNT)))
    this.appCount = apps
    this.#seed = seed
    this.#journal = journal
    this.#accounts = new Zipf(accountsExponent, this.accountCount)
    this.#apps = new Zipf(appsExponent, apps)
    this.sequencerBalanceKey = this.nameOnce('balance/sequencer')
    this.#hotCells = new Zipf(hotCellsExponent, hotCells)
  }

  drawAccount(random: FastRandom): number {
    return this.#accounts.draw(random)
  }

  drawApp(random: FastRandom): number {
    return this.#apps.draw(random)
  }

  account(index: number): AccountOf {
    return { address: this.#name(`account/${index}`), balanceKey: this.#name(`balance/${index}`) }
  }

  app(index: number): Felt {
    return this.#name(`app/${index}`)
  }

  drawHotCell(random: FastRandom, app: number): Felt {
    return this.#name(`hot/${app}/${this.#hotCells.draw(random)}`)
  }

  /** One of the cells that an app has for an account. */
  cellOf(app: number, account: number, which: number): Felt {
    return this.#name(`cell/${app}/${account}/${which}`)
  }

  /** The nonce for the next transaction of an account, which is used up. */
  takeNonce(account: number): number {
    const nonce = this.#nonces.get(account) ?? 0
    this.#journal.set(this.#nonces, account, nonce + 1)
    return nonce
  }

  /** The same name without remembering it: of those that are named once. */
  nameOnce(what: string): Felt {
    const felt = createHash('sha256').update(`${this.#seed}/${what}`).digest()
    felt[0]! &= 0x03
    return new Uint8Array(felt)
  }

  #name(what: string): Felt {
    const known = this.#names.get(what)
    if (known !== undefined) return known
    const name = this.nameOnce(what)
    if (this.#names.size >= NAMES_MAX) this.#names.clear()
    this.#names.set(what, name)
    return name
  }
}
