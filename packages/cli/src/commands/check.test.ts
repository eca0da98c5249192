import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CHECK_NAMES } from '@deoxys/core'
import { afterAll, describe, expect, test } from 'vitest'
import { runDeoxys } from '../testing/deoxys.ts'

const dir = mkdtempSync(join(tmpdir(), 'deoxys-check-'))
afterAll(() => rmSync(dir, { recursive: true }))

function file(name: string, content: object | string): string {
  const path = join(dir, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

/** Of the right form, with a hash that nothing gives. */
const BLOCK = {
  block_hash: '0xb',
  parent_block_hash: '0xa',
  block_number: 1,
  state_root: '0x5',
  timestamp: 1_700_000_000,
  status: 'ACCEPTED_ON_L2',
  starknet_version: '0.12.3',
  sequencer_address: '0x1',
  transactions: [],
  transaction_receipts: [],
}
const UPDATE = {
  block_hash: '0xb',
  old_root: '0x4',
  new_root: '0x5',
  state_diff: { storage_diffs: {}, nonces: {}, deployed_contracts: [], declared_classes: [], replaced_classes: [] },
}

const check = (...args: string[]) => runDeoxys(['check', ...args])

test('the report as JSON', async () => {
  const { exitCode, stdout, stderr } = await check(file('block.json', BLOCK), '--json')
  expect([exitCode, stderr]).toEqual([1, ''])
  const report = JSON.parse(stdout)
  expect(report).toMatchObject({ ok: false, network: null, number: 1, era: '0.11.1', starknet_version: '0.12.3' })
  expect(report).toMatchObject({ block_hash: '0xb', candidates: expect.arrayContaining(['mainnet', 'goerli']) })
  expect(Object.keys(report.checks)).toEqual(CHECK_NAMES)
  expect(report.checks.transaction_hashes).toEqual({ status: 'ok', total: 0, verified: 0 })
  expect(report.checks.block_hash).toEqual({
    status: 'failed',
    expected: '0xb',
    computed: expect.stringMatching(/^0x[1-9a-f]/),
    reason: expect.any(String),
  })
  expect(report.checks.state_diff_commitment).toEqual({ status: 'not_applicable' })
})

test('a block without a version', async () => {
  const { stdout } = await check(file('old.json', { ...BLOCK, starknet_version: undefined }), '--json')
  expect(JSON.parse(stdout)).toMatchObject({ starknet_version: null, era: '0.7' })
})

test('the report for people tells what failed', async () => {
  const { stdout } = await check(file('block.json', BLOCK), '--network', 'sepolia')
  expect(stdout).toMatch(/^Block 1 of sepolia, version 0\.12\.3, rules of 0\.11\.1\n {2}0xb\n {2}✓ transaction_hashes /)
  expect(stdout).toMatch(/\n {2}✗ block_hash {13}FAILED\n/)
  expect(stdout).toMatch(/\nblock_hash: expected 0xb, computed 0x[0-9a-f]+ \(.+\)\nIt does not hold\.\n$/)
})

describe('of three files, the one that is no good is named', () => {
  const block = file('block.json', BLOCK)
  const update = file('update.json', UPDATE)
  const cut = file('cut.json', '{"block_')
  const wrong = file('wrong.json', { block_hash: '0xb', signature: 'none' })
  const cases: readonly (readonly [message: string, args: readonly string[]])[] = [
    [`${cut} is not JSON, or is cut off`, [cut, '--state-update', update]],
    [`${cut} is not JSON, or is cut off`, [cut, '--signature', wrong]],
    [`${cut} is not JSON, or is cut off`, [block, '--state-update', cut]],
    [`${block}: state_update is missing`, [block, '--state-update', block]],
    [`${update}: block is missing`, [update]],
    [`${cut} is not JSON, or is cut off`, [block, '--state-update', update, '--signature', cut]],
    [`${wrong}: signature.signature is not a list`, [block, '--signature', wrong]],
    [
      `${join(dir, 'types.json')}: block.timestamp is not an integer from 0 to 2^53 - 1`,
      [file('types.json', { ...BLOCK, timestamp: -1 })],
    ],
  ]

  test.for(cases)('%s', async ([message, args]) => {
    const { exitCode, stdout, stderr } = await check(...args, '--json')
    expect([exitCode, stderr]).toEqual([2, `deoxys: ${message}\n`])
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'MALFORMED_ANSWER', message } })
  })
})
