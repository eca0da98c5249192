import {
  equalFelts,
  type Felt,
  feltAt,
  feltFromBigint,
  isZero,
  NO_FELTS,
  ONE,
  shortString,
  ZERO,
} from '../base/felt.ts'
import { contractAddress } from './contract-address.ts'
import { type Hashing, pedersenArray, poseidonArray } from './hashing.ts'
import type {
  DataAvailabilityMode,
  DeclareV3,
  DeployAccountV3,
  FeesV3,
  InvokeV3,
  L1Handler,
  ResourceBound,
  ResourceBounds,
  Transaction,
} from './transaction.ts'

const INVOKE = shortString('invoke')
const DECLARE = shortString('declare')
const DEPLOY = shortString('deploy')
const DEPLOY_ACCOUNT = shortString('deploy_account')
const L1_HANDLER = shortString('l1_handler')
const TWO = feltFromBigint(2n)
const THREE = feltFromBigint(3n)

/** `K("constructor")` (protocol 1.5). */
const CONSTRUCTOR_SELECTOR = feltFromBigint(0x28ffe4ff0f226a9107253e17a904099aa4f63a02a5621de0576e5aa71bc5194n)

/** The hash of a transaction by the formula of its type and version (protocol 3.1, 3.2). */
export function* transactionHash(tx: Transaction, chainId: Felt): Hashing<Felt> {
  switch (tx.type) {
    case 'invoke': {
      if (tx.version === 3) return yield* invokeV3Hash(tx, chainId)
      const calldata = yield* pedersenArray(tx.calldata)
      if (tx.version === 0) {
        return yield* pedersenArray(
          INVOKE,
          ZERO,
          tx.contractAddress,
          tx.entryPointSelector,
          calldata,
          tx.maxFee,
          chainId,
        )
      }
      return yield* pedersenArray(INVOKE, ONE, tx.senderAddress, ZERO, calldata, tx.maxFee, chainId, tx.nonce)
    }
    case 'declare': {
      if (tx.version === 3) return yield* declareV3Hash(tx, chainId)
      if (tx.version === 0) {
        const nothing = yield* pedersenArray(NO_FELTS)
        return yield* pedersenArray(DECLARE, ZERO, tx.senderAddress, ZERO, nothing, tx.maxFee, chainId, tx.classHash)
      }
      const version = tx.version === 1 ? ONE : TWO
      const classHash = yield* pedersenArray(tx.classHash)
      const compiled = tx.version === 2 ? tx.compiledClassHash : NO_FELTS
      return yield* pedersenArray(
        DECLARE,
        version,
        tx.senderAddress,
        ZERO,
        classHash,
        tx.maxFee,
        chainId,
        tx.nonce,
        compiled,
      )
    }
    case 'deploy': {
      const calldata = yield* pedersenArray(tx.constructorCalldata)
      const version = tx.version === 0 ? ZERO : ONE
      return yield* pedersenArray(DEPLOY, version, tx.contractAddress, CONSTRUCTOR_SELECTOR, calldata, ZERO, chainId)
    }
    case 'deploy_account': {
      if (tx.version === 3) return yield* deployAccountV3Hash(tx, chainId)
      const calldata = yield* pedersenArray(tx.classHash, tx.contractAddressSalt, tx.constructorCalldata)
      return yield* pedersenArray(DEPLOY_ACCOUNT, ONE, tx.contractAddress, ZERO, calldata, tx.maxFee, chainId, tx.nonce)
    }
    case 'l1_handler': {
      const calldata = yield* pedersenArray(tx.calldata)
      return yield* pedersenArray(
        L1_HANDLER,
        ZERO,
        tx.contractAddress,
        tx.entryPointSelector,
        calldata,
        ZERO,
        chainId,
        tx.nonce ?? ZERO,
      )
    }
  }
}

function* invokeV3Hash(tx: InvokeV3, chainId: Felt): Hashing<Felt> {
  const prefix = yield* prefixV3(INVOKE, tx.senderAddress, tx, chainId)
  const deployment = yield* poseidonArray(tx.accountDeploymentData)
  const calldata = yield* poseidonArray(tx.calldata)
  const facts = tx.proofFacts !== undefined && tx.proofFacts.length > 0 ? yield* poseidonArray(tx.proofFacts) : NO_FELTS
  return yield* poseidonArray(...prefix, deployment, calldata, facts)
}

function* declareV3Hash(tx: DeclareV3, chainId: Felt): Hashing<Felt> {
  const prefix = yield* prefixV3(DECLARE, tx.senderAddress, tx, chainId)
  const deployment = yield* poseidonArray(tx.accountDeploymentData)
  return yield* poseidonArray(...prefix, deployment, tx.classHash, tx.compiledClassHash)
}

