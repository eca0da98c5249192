import {
  type DataAvailabilityMode,
  type FeesV3,
  hexFromFelt,
  hexFromFelts,
  type ResourceBound,
  type Transaction,
} from '@deoxys/core/protocol'
import type { JsonMembers } from './print-json.ts'

type TransactionOf<Type extends Transaction['type']> = Extract<Transaction, { type: Type }>

/** A transaction as it stands in a block (protocol 8.4), members in the gateway's order. */
export function renderTransaction(transaction: Transaction): JsonMembers {
  const members = {
    transaction_hash: hexFromFelt(transaction.hash),
    version: `0x${transaction.version}`,
    ...('resourceBounds' in transaction ? renderFeesV3(transaction) : renderOldFees(transaction)),
  }
  switch (transaction.type) {
    case 'invoke':
      return renderInvoke(members, transaction)
    case 'declare':
      return renderDeclare(members, transaction)
    case 'deploy':
    case 'deploy_account':
      return renderDeployment(members, transaction)
    case 'l1_handler':
      return {
        ...members,
        contract_address: hexFromFelt(transaction.contractAddress),
        entry_point_selector: hexFromFelt(transaction.entryPointSelector),
        nonce: transaction.nonce && hexFromFelt(transaction.nonce),
        calldata: hexFromFelts(transaction.calldata),
        type: 'L1_HANDLER',
      }
  }
}

function renderInvoke(members: JsonMembers, transaction: TransactionOf<'invoke'>): JsonMembers {
  const calldata = hexFromFelts(transaction.calldata)
  if (transaction.version === 0) {
    return {
      ...members,
      entry_point_selector: hexFromFelt(transaction.entryPointSelector),
      calldata,
      contract_address: hexFromFelt(transaction.contractAddress),
      type: 'INVOKE_FUNCTION',
    }
  }
  const isV3 = transaction.version === 3
  return {
    ...members,
    sender_address: hexFromFelt(transaction.senderAddress),
    calldata,
    account_deployment_data: isV3 ? hexFromFelts(transaction.accountDeploymentData) : undefined,
    type: 'INVOKE_FUNCTION',
    proof_facts: isV3 && transaction.proofFacts !== undefined ? hexFromFelts(transaction.proofFacts) : undefined,
  }
}

function renderDeclare(members: JsonMembers, transaction: TransactionOf<'declare'>): JsonMembers {
  const sender = { sender_address: hexFromFelt(transaction.senderAddress) }
  const isV3 = transaction.version === 3
  return {
    ...members,
    ...(isV3 ? sender : {}),
    class_hash: hexFromFelt(transaction.classHash),
    compiled_class_hash: 'compiledClassHash' in transaction ? hexFromFelt(transaction.compiledClassHash) : undefined,
    ...(isV3 ? { account_deployment_data: hexFromFelts(transaction.accountDeploymentData) } : sender),
    type: 'DECLARE',
  }
}

function renderDeployment(members: JsonMembers, transaction: TransactionOf<'deploy' | 'deploy_account'>): JsonMembers {
  const address = hexFromFelt(transaction.contractAddress)
  const isV3 = transaction.type === 'deploy_account' && transaction.version === 3
  return {
    ...members,
    [isV3 ? 'sender_address' : 'contract_address']: address,
    contract_address_salt: hexFromFelt(transaction.contractAddressSalt),
    class_hash: hexFromFelt(transaction.classHash),
    constructor_calldata: hexFromFelts(transaction.constructorCalldata),
    type: transaction.type === 'deploy' ? 'DEPLOY' : 'DEPLOY_ACCOUNT',
  }
}

/** Of the types that have them; a nonce came with version 1. */
function renderOldFees(transaction: Exclude<Transaction, FeesV3>): JsonMembers {
  if (!('maxFee' in transaction)) return {}
  return {
    max_fee: hexFromFelt(transaction.maxFee),
    signature: hexFromFelts(transaction.signature),
    nonce: 'nonce' in transaction ? hexFromFelt(transaction.nonce) : undefined,
  }
}

function renderFeesV3(fees: FeesV3): JsonMembers {
  const { l1Gas, l2Gas, l1DataGas } = fees.resourceBounds
  return {
    signature: hexFromFelts(fees.signature),
    nonce: hexFromFelt(fees.nonce),
    nonce_data_availability_mode: renderMode(fees.nonceDataAvailabilityMode),
    fee_data_availability_mode: renderMode(fees.feeDataAvailabilityMode),
    resource_bounds: {
      L1_GAS: renderBound(l1Gas),
      L2_GAS: renderBound(l2Gas),
      L1_DATA_GAS: l1DataGas && renderBound(l1DataGas),
    },
    tip: hex(fees.tip),
    paymaster_data: hexFromFelts(fees.paymasterData),
  }
}

function renderBound({ maxAmount, maxPricePerUnit }: ResourceBound): JsonMembers {
  return { max_amount: hex(maxAmount), max_price_per_unit: hex(maxPricePerUnit) }
}

function renderMode(mode: DataAvailabilityMode): number {
  return mode === 'L1' ? 0 : 1
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`
}
