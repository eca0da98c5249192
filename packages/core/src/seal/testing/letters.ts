import type { Kernel } from '@deoxys/kernel'
import { type Felt, feltFromNumber, NO_FELTS, packFelts, ZERO } from '../../base/felt.ts'
import type { BlockHeader } from '../../chain/block.ts'
import { encodeBlockFrame, encodeStateFrame } from '../../chain/frame.ts'
import { getNetwork } from '../../chain/network.ts'
import { namedClasses, type StateDiff } from '../../chain/state-update.ts'
import { recordedBlocks } from '../../chain/testing/recordings.ts'
import { verifyBlock } from '../../sync/verify.ts'
import type { LetterQueue } from '../consensus-data-provider.ts'
import type { ClassBody, Letter } from '../letter.ts'

/** A bus without a producer. */
export class Letters implements LetterQueue {
  readonly queue: Letter[] = []

  take(): Letter | undefined {
    return this.queue.shift()
  }
}

export const EMPTY_DIFF: StateDiff = {
  deployedContracts: NO_FELTS,
  replacedClasses: NO_FELTS,
  declaredClasses: NO_FELTS,
  migratedClasses: NO_FELTS,
  deprecatedDeclaredClasses: NO_FELTS,
  nonces: NO_FELTS,
  storage: [],
}

export interface MadeUpBlock {
  readonly number: number
  readonly hash: Felt
  readonly parentHash: Felt
  readonly oldRoot: Felt
  readonly newRoot: Felt
  readonly version: string
  readonly diff: StateDiff
}

/** A letter without transactions, whose hashes nobody computed: sealing checks parents and roots alone. */
export function madeUpLetter(block: MadeUpBlock): Letter {
  const price = { wei: ZERO, fri: ZERO }
  const header: BlockHeader = {
    number: block.number,
    hash: block.hash,
    parentHash: block.parentHash,
    stateRoot: block.newRoot,
    timestamp: 1_700_000_000 + block.number,
    sequencerAddress: ZERO,
    version: block.version,
    l1DataMode: 'CALLDATA',
    l1GasPrice: price,
    l1DataGasPrice: price,
    l2GasPrice: price,
    transactionCommitment: ZERO,
    eventCommitment: ZERO,
    receiptCommitment: ZERO,
    stateDiffCommitment: ZERO,
    stateDiffLength: 0,
    transactionCount: 0,
    eventCount: 0,
    signature: undefined,
  }
  const update = { blockHash: block.hash, oldRoot: block.oldRoot, newRoot: block.newRoot, stateDiff: block.diff }
  return {
    number: block.number,
    hash: block.hash,
    parentHash: block.parentHash,
    block: encodeBlockFrame({ header, transactions: [], receipts: [] }),
    state: encodeStateFrame(update),
    classes: namedClasses(block.diff).map(madeUpClass),
    checks: 0,
  }
}

function madeUpClass(hash: Felt): ClassBody {
  return { hash, kind: 'sierra', text: Buffer.from(`class ${hash[31]}`), isVerified: true, compiled: undefined }
}

/** Pairs packed, of small numbers. */
export function pairs(...all: readonly (readonly [number, number])[]): Uint8Array {
  return packFelts(all.flat().map(feltFromNumber))
}

/** Recorded blocks 0 to `last` of a network, verified, with class bodies that nobody reads. */
export function recordedLetters(kernel: Kernel, name: string, last: number): Letter[] {
  const network = getNetwork(name)!
  return recordedBlocks()
    .filter((block) => block.network === name && block.number <= last)
    .sort((a, b) => a.number - b.number)
    .map(({ number, answer, stateUpdate, signature }) => {
      const together = Buffer.from(`{"block":${Buffer.from(answer)},"state_update":${Buffer.from(stateUpdate!)}}`)
      const raw = { number, together, block: undefined, stateUpdate: undefined, signature: signature! }
      const { header, update, block, state, checks } = verifyBlock(kernel, network, 'strict', raw)
      const classes = namedClasses(update.stateDiff).map(madeUpClass)
      return { number, hash: header.hash, parentHash: header.parentHash, block, state, classes, checks }
    })
}