function* deployAccountV3Hash(tx: DeployAccountV3, chainId: Felt): Hashing<Felt> {
  const prefix = yield* prefixV3(DEPLOY_ACCOUNT, tx.contractAddress, tx, chainId)
  const calldata = yield* poseidonArray(tx.constructorCalldata)
  return yield* poseidonArray(...prefix, calldata, tx.classHash, tx.contractAddressSalt)
}

function* prefixV3(type: Felt, address: Felt, fees: FeesV3, chainId: Felt): Hashing<readonly Felt[]> {
  const feeHash = yield* poseidonArray(feltFromBigint(fees.tip), ...boundFelts(fees.resourceBounds))
  const paymaster = yield* poseidonArray(fees.paymasterData)
  const modes = (modeBit(fees.nonceDataAvailabilityMode) << 32n) + modeBit(fees.feeDataAvailabilityMode)
  return [type, THREE, address, feeHash, paymaster, chainId, fees.nonce, feltFromBigint(modes)]
}

function modeBit(mode: DataAvailabilityMode): bigint {
  return mode === 'L1' ? 0n : 1n
}

/** The name is right-aligned in the top 64 bits; the third one lacks the `_GAS` of its JSON key. */
function boundFelts(bounds: ResourceBounds): Felt[] {
  const felts = [boundFelt('L1_GAS', bounds.l1Gas), boundFelt('L2_GAS', bounds.l2Gas)]
  if (bounds.l1DataGas !== undefined) felts.push(boundFelt('L1_DATA', bounds.l1DataGas))
  return felts
}

function boundFelt(name: string, bound: ResourceBound): Felt {
  const nameValue = BigInt(`0x${Buffer.from(name, 'latin1').toString('hex')}`)
  return feltFromBigint((nameValue << 192n) | (bound.maxAmount << 128n) | bound.maxPricePerUnit)
}

/**
 * The forms of the first mainnet blocks (protocol 3.4): what the transaction's hash may be when the modern formula does
 * not give it. They know no version and no fee, so a transaction that has either is none of theirs.
 */
export function* legacyTransactionHashes(tx: Transaction, chainId: Felt): Hashing<readonly Felt[]> {
  if (tx.type === 'invoke' && tx.version === 0 && isZero(tx.maxFee)) {
    const calldata = yield* pedersenArray(tx.calldata)
    return [yield* pedersenArray(INVOKE, tx.contractAddress, tx.entryPointSelector, calldata, chainId)]
  }
  if (tx.type === 'deploy' && tx.version === 0) {
    const calldata = yield* pedersenArray(tx.constructorCalldata)
    return [yield* pedersenArray(DEPLOY, tx.contractAddress, CONSTRUCTOR_SELECTOR, calldata, chainId)]
  }
  if (tx.type === 'l1_handler') return yield* legacyL1HandlerHashes(tx, chainId)
  return []
}

function* legacyL1HandlerHashes(tx: L1Handler, chainId: Felt): Hashing<readonly Felt[]> {
  const calldata = yield* pedersenArray(tx.calldata)
  const call = [tx.contractAddress, tx.entryPointSelector, calldata, chainId]
  const oldest = yield* pedersenArray(INVOKE, ...call)
  const since07 = yield* pedersenArray(L1_HANDLER, ...call, tx.nonce ?? ZERO)
  return [oldest, since07]
}

export interface TransactionHashResult {
  readonly verified: boolean
  /** What the modern formula gives, or, where the hash fits and the contract address does not, that address. */
  readonly computed: Felt
  readonly reason: string | undefined
}

/**
 * Whether some formula gives the claimed hash, and, for deployments, whether the class hash and salt give the address
 * (protocol 3.3): in DEPLOY nothing else authenticates them.
 */
export function* verifyTransactionHash(tx: Transaction, chainId: Felt): Hashing<TransactionHashResult> {
  const computed = yield* transactionHash(tx, chainId)
  if (!equalFelts(computed, tx.hash)) {
    const legacy = yield* legacyTransactionHashes(tx, chainId)
    if (!legacy.some((hash) => equalFelts(hash, tx.hash))) return { verified: false, computed, reason: undefined }
  }
  if (tx.type === 'deploy' || tx.type === 'deploy_account') {
    const address = yield* contractAddress(ZERO, tx.contractAddressSalt, tx.classHash, tx.constructorCalldata)
    if (!equalFelts(address, tx.contractAddress)) {
      return {
        verified: false,
        computed: address,
        reason: 'class hash, salt and calldata give another contract address',
      }
    }
  }
  return { verified: true, computed: tx.hash, reason: undefined }
}

/** The L1 sender of an L1 handler, or undefined when it has no calldata. */
export function l1Sender(tx: L1Handler): Felt | undefined {
  return tx.calldata.length === 0 ? undefined : feltAt(tx.calldata, 0)
}
