import {
  type Event,
  type FeesV3,
  type Felt,
  feltFromNumber,
  type MessageToL1,
  NO_FELTS,
  ONE,
  packFelts,
  type Receipt,
  ZERO,
} from '@deoxys/core/protocol'
import { ETH_TOKEN, SEQUENCER, STRK_TOKEN } from '../account-transactions.ts'
import { drawExponential, drawGeometric, drawQuantile, drawWeighted, Zipf } from './distributions.ts'
import { drawBalance, drawFelts, drawValue, drawWords, type Vocabulary } from './felt-values.ts'
import type { Parameters } from './parameters.ts'
import type { AccountOf } from './population.ts'
import { revertText } from './revert-text.ts'
import type { WorkBlock } from './workload-content.ts'

/** The exponential part of the cells that a call writes is cut off here. */
const MORE_CELLS_MAX = 5

/** A cell that is written lies next to another one: structs. */
const NEIGHBOUR_SHARE = 0.06

/** Cells that an app has for each account. */
const CELLS_PER_SENDER = 3

/** Bits of what a transaction offers and pays, in units of the fee token. */
const FEE_BITS = 44

/** An invocation with all it does: calls of apps, their events and cells, the fee. */
export function addWorkInvoke(block: WorkBlock): void {
  const { draft, random, population, parameters } = block
  const index = population.drawAccount(random)
  const sender = population.account(index)
  const { accountVersions } = draft.rules
  const hasBoth = accountVersions.includes(1) && accountVersions.includes(3)
  const version = hasBoth ? (random.chance(parameters.version1) ? 1 : 3) : accountVersions.includes(3) ? 3 : 1
  const nonce = takeNonce(block, index, sender)
  const apps = drawApps(block)
  const isReverted = random.chance(parameters.reverted)
  if (!isReverted) for (const app of apps) writeCells(block, app, index, sender)
  const vocabulary = startVocabulary(block, sender, apps)
  const feeEvent = payFee(block, sender, version === 3 ? STRK_TOKEN : ETH_TOKEN)
  const fields = {
    type: 'invoke',
    hash: ZERO,
    senderAddress: sender.address,
    calldata: drawCalldata(block, apps, vocabulary),
  } as const
  const signature = drawFelts(random, drawWeighted(random, parameters.signature))
  draft.add(
    version === 1
      ? { ...fields, version, maxFee: random.felt(FEE_BITS + 1), nonce, signature }
      : {
          ...fields,
          version,
          ...feesV3(block, nonce, signature),
          accountDeploymentData: NO_FELTS,
          proofFacts: draft.rules.proofFactsMax === undefined ? undefined : NO_FELTS,
        },
    {
      fee: BigInt(random.u32()) << 12n,
      events: isReverted ? [feeEvent] : [...drawEvents(block, sender, apps, vocabulary), feeEvent],
      messages: isReverted ? [] : drawMessages(block, apps),
      revertError: isReverted ? revertText(random, drawQuantile(random, parameters.revertText)) : undefined,
      resources: drawResources(block),
    },
  )
}

/** In the order they are called; none is a transaction that only pays. */
function drawApps({ random, population, parameters }: WorkBlock): readonly number[] {
  return Array.from({ length: drawGeometric(random, parameters.nextCall) }, () => population.drawApp(random))
}

export function takeNonce({ draft, population }: WorkBlock, index: number, { address }: AccountOf): Felt {
  const nonce = population.takeNonce(index)
  draft.changes.setNonce(address, feltFromNumber(nonce + 1))
  return feltFromNumber(nonce)
}

/** Writes the balances; returns the event of the token. */
export function payFee({ draft, random, population, parameters }: WorkBlock, sender: AccountOf, token: Felt): Event {
  draft.changes.write(token, sender.balanceKey, drawBalance(random, parameters.values))
  draft.changes.write(token, population.sequencerBalanceKey, drawBalance(random, parameters.values))
  if (random.chance(parameters.thirdBalance)) {
    draft.changes.write(
      token,
      population.account(population.drawAccount(random)).balanceKey,
      drawBalance(random, parameters.values),
    )
  }
  const data = packFelts([sender.address, SEQUENCER, random.felt(FEE_BITS), ZERO])
  return { fromAddress: token, keys: draft.transferSelector, data }
}

function writeCells(block: WorkBlock, app: number, index: number, sender: AccountOf): void {
  const { draft, random, population, parameters, named } = block
  const address = population.app(app)
  let last: { readonly key: Felt; readonly isNew: boolean } | undefined
  const more = Math.min(MORE_CELLS_MAX, Math.floor(drawExponential(random, parameters.writesMean)))
  for (let cells = 1 + more; cells > 0; cells--) {
    const value = drawValue(random, parameters.values)
    if (random.chance(parameters.senderCell)) {
      draft.changes.write(sender.address, ONE, value)
      continue
    }
    const kind = random.unit()
    if (last !== undefined && random.chance(NEIGHBOUR_SHARE)) last = { key: next(last.key), isNew: last.isNew }
    else if (kind < parameters.hot) last = { key: population.drawHotCell(random, app), isNew: false }
    else if (kind < parameters.hot + parameters.ofSender) {
      last = { key: population.cellOf(app, index, random.integer(0, CELLS_PER_SENDER - 1)), isNew: false }
    } else last = { key: random.felt(), isNew: true }
    if (last.isNew) named(last.key)
    draft.changes.write(address, last.key, value)
  }
}

