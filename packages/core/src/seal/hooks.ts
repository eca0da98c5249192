import { CheckError } from '../base/errors.ts'
import { equalFelts, type Felt, hexFromFelt, ZERO } from '../base/felt.ts'
import type { BlockHeader } from '../chain/block.ts'
import { BlockFrame, decodeStateFrame } from '../chain/frame.ts'
import { LEDGER_BITS, type LedgerMask } from '../chain/ledger.ts'
import { eachPair, namedClasses, type StateUpdate } from '../chain/state-update.ts'
import type { StoreBatch } from '../store/store-batch.ts'
import type { StoreView } from '../store/store-view.ts'
import type { Head } from '../store/tables.ts'
import {
  BLOCK_ENGINE_ID,
  classBodiesOf,
  type Digest,
  digestPayload,
  ledgerMaskOf,
  STATE_ENGINE_ID,
  withLedger,
} from './digest.ts'
import type { StateTransition } from './state-transition.ts'

/** The state below the first block. */
export const GENESIS_PARENT = { number: -1, hash: ZERO, stateRoot: ZERO, version: '' } as const satisfies Head

/** One block on its way into the store. */
export interface OpenBlock {
  readonly digest: Digest
  readonly header: BlockHeader
  readonly update: StateUpdate
}

/**
 * Takes the block and its state difference out of the digest, holds them against the parent, and writes the difference
 * onto the state.
 * @throws CheckError parent_hash, old_root: it is not the block after `parent`
 */
export function onInitialize(transition: StateTransition, parent: Head, digest: Digest): OpenBlock {
  const header = new BlockFrame(digestPayload(digest, 'pre-runtime', BLOCK_ENGINE_ID)).header()
  const update = decodeStateFrame(digestPayload(digest, 'pre-runtime', STATE_ENGINE_ID))
  const { number } = header
  if (number !== parent.number + 1) throw new Error(`block ${number} came after block ${parent.number}`)
  assertEqual('parent_hash', number, parent.hash, header.parentHash)
  assertEqual('old_root', number, parent.stateRoot, update.oldRoot)
  transition.apply(number, update.stateDiff)
  return { digest, header, update }
}

/** The block as the head it makes. */
export function headOf({ header: { number, hash, stateRoot, version } }: OpenBlock): Head {
  return { number, hash, stateRoot, version }
}

/**
 * Stores the block, the class bodies that came with it, and what was checked; after the root agreed. Returns the digest
 * with the consensus item.
 * @param rootCheck the bit of the root that was compared: the block's own, or one further on
 * @param stored hashes of the classes that this batch stores already; those of the block are added
 * @throws CheckError classes: a class the block names is neither stored nor in the digest
 */
export function onFinalize(
  view: StoreView,
  batch: StoreBatch,
  block: OpenBlock,
  rootCheck: 'state_root' | 'range_root',
  stored: Set<string>,
): Digest {
  const { header } = block
  const checks = ledgerMaskOf(block.digest) | LEDGER_BITS.parent | LEDGER_BITS[rootCheck]
  const digest = withLedger(block.digest, checks | storeClasses(view, batch, block, stored))
  const blockFrame = digestPayload(digest, 'pre-runtime', BLOCK_ENGINE_ID)
  const frame = new BlockFrame(blockFrame)
  batch.putBlock({
    header,
    blockFrame,
    stateFrame: digestPayload(digest, 'pre-runtime', STATE_ENGINE_ID),
    transactionHashes: Array.from({ length: frame.transactionCount }, (_, i) => frame.transactionHash(i)),
  })
  batch.putVerification(header.number, ledgerMaskOf(digest, 'consensus'))
  batch.setHead(headOf(block))
  return digest
}

function storeClasses(
  view: StoreView,
  batch: StoreBatch,
  { digest, header, update }: OpenBlock,
  inBatch: Set<string>,
): LedgerMask {
  const bodies = new Map(classBodiesOf(digest).map((body) => [hexFromFelt(body.hash), body]))
  let isVerified = true
  for (const hash of namedClasses(update.stateDiff)) {
    const stored = view.classRecord(hash)
    const body = bodies.get(hexFromFelt(hash))
    if (stored === undefined && body === undefined) {
      const data = {
        code: 'CHECK_FAILED',
        check: 'classes',
        block: header.number,
        expected: hexFromFelt(hash),
      } as const
      throw new CheckError(`block ${header.number} names class ${hexFromFelt(hash)}, whose body is missing`, data)
    }
    isVerified &&= stored?.isVerified ?? body?.isVerified ?? false
    if (stored !== undefined || body === undefined || inBatch.has(hexFromFelt(hash))) continue
    inBatch.add(hexFromFelt(hash))
    batch.putClass(hash, {
      kind: body.kind,
      declaredAt: header.number,
      isVerified: body.isVerified,
      body: body.text,
    })
    if (body.compiled !== undefined) batch.putCasm(hash, body.compiled)
  }
  const declared = [...eachPair(update.stateDiff.declaredClasses)]
  const areCompiled = declared.every(([hash]) => bodies.get(hexFromFelt(hash))?.compiled !== undefined)
  return (
    (isVerified ? LEDGER_BITS.classes : 0) | (declared.length > 0 && areCompiled ? LEDGER_BITS.compiled_classes : 0)
  )
}

/** @throws CheckError */
export function assertEqual(check: string, block: number, expected: Felt, computed: Felt): void {
  if (equalFelts(expected, computed)) return
  throw new CheckError(`block ${block}: ${check} is ${hexFromFelt(computed)}, not ${hexFromFelt(expected)}`, {
    code: 'CHECK_FAILED',
    check,
    block,
    expected: hexFromFelt(expected),
    computed: hexFromFelt(computed),
  })
}
