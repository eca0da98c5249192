import { FELT_BYTES, type Felt, type Felts, feltFromNumber } from '../../packages/core/src/base/felt.ts'
import type { StateDiff, StorageDiff } from '../../packages/core/src/chain/state-update.ts'

/** A state of so many slots: apps, of which the first has a third of all, and accounts with a few slots each. */
export interface Shape {
  readonly slots: number
  /** By contract: how many slots it has, apps before accounts. */
  readonly sizes: Uint32Array
}

const APPS = 500
const APPS_EXPONENT = 1.5
const APPS_SHARE = 0.9
const SLOTS_PER_ACCOUNT = 5

export function shapeOf(slots: number): Shape {
  const accounts = Math.round((slots * (1 - APPS_SHARE)) / SLOTS_PER_ACCOUNT)
  const weights = Array.from({ length: APPS }, (_, i) => (i + 1) ** -APPS_EXPONENT)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const apps = weights.map((weight) => Math.max(1, Math.round((slots * APPS_SHARE * weight) / total)))
  return { slots, sizes: Uint32Array.from([...apps, ...new Array<number>(accounts).fill(SLOTS_PER_ACCOUNT)]) }
}

export function addressOf(contract: number): Felt {
  return felt(0xadd7e55, contract)
}

/** A slot of a contract; the state has those below the contract's size, so what lies above is new. */
export function keyOf(contract: number, slot: number): Felt {
  return felt(contract, slot)
}

/** Half of the values are short, half are felts. */
export function cellValue(salt: number, slot: number): Felt {
  const out = felt(salt ^ 0x5a17, slot)
  if ((out[31]! & 1) === 0) out.fill(0, 0, 24)
  out[31]! |= 1
  return out
}

/** 250 bits that follow from the two numbers and look random. */
function felt(a: number, b: number): Felt {
  const out = new Uint8Array(FELT_BYTES)
  let state = mix(mix(a + 0x9e3779b9) ^ mix(b + 0x85ebca6b))
  for (let at = 0; at < FELT_BYTES; at += 4) {
    state = mix(state + 0x9e3779b9 + Math.imul(b, at + 1))
    out[at] = state
    out[at + 1] = state >>> 8
    out[at + 2] = state >>> 16
    out[at + 3] = state >>> 24
  }
  out[0]! &= 0x03
  return out
}

/** The finalizer of MurmurHash3. */
function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/**
 * State differences of blocks as `mainnet-like` has them: some 500 cells and 120 nonces. A transaction writes the
 * balance of its sender and of the sequencer, which lie in the largest contract, and three cells of apps.
 */
export class Workload {
  readonly #shape: Shape
  readonly #nextSlots: Uint32Array
  #draws = 0

  constructor(shape: Shape) {
    this.#shape = shape
    this.#nextSlots = Uint32Array.from(shape.sizes)
  }

  nextDiff(): StateDiff {
    const cells = new Map<number, Map<number, Felt>>()
    const nonces = new Set<number>()
    const write = (contract: number, slot: number): void => {
      const entries = cells.get(contract) ?? new Map<number, Felt>()
      cells.set(contract, entries.set(slot, cellValue(contract, this.#draws++)))
    }
    for (let transaction = 0; transaction < 120; transaction++) {
      const sender = APPS + this.#zipf(this.#shape.sizes.length - APPS, 0.82)
      if (sender < this.#shape.sizes.length) nonces.add(sender)
      write(0, 0)
      write(0, this.#zipf(this.#shape.sizes[0]!, 0.82))
      for (let cell = 0; cell < 3; cell++) this.#writeCell(write)
    }
    return diffOf(cells, nonces, this.#draws)
  }

  #writeCell(write: (contract: number, slot: number) => void): void {
    const app = this.#zipf(APPS, APPS_EXPONENT)
    const kind = this.#unit()
    const size = this.#shape.sizes[app]!
    if (kind < 0.55) write(app, this.#zipf(Math.min(100, size), 1.1))
    else if (kind < 0.75) write(app, this.#zipf(size, 0.82))
    else write(app, this.#nextSlots[app]!++)
  }

  /** 0 ≤ n < count; the inverse of the continuous distribution. */
  #zipf(count: number, exponent: number): number {
    const power = 1 - exponent
    const draw = (1 + this.#unit() * ((count + 1) ** power - 1)) ** (1 / power)
    return Math.min(count - 1, Math.floor(draw) - 1)
  }

  #unit(): number {
    this.#draws += 1
    return mix(mix(this.#draws) ^ this.#draws) / 2 ** 32
  }
}

function diffOf(cells: Map<number, Map<number, Felt>>, nonces: Set<number>, nonce: number): StateDiff {
  const none = new Uint8Array(0)
  const storage: StorageDiff[] = Array.from(cells, ([contract, entries]) => ({
    address: addressOf(contract),
    entries: sortedPairs(Array.from(entries, ([slot, value]) => [keyOf(contract, slot), value])),
  }))
  return {
    deployedContracts: none,
    replacedClasses: none,
    declaredClasses: none,
    migratedClasses: none,
    deprecatedDeclaredClasses: none,
    nonces: sortedPairs(Array.from(nonces, (contract) => [addressOf(contract), feltFromNumber(nonce)])),
    storage: storage.sort((a, b) => Buffer.compare(a.address, b.address)),
  }
}

function sortedPairs(pairs: readonly (readonly [Felt, Felt])[]): Felts {
  return new Uint8Array(Buffer.concat(pairs.toSorted(([a], [b]) => Buffer.compare(a, b)).flat()))
}
