import { describe, expect, test } from 'vitest'
import { type Felt, NO_FELTS, ZERO } from '../base/felt.ts'
import { isJsonObject } from '../base/json.ts'
import type { BlockHeader, ReportedHeader } from '../chain/block.ts'
import { encodeBlockFrame, encodeStateFrame } from '../chain/frame.ts'
import type { StateUpdate } from '../chain/state-update.ts'
import { NEEDS_RECORDINGS, RECORDINGS_DIR, recordedBlocks } from '../chain/testing/recordings.ts'
import { decodeBlockAnswer } from '../gateway/decode-answer.ts'
import { Store } from '../store/store.ts'
import { Rpc } from './dispatcher.ts'
import { createSampleBackend, SAMPLE_CHAIN } from './testing/sample-node.ts'
import { NEEDS_SPEC, SPEC_DIR, Spec } from './testing/spec.ts'
import { V0_10 } from './versions.ts'

describe.skipIf(RECORDINGS_DIR === null || SPEC_DIR === null)(
  `recorded blocks${NEEDS_RECORDINGS || NEEDS_SPEC}`,
  () => {
    const spec = SPEC_DIR === null ? undefined : new Spec('v0_10')
    const blocks = RECORDINGS_DIR === null ? [] : recordedBlocks()

    test.each(blocks)('$network $number fits the specification', async ({ answer, stateUpdate }) => {
      const { block } = decodeBlockAnswer(answer)
      const update = stateUpdate === undefined ? undefined : decodeBlockAnswer(stateUpdate).stateUpdate
      const { transactions, receipts } = block!
      const header = withoutProof(block!.header, transactions.length)
      await using store = Store.open({ chain: SAMPLE_CHAIN, memory: true })
      store.write((batch) => {
        batch.putBlock({
          header,
          blockFrame: encodeBlockFrame({ header, transactions, receipts }),
          stateFrame: encodeStateFrame(update ?? emptyUpdate(header.hash)),
          transactionHashes: transactions.map(({ hash }) => hash),
        })
        batch.setHead({
          number: header.number,
          hash: header.hash,
          stateRoot: header.stateRoot,
          version: header.version,
        })
      })
      const rpc = new Rpc({ routes: V0_10, backend: createSampleBackend({ store }) })
      for (const method of ['getBlockWithTxs', 'getBlockWithReceipts', 'getBlockWithTxHashes', 'getStateUpdate']) {
        const name = `starknet_${method}`
        const text = await rpc.handle({ jsonrpc: '2.0', id: 1, method: name, params: ['latest'] })
        const { result } = JSON.parse(text!)
        expect(spec?.checkResult(name, result)).toBe('')
        if (method !== 'getStateUpdate')
          expect(isJsonObject(result) && result['transactions']).toHaveLength(transactions.length)
      }
    })
  },
)

/** What no test here looks at is zero. */
function withoutProof(header: ReportedHeader, transactionCount: number): BlockHeader {
  return {
    ...header,
    sequencerAddress: header.sequencerAddress ?? ZERO,
    version: header.version ?? '',
    transactionCommitment: ZERO,
    eventCommitment: ZERO,
    receiptCommitment: ZERO,
    stateDiffCommitment: ZERO,
    stateDiffLength: 0,
    transactionCount,
    eventCount: 0,
    signature: undefined,
  }
}

function emptyUpdate(blockHash: Felt): StateUpdate {
  const stateDiff = {
    deployedContracts: NO_FELTS,
    replacedClasses: NO_FELTS,
    declaredClasses: NO_FELTS,
    migratedClasses: NO_FELTS,
    deprecatedDeclaredClasses: NO_FELTS,
    nonces: NO_FELTS,
    storage: [],
  }
  return { blockHash, newRoot: ZERO, oldRoot: ZERO, stateDiff }
}
