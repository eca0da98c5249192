import type { Felt } from '../base/felt.ts'
import type { Log } from '../base/log.ts'
import type { Store } from '../store/store.ts'
import type { StoreView } from '../store/store-view.ts'
import type { ChainIdentity } from '../store/tables.ts'

/** What the methods answer from: the store, and functions for what other parts of the node know. */
export interface RpcBackend {
  readonly store: Store
  /** A `Network` fits. */
  readonly network: ChainIdentity
  /** The newest block that L1 accepted and this node has; undefined as long as none is known. */
  l1Head(): number | undefined
  /** False once the target of sync is reached, and as long as none is known. */
  syncStatus(): false | SyncStatus
  /** Keccak-256 of any bytes: 32 bytes. */
  keccak256(message: Uint8Array): Uint8Array
  /** The block at or before `number` that wrote the storage slot last; undefined when none did. */
  storageUpdatedAt(view: StoreView, address: Felt, key: Felt, number: number): number | undefined
  readonly log: Log
}

/**
 * Where sync began and where it goes; where it is, the store says. The start is the head when the node started, block 0 for
 * an empty store, and stays; its hash is zero as long as block 0 is not there.
 */
export interface SyncStatus {
  readonly startingNumber: number
  readonly startingHash: Felt
  readonly highestNumber: number
  readonly highestHash: Felt
}
