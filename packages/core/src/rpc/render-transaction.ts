import { type Felts, hexFromFelt, hexFromFelts, ZERO } from '../base/felt.ts'
import type {
  DeclareV0,
  DeclareV1,
  DeclareV2,
  DeclareV3,
  DeployAccountV1,
  DeployAccountV3,
  FeesV3,
  InvokeV0,
  InvokeV1,
  InvokeV3,
  ResourceBound,
  Transaction,
} from '../chain/transaction.ts'
import type { ResourceBoundJson, TransactionJson, TransactionWithHashJson } from './spec-types.ts'

/** What `response_flags` ask for. */
export interface TransactionOptions {
  /** INCLUDE_PROOF_FACTS: the invocations of version 3 say them, an empty list where they have none. */
  readonly withProofFacts: boolean
}

export function renderTransactionWithHash(tx: Transaction, options: TransactionOptions): TransactionWithHashJson {
  return { transaction_hash: hexFromFelt(tx.hash), ...renderTransaction(tx, options) }
}

/** Without its hash (`TXN`). */
export function renderTransaction(tx: Transaction, options: TransactionOptions): TransactionJson {
  switch (tx.type) {
    case 'invoke':
      return renderInvoke(tx, options)
    case 'declare':
      return renderDeclare(tx)
    case 'deploy':
      return { type: 'DEPLOY', version: `0x${tx.version}`, ...renderDeployment(tx) }
    case 'deploy_account':
      return renderDeployAccount(tx)
    case 'l1_handler':
      return {
        type: 'L1_HANDLER',
        version: '0x0',
        nonce: hexFromFelt(tx.nonce ?? ZERO),
        contract_address: hexFromFelt(tx.contractAddress),
        entry_point_selector: hexFromFelt(tx.entryPointSelector),
        calldata: hexFromFelts(tx.calldata),
      }
  }
}

function renderInvoke(tx: InvokeV0 | InvokeV1 | InvokeV3, { withProofFacts }: TransactionOptions): TransactionJson {
  const calldata = hexFromFelts(tx.calldata)
  if (tx.version === 0) {
    return {
      type: 'INVOKE',
      version: '0x0',
      contract_address: hexFromFelt(tx.contractAddress),
      entry_point_selector: hexFromFelt(tx.entryPointSelector),
      calldata,
      ...renderOldFees(tx),
    }
  }
  const sender_address = hexFromFelt(tx.senderAddress)
  if (tx.version === 1) {
    const nonce = hexFromFelt(tx.nonce)
    return { type: 'INVOKE', version: '0x1', sender_address, calldata, ...renderOldFees(tx), nonce }
  }
  return {
    type: 'INVOKE',
    version: '0x3',
    sender_address,
    calldata,
    account_deployment_data: hexFromFelts(tx.accountDeploymentData),
    ...renderFeesV3(tx),
    ...(withProofFacts && { proof_facts: hexFromFelts(tx.proofFacts ?? NO_FACTS) }),
  }
}

const NO_FACTS: Felts = new Uint8Array(0)

function renderDeclare(tx: DeclareV0 | DeclareV1 | DeclareV2 | DeclareV3): TransactionJson {
  const names = { sender_address: hexFromFelt(tx.senderAddress), class_hash: hexFromFelt(tx.classHash) }
  if (tx.version === 0) return { type: 'DECLARE', version: '0x0', ...names, ...renderOldFees(tx) }
  const nonce = hexFromFelt(tx.nonce)
  if (tx.version === 1) return { type: 'DECLARE', version: '0x1', ...names, ...renderOldFees(tx), nonce }
  const compiled_class_hash = hexFromFelt(tx.compiledClassHash)
  if (tx.version === 2) {
    return { type: 'DECLARE', version: '0x2', ...names, compiled_class_hash, ...renderOldFees(tx), nonce }
  }
  return {
    type: 'DECLARE',
    version: '0x3',
    ...names,
    compiled_class_hash,
    account_deployment_data: hexFromFelts(tx.accountDeploymentData),
    ...renderFeesV3(tx),
  }
}

function renderDeployAccount(tx: DeployAccountV1 | DeployAccountV3): TransactionJson {
  const deployment = renderDeployment(tx)
  if (tx.version === 3) return { type: 'DEPLOY_ACCOUNT', version: '0x3', ...deployment, ...renderFeesV3(tx) }
  const nonce = hexFromFelt(tx.nonce)
  return { type: 'DEPLOY_ACCOUNT', version: '0x1', ...deployment, ...renderOldFees(tx), nonce }
}

/** The address is in the receipt. */
function renderDeployment(tx: Extract<Transaction, { readonly contractAddressSalt: unknown }>) {
  return {
    contract_address_salt: hexFromFelt(tx.contractAddressSalt),
    class_hash: hexFromFelt(tx.classHash),
    constructor_calldata: hexFromFelts(tx.constructorCalldata),
  }
}

function renderOldFees({ maxFee, signature }: Pick<InvokeV0, 'maxFee' | 'signature'>) {
  return { max_fee: hexFromFelt(maxFee), signature: hexFromFelts(signature) }
}

function renderFeesV3(fees: FeesV3) {
  const { l1Gas, l1DataGas, l2Gas } = fees.resourceBounds
  return {
    resource_bounds: {
      l1_gas: renderBound(l1Gas),
      l1_data_gas: renderBound(l1DataGas ?? NO_BOUND),
      l2_gas: renderBound(l2Gas),
    },
    tip: renderInteger(fees.tip),
    paymaster_data: hexFromFelts(fees.paymasterData),
    nonce: hexFromFelt(fees.nonce),
    nonce_data_availability_mode: fees.nonceDataAvailabilityMode,
    fee_data_availability_mode: fees.feeDataAvailabilityMode,
    signature: hexFromFelts(fees.signature),
  }
}

/** Where the transaction has no bound, which its hash tells from one of zeros, the specification wants zeros. */
const NO_BOUND: ResourceBound = { maxAmount: 0n, maxPricePerUnit: 0n }

function renderBound({ maxAmount, maxPricePerUnit }: ResourceBound): ResourceBoundJson {
  return { max_amount: renderInteger(maxAmount), max_price_per_unit: renderInteger(maxPricePerUnit) }
}

function renderInteger(value: bigint): string {
  return `0x${value.toString(16)}`
}
