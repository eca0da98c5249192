import { hexFromFelt, hexFromFelts } from '../base/felt.ts'
import type { BlockStatus } from '../chain/block.ts'
import type { Event, ExecutionResources, MessageToL1, Receipt } from '../chain/receipt.ts'
import type { Transaction } from '../chain/transaction.ts'
import { l1MessageWords } from './l1-message.ts'
import type { EventJson, MessageToL1Json, ReceiptJson } from './spec-types.ts'

/** What a receipt is rendered with besides itself. */
export interface ReceiptOptions {
  readonly status: BlockStatus
  readonly keccak256: (message: Uint8Array) => Uint8Array
}

/** Without its block (`TXN_RECEIPT`). */
export function renderReceipt(tx: Transaction, receipt: Receipt, { status, keccak256 }: ReceiptOptions): ReceiptJson {
  return {
    ...renderType(tx, keccak256),
    transaction_hash: hexFromFelt(tx.hash),
    actual_fee: { amount: hexFromFelt(receipt.actualFee), unit: tx.version === 3 ? 'FRI' : 'WEI' },
    finality_status: status,
    ...renderExecution(receipt),
    messages_sent: receipt.messages.map(renderMessage),
    events: receipt.events.map(renderEvent),
    execution_resources: renderResources(receipt.resources),
  }
}

function renderType(tx: Transaction, keccak256: ReceiptOptions['keccak256']) {
  switch (tx.type) {
    case 'invoke':
      return { type: 'INVOKE' } as const
    case 'declare':
      return { type: 'DECLARE' } as const
    case 'deploy':
      return { type: 'DEPLOY', contract_address: hexFromFelt(tx.contractAddress) } as const
    case 'deploy_account':
      return { type: 'DEPLOY_ACCOUNT', contract_address: hexFromFelt(tx.contractAddress) } as const
    case 'l1_handler': {
      // All 256 bits, which may be more than a felt, and all digits, as L1 writes hashes.
      const hash = Buffer.from(keccak256(l1MessageWords(tx)))
      return { type: 'L1_HANDLER', message_hash: `0x${hash.toString('hex')}` } as const
    }
  }
}

function renderExecution({ revertError }: Receipt) {
  if (revertError === undefined) return { execution_status: 'SUCCEEDED' } as const
  return { execution_status: 'REVERTED', revert_reason: revertError } as const
}

function renderMessage({ fromAddress, toAddress, payload }: MessageToL1): MessageToL1Json {
  return { from_address: hexFromFelt(fromAddress), to_address: hexFromFelt(toAddress), payload: hexFromFelts(payload) }
}

function renderEvent({ fromAddress, keys, data }: Event): EventJson {
  return { from_address: hexFromFelt(fromAddress), keys: hexFromFelts(keys), data: hexFromFelts(data) }
}

/** The gas of the whole transaction; zeros before 0.13.2, and for L2 gas before 0.13.4: the gateway does not tell it. */
function renderResources(resources: ExecutionResources | undefined) {
  const gas = resources?.totalGas
  return { l1_gas: gas?.l1Gas ?? 0, l1_data_gas: gas?.l1DataGas ?? 0, l2_gas: gas?.l2Gas ?? 0 }
}
