import { type Felt, isZero } from '../base/felt.ts'
import type { BlockHeader, BlockStatus } from '../chain/block.ts'
import type { BlockFrame } from '../chain/frame.ts'
import type { TransactionPlace } from '../store/tables.ts'
import { RpcError } from './errors.ts'
import type { RpcContext } from './method.ts'
import type { BlockId } from './params.ts'

/**
 * The number of a stored block. `l1_accepted` is not found as long as the node does not know what L1 accepted, and
 * `pre_confirmed` never: the node has no view of the block that is being built, and does not pass the latest one off as it.
 * @throws RpcError BLOCK_NOT_FOUND
 */
export function findBlock({ view, backend }: RpcContext, id: BlockId): number {
  const head = view.head()?.number ?? -1
  const number = numberOf(id)
  if (number === undefined || number < 0 || number > head) throw new RpcError('BLOCK_NOT_FOUND')
  return number

  function numberOf(block: BlockId): number | undefined {
    if (typeof block === 'object') return 'number' in block ? block.number : view.blockNumberOf(block.hash)
    if (block === 'latest') return head
    return block === 'l1_accepted' ? backend.l1Head() : undefined
  }
}

/** The header and the frame of a stored block. @throws RpcError BLOCK_NOT_FOUND */
export function readBlock(context: RpcContext, id: BlockId): { header: BlockHeader; frame: BlockFrame } {
  const number = findBlock(context, id)
  return { header: present(context.view.headerAt(number)), frame: present(context.view.blockFrame(number)) }
}

/** @throws RpcError TXN_HASH_NOT_FOUND */
export function findTransaction({ view }: RpcContext, hash: Felt): TransactionPlace {
  const place = view.transactionAt(hash)
  if (place === undefined) throw new RpcError('TXN_HASH_NOT_FOUND')
  return place
}

/** The class of a contract after block `number`. @throws RpcError CONTRACT_NOT_FOUND, also when it has no class (0x1, 0x2) */
export function findClassHash({ view }: RpcContext, address: Felt, number: number): Felt {
  const classHash = view.classHashAt(address, number)
  if (classHash === undefined || isZero(classHash)) throw new RpcError('CONTRACT_NOT_FOUND')
  return classHash
}

export function statusOf({ backend }: RpcContext, number: number): BlockStatus {
  const l1Head = backend.l1Head()
  return l1Head !== undefined && number <= l1Head ? 'ACCEPTED_ON_L1' : 'ACCEPTED_ON_L2'
}

/** For what another row of the store says is there. @throws Error: the store is damaged, or a bug */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a record that the store refers to is missing')
  return value
}
