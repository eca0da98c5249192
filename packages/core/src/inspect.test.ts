import { createKernel } from '@deoxys/kernel'
import { describe, expect, test } from 'vitest'
import { CHECK_NAMES, isReportOk } from './chain/check-block.ts'
import {
  listRecordings,
  NEEDS_RECORDINGS,
  RECORDINGS_DIR,
  readRecording,
  recordedBlocks,
} from './chain/testing/recordings.ts'
import { inspectBlock } from './inspect.ts'

const kernel = await createKernel()

/** What no rule of the protocol page says about these recordings. */
const ODD = {
  'goerli 119802': { block_hash: 'unverifiable' },
  'integration 330363': { transaction_commitment: 'differs', event_commitment: 'differs' },
} as const

describe.skipIf(RECORDINGS_DIR === null)(`every recorded block${NEEDS_RECORDINGS}`, () => {
  const blocks = RECORDINGS_DIR === null ? [] : recordedBlocks()

  test('there are a hundred of them, of every era', () => {
    expect(blocks).toHaveLength(100)
  })

  test.for(blocks.map((block) => [`${block.network} ${block.number}`, block] as const))('%s', ([name, block]) => {
    const report = inspectBlock(kernel, block)
    const { checks } = report
    const statuses = Object.fromEntries(CHECK_NAMES.map((check) => [check, checks[check].status]))
    const isPoseidon = report.era.commitments === 'poseidon'
    const commitment = (isThere: boolean) => (isThere ? /^(ok|absent)$/ : /^not_applicable$/)
    const expected = {
      transaction_hashes: /^ok$/,
      transaction_commitment: commitment(true),
      event_commitment: commitment(report.era.name !== 'pre-0.7'),
      receipt_commitment: commitment(isPoseidon),
      state_diff_commitment: commitment(isPoseidon),
      block_hash: /^ok$/,
      signature: block.signature === undefined ? /^absent$/ : /^ok$/,
      ...ODD[name as keyof typeof ODD],
    }
    for (const check of CHECK_NAMES) expect(statuses[check], check).toMatch(expected[check])
    expect(checks.transaction_hashes.verified).toBe(checks.transaction_hashes.total)
    expect(isReportOk(report)).toBe(name !== 'goerli 119802')
    expect(report.networks.map((network) => network.name)).toContain(block.network)
    // Three retired networks share a chain id: without a signature nothing tells them apart.
    const isTold = block.signature !== undefined || !['goerli', 'goerli2', 'integration'].includes(block.network)
    expect(report.networks.length === 1).toBe(isTold)
    if (block.stateUpdate !== undefined && isPoseidon) expect(checks.state_diff_commitment.status).toBe('ok')
  })

  test('the newer recordings of the same blocks give the same headers', () => {
    for (const network of ['mainnet', 'sepolia']) {
      for (const file of listRecordings(`${network}/state_update_with_block`)) {
        const old = readRecording(`${network}/block/${file}`)
        if (old === undefined) continue
        const [a, b] = [old, readRecording(`${network}/state_update_with_block/${file}`)!].map((answer) =>
          inspectBlock(kernel, { answer }),
        )
        expect(isReportOk(b!)).toBe(true)
        const proved = ({ header }: typeof a & {}) => [
          header.hash,
          header.transactionCommitment,
          header.eventCommitment,
        ]
        expect(proved(b!)).toEqual(proved(a!))
      }
    }
  })
})