/** The key behind, as the next field of a struct has. */
function next(key: Felt): Felt {
  const out = Uint8Array.from(key)
  out[31] = (out[31]! + 1) & 0xff
  return out
}

/** What a transaction has names for from the start: who sends, whom it calls, functions, somebody else. */
function startVocabulary(
  { random, population, selectors }: WorkBlock,
  sender: AccountOf,
  apps: readonly number[],
): Vocabulary {
  const other = population.account(population.drawAccount(random)).address
  return [
    sender.address,
    ...apps.map((app) => population.app(app)),
    random.pick(selectors),
    random.pick(selectors),
    other,
  ]
}

/** As an account's multicall: how many, then contract, function and arguments. */
function drawCalldata(
  { random, population, parameters, selectors }: WorkBlock,
  apps: readonly number[],
  vocabulary: Vocabulary,
): Uint8Array {
  const count = drawQuantile(random, parameters.calldata)
  const head = [feltFromNumber(apps.length), population.app(apps[0] ?? 0), random.pick(selectors)].slice(0, count)
  return packFelts([...head, drawWords(random, count - head.length, vocabulary)])
}

/** All but the last, which is the fee's. */
function drawEvents(
  block: WorkBlock,
  sender: AccountOf,
  apps: readonly number[],
  vocabulary: Vocabulary,
): readonly Event[] {
  const { random, population, parameters } = block
  const count = drawQuantile(random, parameters.events) - 1
  return Array.from({ length: Math.max(0, count) }, (_, i): Event => {
    const isSender = i === 0 && random.chance(parameters.senderEvent)
    const app = apps.length === 0 ? undefined : random.pick(apps)
    const fromAddress = isSender ? sender.address : app === undefined ? STRK_TOKEN : population.app(app)
    const keyCount = drawWeighted(random, parameters.keys)
    const first = keyCount === 0 ? NO_FELTS : drawFirstKey(block)
    const keys = packFelts([first, drawWords(random, Math.max(0, keyCount - 1), vocabulary)])
    return { fromAddress, keys, data: drawWords(random, drawQuantile(random, parameters.data), vocabulary) }
  })
}

const firstKeys = new WeakMap<Parameters, Zipf>()

function drawFirstKey({ random, parameters, selectors }: WorkBlock): Felt {
  const zipf = firstKeys.get(parameters) ?? new Zipf(parameters.firstKeysExponent, parameters.firstKeys)
  firstKeys.set(parameters, zipf)
  return selectors[zipf.draw(random)]!
}

function drawMessages({ random, population, parameters }: WorkBlock, apps: readonly number[]): readonly MessageToL1[] {
  if (!random.chance(parameters.message)) return []
  const fromAddress = population.app(apps[0] ?? 0)
  return [{ fromAddress, toAddress: random.felt(160), payload: drawFelts(random, random.integer(2, 4)) }]
}

/** Of an account's transaction of version 3. */
export function feesV3({ random, draft }: WorkBlock, nonce: Felt, signature: Uint8Array): FeesV3 {
  const { hasL2Gas } = draft.rules
  const bound = (bits: number) => ({
    maxAmount: BigInt(random.u32() >>> (32 - bits)),
    maxPricePerUnit: BigInt(random.u32()) << 12n,
  })
  return {
    resourceBounds: { l1Gas: bound(12), l2Gas: bound(30), l1DataGas: hasL2Gas ? bound(12) : undefined },
    tip: hasL2Gas ? BigInt(random.u32()) : 0n,
    paymasterData: NO_FELTS,
    nonce,
    nonceDataAvailabilityMode: 'L1',
    feeDataAvailabilityMode: 'L1',
    signature,
  }
}

const BUILTINS: readonly (readonly [name: string, share: number, perStep: number])[] = [
  ['poseidon_builtin', 1, 1 / 200],
  ['range_check_builtin', 1, 1 / 30],
  ['pedersen_builtin', 1, 1 / 700],
  ['bitwise_builtin', 0.7, 1 / 400],
  ['ec_op_builtin', 0.4, 1 / 9000],
]

export function drawResources({ random, parameters, draft }: WorkBlock): NonNullable<Receipt['resources']> {
  const { rules } = draft
  const steps = drawQuantile(random, parameters.steps)
  const l1DataGas = 32 * random.integer(2, 30)
  const l2Gas = (amount: number) => (rules.hasL2Gas ? amount : undefined)
  return {
    steps,
    memoryHoles: random.integer(0, Math.ceil(steps / 100)),
    builtins: BUILTINS.filter(([, share]) => random.chance(share)).map(([name, , perStep]) => ({
      name,
      count: Math.ceil(steps * perStep),
    })),
    dataAvailability: rules.hasDataAvailability ? { l1Gas: 0, l1DataGas, l2Gas: l2Gas(0) } : undefined,
    totalGas: rules.hasTotalGas ? { l1Gas: 0, l1DataGas, l2Gas: l2Gas(steps * 100) } : undefined,
  }
}
