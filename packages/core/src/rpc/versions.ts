import type { RouteTable } from './method.ts'
import { blockHashAndNumber } from './methods/block-hash-and-number.ts'
import { blockNumber } from './methods/block-number.ts'
import { chainId } from './methods/chain-id.ts'
import { getBlockTransactionCount } from './methods/get-block-transaction-count.ts'
import { getBlockWithReceipts } from './methods/get-block-with-receipts.ts'
import { getBlockWithTxHashes } from './methods/get-block-with-tx-hashes.ts'
import { getBlockWithTxs } from './methods/get-block-with-txs.ts'
import { getClass } from './methods/get-class.ts'
import { getClassAt } from './methods/get-class-at.ts'
import { getClassHashAt } from './methods/get-class-hash-at.ts'
import { getNonce } from './methods/get-nonce.ts'
import { getStateUpdate } from './methods/get-state-update.ts'
import { getStorageAt } from './methods/get-storage-at.ts'
import { getTransactionByBlockIdAndIndex } from './methods/get-transaction-by-block-id-and-index.ts'
import { getTransactionByHash } from './methods/get-transaction-by-hash.ts'
import { getTransactionReceipt } from './methods/get-transaction-receipt.ts'
import { specVersion } from './methods/spec-version.ts'
import { syncing } from './methods/syncing.ts'

/**
 * Starknet JSON-RPC 0.10: the newest version, in whose shapes the methods answer. An older one is a table of the same
 * methods; where it differs, of methods that hand theirs on to these and convert what comes back.
 */
export const V0_10 = {
  starknet_specVersion: specVersion('0.10.3'),
  starknet_chainId: chainId,
  starknet_blockNumber: blockNumber,
  starknet_blockHashAndNumber: blockHashAndNumber,
  starknet_syncing: syncing,
  starknet_getBlockWithTxHashes: getBlockWithTxHashes,
  starknet_getBlockWithTxs: getBlockWithTxs,
  starknet_getBlockWithReceipts: getBlockWithReceipts,
  starknet_getBlockTransactionCount: getBlockTransactionCount,
  starknet_getTransactionByHash: getTransactionByHash,
  starknet_getTransactionByBlockIdAndIndex: getTransactionByBlockIdAndIndex,
  starknet_getTransactionReceipt: getTransactionReceipt,
  starknet_getStateUpdate: getStateUpdate,
  starknet_getStorageAt: getStorageAt,
  starknet_getNonce: getNonce,
  starknet_getClassHashAt: getClassHashAt,
  starknet_getClass: getClass,
  starknet_getClassAt: getClassAt,
} satisfies RouteTable
