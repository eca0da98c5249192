import {
  contractAddress,
  type Event,
  type FeesV3,
  type Felt,
  type Felts,
  felt,
  feltFromBigint,
  type InvokeV1,
  NO_FELTS,
  ONE,
  shortString,
  ZERO,
} from '@deoxys/core/protocol'
import type { BlockDraft, Outcome } from './block-draft.ts'
import type { SimulatedClass } from './simulated-class.ts'
import type { Account } from './world.ts'

/** The fee tokens, at the addresses they have on every network. */
export const ETH_TOKEN = felt('0x49d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7')
export const STRK_TOKEN = felt('0x4718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d')

/** Who gets the fees. */
export const SEQUENCER = felt('0x1176a1bd84444c89232ec27754698e5d2e7e1a7f1539f12027f28b23ec9f3d8')

/** Bits of a fee, and of the tip and the prices that a transaction offers. */
export const FEE_BITS = 44

/** Sender of the declaration that a chain begins with, where only version 3 is left. */
const BOOTSTRAP = shortString('BOOTSTRAP')

/** What an invocation does beside paying its fee. */
export interface Work extends Omit<Outcome, 'fee'> {
  readonly calldata: Felts
}

export function addInvoke(draft: BlockDraft, version: 1 | 3, sender: Account, { calldata, ...outcome }: Work): void {
  const { fee, events } = payFee(draft, version, sender)
  const nonce = draft.takeNonce(sender)
  const fields = { type: 'invoke', hash: ZERO, senderAddress: sender.address, calldata } as const
  const { proofFactsMax } = draft.rules
  const proofFacts = proofFactsMax === undefined ? undefined : draft.random.felts(0, proofFactsMax)
  draft.add(
    version === 1
      ? { ...fields, version, ...feesV1(draft, nonce) }
      : { ...fields, version, ...feesV3(draft, nonce), accountDeploymentData: NO_FELTS, proofFacts },
    { ...outcome, fee, events: [...(outcome.events ?? []), ...events] },
  )
}

/** A Cairo 0 class under version 1, a Sierra class under 2 and 3. */
export function addDeclare(draft: BlockDraft, version: 1 | 2 | 3, sender: Account, cls: SimulatedClass): void {
  const outcome = payFee(draft, version, sender)
  const nonce = draft.takeNonce(sender)
  const fields = { type: 'declare', hash: ZERO, senderAddress: sender.address, classHash: cls.hash } as const
  if (version === 1) draft.add({ ...fields, version, ...feesV1(draft, nonce) }, outcome)
  else {
    const compiledClassHash = compiledHashOf(draft, cls)
    draft.add(
      version === 2
        ? { ...fields, version, ...feesV1(draft, nonce), compiledClassHash }
        : { ...fields, version, ...feesV3(draft, nonce), compiledClassHash, accountDeploymentData: NO_FELTS },
      outcome,
    )
  }
  recordClass(draft, cls)
}

/** Before there is any account, nobody signs or pays: a Cairo 0 class under version 0, a Sierra class under 3. */
export function addGenesisDeclare(draft: BlockDraft, cls: SimulatedClass): void {
  const fields = { type: 'declare', hash: ZERO, classHash: cls.hash } as const
  const unsigned = { nonce: ZERO, signature: NO_FELTS }
  if (cls.compiled === undefined) {
    draft.add({ ...fields, version: 0, senderAddress: ONE, maxFee: ZERO, ...unsigned })
  } else {
    draft.add({
      ...fields,
      version: 3,
      senderAddress: BOOTSTRAP,
      ...feesV3(draft, ZERO),
      ...unsigned,
      compiledClassHash: compiledHashOf(draft, cls),
      accountDeploymentData: NO_FELTS,
    })
  }
  recordClass(draft, cls)
}

/** The new account has nothing to pay a fee from. */
export function addDeployAccount(draft: BlockDraft, version: 1 | 3, classHash: Felt): Account {
  const { random } = draft
  const [contractAddressSalt, constructorCalldata] = [random.felt(), random.felts(1, 2)]
  const address = draft.compute(contractAddress(ZERO, contractAddressSalt, classHash, constructorCalldata))
  const account: Account = { address, nonce: 0n }
  const nonce = draft.takeNonce(account)
  const fields = {
    type: 'deploy_account',
    hash: ZERO,
    contractAddress: address,
    contractAddressSalt,
    classHash,
    constructorCalldata,
  } as const
  draft.add(
    version === 1 ? { ...fields, version, ...feesV1(draft, nonce) } : { ...fields, version, ...feesV3(draft, nonce) },
  )
  draft.changes.deploy(address, classHash)
  draft.world.addAccount(account)
  return account
}

/** In the token of the version: as much as is asked for, or all there is. */
export function payFee(
  draft: BlockDraft,
  version: 1 | 2 | 3,
  sender: Account,
): { readonly fee: bigint; readonly events: readonly Event[] } {
  const token = version === 3 ? STRK_TOKEN : ETH_TOKEN
  const balance = draft.world.balance(token, sender.address)
  const asked = draft.random.bits(FEE_BITS)
  const fee = asked < balance ? asked : balance
  return { fee, events: fee === 0n ? [] : [draft.transfer(token, sender.address, SEQUENCER, fee)] }
}

function feesV1({ random }: BlockDraft, nonce: Felt): Pick<InvokeV1, 'maxFee' | 'nonce' | 'signature'> {
  return { maxFee: feltFromBigint(random.bits(FEE_BITS + 1)), nonce, signature: random.felts(2, 2) }
}

function feesV3({ random, rules }: BlockDraft, nonce: Felt): FeesV3 {
  const bound = () => ({ maxAmount: random.bits(32), maxPricePerUnit: random.bits(FEE_BITS) })
  return {
    resourceBounds: { l1Gas: bound(), l2Gas: bound(), l1DataGas: rules.hasL2Gas ? bound() : undefined },
    tip: rules.hasL2Gas ? random.bits(FEE_BITS) : 0n,
    paymasterData: NO_FELTS,
    nonce,
    nonceDataAvailabilityMode: 'L1',
    feeDataAvailabilityMode: 'L1',
    signature: random.felts(2, 3),
  }
}

function compiledHashOf({ rules }: BlockDraft, { compiled }: SimulatedClass): Felt {
  if (compiled === undefined) throw new Error('a Cairo 0 class has no compiled class')
  return compiled.hashes[rules.compiledClassHash]
}

function recordClass(draft: BlockDraft, cls: SimulatedClass): void {
  const { world, changes, rules } = draft
  draft.addClass(cls)
  if (cls.compiled === undefined) changes.declareCairo0(cls.hash)
  else {
    changes.declareSierra(cls.hash, compiledHashOf(draft, cls))
    if (rules.compiledClassHash === 1) world.addUnmigrated({ hash: cls.hash, compiled: cls.compiled })
  }
}
