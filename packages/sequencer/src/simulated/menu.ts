import {
  contractAddress,
  type Felt,
  felt,
  feltFromBigint,
  hexFromFelt,
  isZero,
  type MessageToL1,
  packFelts,
  ZERO,
} from '@deoxys/core/protocol'
import {
  addDeclare,
  addDeployAccount,
  addGenesisDeclare,
  addInvoke,
  ETH_TOKEN,
  STRK_TOKEN,
  type Work,
} from './account-transactions.ts'
import { type BlockDraft, oneCall } from './block-draft.ts'
import { addDeploy, addOpenInvoke } from './open-transactions.ts'
import type { AccountVersion, Rules } from './schedule.ts'
import { createCairo0Class, createSierraClass } from './simulated-class.ts'
import type { Account } from './world.ts'

/** Bits of an address on L1. */
const ETHEREUM_ADDRESS_BITS = 160

/** Bits of an amount that comes from L1. */
const DEPOSIT_BITS = 64

/** Adds one transaction to a block. */
export type Turn = (draft: BlockDraft) => void

/** A kind of transaction and the versions it may have. */
interface Kind<V extends AccountVersion> {
  readonly versions: readonly V[]
  readonly add: (draft: BlockDraft, version: V) => void
}

/** What an invocation may do, and since when. */
const WORKS: readonly { readonly work: DoWork; readonly isThere: (rules: Rules) => boolean }[] = [
  { work: moveTokens, isThere: always },
  { work: writeStorage, isThere: always },
  { work: deployApp, isThere: always },
  { work: replaceClass, isThere: (rules) => rules.hasReplacedClasses },
  { work: withdraw, isThere: always },
  { work: revert, isThere: (rules) => rules.hasReverts },
]

type DoWork = (draft: BlockDraft, sender: Account) => Work

function invokeKind(work: DoWork): Kind<1 | 3> {
  return {
    versions: [1, 3],
    add(draft, version) {
      const sender = draft.random.pick(draft.world.accounts)
      addInvoke(draft, version, sender, work(draft, sender))
    },
  }
}

const DECLARES: readonly Kind<1 | 2 | 3>[] = [
  { versions: [1], add: declareWith(createCairo0Class) },
  { versions: [2, 3], add: declareWith(createSierraClass) },
]

const DEPLOYS: readonly Kind<1 | 3>[] = [
  {
    versions: [1, 3],
    add: (draft, version) => addDeployAccount(draft, version, pickClass(draft)),
  },
]

/** Everything that can be in a block under the rules, each kind in each version once, and messages from L1. */
export function menuOf(rules: Rules): readonly Turn[] {
  const { accountVersions } = rules
  const works = WORKS.filter(({ isThere }) => isThere(rules)).map(({ work }) => work)
  const turns = <V extends AccountVersion>(kinds: readonly Kind<V>[]) =>
    kinds.flatMap(({ versions, add }) =>
      versions
        .filter((version) => accountVersions.includes(version))
        .map((version) => (draft: BlockDraft) => add(draft, version)),
    )
  return [
    ...openTurns(rules, works),
    ...turns(works.map(invokeKind)),
    ...turns(DECLARES),
    ...turns(DEPLOYS),
    addDeposit,
  ]
}

/** What needed no account. */
function openTurns({ isOpen, hasDeclare }: Rules, works: readonly DoWork[]): Turn[] {
  if (!isOpen) return []
  const calls = works.map((work): Turn => {
    return (draft) => {
      const account = draft.random.pick(draft.world.accounts)
      addOpenInvoke(draft, account, work(draft, account))
    }
  })
  const declare: Turn = (draft) => addGenesisDeclare(draft, createCairo0Class(draft.random, draft.kernel))
  return [...calls, deployOpenly, ...(hasDeclare ? [declare] : [])]
}

/** Before classes were declared, now and then of a class that nobody has seen. */
function deployOpenly(draft: BlockDraft): void {
  const { random, rules, world } = draft
  let classHash: Felt
  if (!rules.hasDeclare && random.oneIn(2)) {
    const cls = createCairo0Class(random, draft.kernel)
    draft.addClass(cls)
    classHash = cls.hash
  } else classHash = pickCairo0Class(draft)
  world.addApp({ address: addDeploy(draft, classHash), classHash, liveKeys: [] })
}

function always(): boolean {
  return true
}

function declareWith(create: typeof createCairo0Class): (draft: BlockDraft, version: 1 | 2 | 3) => void {
  return (draft, version) => {
    const sender = draft.random.pick(draft.world.accounts)
    addDeclare(draft, version, sender, create(draft.random, draft.kernel))
  }
}

/** Now and then all of it, which deletes the sender's balance. */
function moveTokens(draft: BlockDraft, sender: Account): Work {
  const { random, world } = draft
  const token = random.pick([ETH_TOKEN, STRK_TOKEN])
  const { address: to } = random.pick(world.accounts)
  const balance = world.balance(token, sender.address)
  const amount = random.oneIn(6) ? balance : balance / 16n
  return {
    calldata: oneCall(token, draft.selector('transfer'), [to, feltFromBigint(amount), ZERO]),
    events: [draft.transfer(token, sender.address, to, amount)],
  }
}

/** New values under new keys, zero under one that has a value and under one that has none. */
function writeStorage(draft: BlockDraft): Work {
  const { random, world, changes } = draft
  const app = random.pick(world.apps)
  const { address } = app
  const liveKeys = [...app.liveKeys]
  const old = random.integer(0, liveKeys.length)
  for (const key of liveKeys.splice(old, 1)) changes.write(address, key, ZERO)
  for (let count = random.integer(1, 4); count > 0; count--) {
    const [key, value] = [random.felt(), random.felt()]
    changes.write(address, key, value)
    if (!isZero(value)) liveKeys.push(key)
  }
  if (random.oneIn(3)) changes.write(address, random.felt(), ZERO)
  world.setLiveKeys(app, liveKeys)
  return {
    calldata: oneCall(address, draft.selector('set'), []),
    events: [{ fromAddress: address, keys: random.felts(0, 3), data: random.felts(0, 4) }],
  }
}

export function deployApp(draft: BlockDraft, sender: Account): Work {
  const { random, world, changes } = draft
  const classHash = pickClass(draft)
  const [salt, constructorCalldata] = [random.felt(), random.felts(0, 2)]
  const address = draft.compute(contractAddress(sender.address, salt, classHash, constructorCalldata))
  changes.deploy(address, classHash)
  world.addApp({ address, classHash, liveKeys: [] })
  return {
    calldata: oneCall(sender.address, draft.selector('deploy_contract'), [classHash, salt, ZERO]),
    events: [{ fromAddress: address, keys: draft.selector('ContractDeployed'), data: packFelts([address, classHash]) }],
  }
}

function replaceClass(draft: BlockDraft): Work {
  const app = draft.random.pick(draft.world.apps)
  draft.world.setClass(app, pickClass(draft, app.classHash))
  draft.changes.replaceClass(app.address, app.classHash)
  return { calldata: oneCall(app.address, draft.selector('upgrade'), [app.classHash]) }
}

function withdraw(draft: BlockDraft): Work {
  const { random, world } = draft
  const { address } = random.pick(world.apps)
  const messages = Array.from(
    { length: random.integer(1, 3) },
    (): MessageToL1 => ({
      fromAddress: address,
      toAddress: random.felt(ETHEREUM_ADDRESS_BITS),
      payload: random.felts(0, 3),
    }),
  )
  return { calldata: oneCall(address, draft.selector('withdraw'), []), messages }
}

/** The fee is all that is left of it. */
function revert(draft: BlockDraft): Work {
  const { address, classHash } = draft.random.pick(draft.world.apps)
  const selector = draft.selector('decrease')
  const place = `contract address: ${padded(address)}, class hash: ${padded(classHash)}, selector: ${padded(selector)}`
  return {
    calldata: oneCall(address, selector, []),
    revertError:
      `Transaction execution has failed:\n0: Error in the called contract (${place}):\n` +
      "Execution failed. Failure reason:\n0x753235365f737562204f766572666c6f77 ('u256_sub Overflow').\n",
  }
}

/** Brings tokens from L1 to an account. */
function addDeposit(draft: BlockDraft): void {
  const { random, world, rules } = draft
  const { address: to } = random.pick(world.accounts)
  const amount = random.bits(DEPOSIT_BITS)
  const calldata = packFelts([random.felt(ETHEREUM_ADDRESS_BITS), to, feltFromBigint(amount), ZERO])
  draft.add(
    {
      type: 'l1_handler',
      version: 0,
      hash: ZERO,
      contractAddress: ETH_TOKEN,
      entryPointSelector: draft.selector('handle_deposit'),
      calldata,
      nonce: rules.transactionHash === 'oldest' ? undefined : feltFromBigint(world.takeL1Nonce()),
    },
    { events: [draft.transfer(ETH_TOKEN, ZERO, to, amount)] },
  )
}

/** Any declared class but the given one. */
function pickClass({ random, world }: BlockDraft, other?: Felt): Felt {
  const hashes = [...world.classes.keys()].filter((hash) => other === undefined || hash !== hexFromFelt(other))
  return felt(random.pick(hashes))
}

function pickCairo0Class({ random, world }: BlockDraft): Felt {
  const classes = [...world.classes.values()].filter(({ compiled }) => compiled === undefined)
  return random.pick(classes).hash
}

/** As error texts spell addresses. */
function padded(value: Felt): string {
  return `0x${Buffer.from(value).toString('hex')}`
}
