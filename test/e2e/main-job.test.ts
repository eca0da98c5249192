import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NEEDS_RECORDINGS, RECORDINGS_DIR } from '../support/recordings.ts'
import { runCli, startCli } from '../support/run-cli.ts'

/** Chains that are recorded from block 0: the last block, its hash and state root (protocol 10.2, 10.3; recordings). */
const RUNS = [
  [
    'mainnet',
    9,
    '0x31e5a5851e1a492827ba33180acb98263d1ace0f46fd4000bd4216d2119d480',
    '0x27e6e1b37a9af4fd44b42752be35ec6c6ee43734342002c1151a403cc6e867f',
  ],
  [
    'sepolia',
    6,
    '0x7e16179ff54fa8bb1533fe2eea930e9e2bd658faaf9972533c9d3a9303171fc',
    '0x2729a9ded030fa182a4802b9accf662d071d23fdfb2011504d1777927c9abaf',
  ],
  ['goerli2', 6, undefined, '0x5f93acbaf4cf7f2fb5c140382b8e3c6ce8d73ad82c0fbaba6074ce8a1f0529e'],
  ['integration', 1, undefined, '0x74abfb3f55d3f9c3967014e1a5ec7205949130ff8912dba0565daf70299144c'],
  ['goerli', 0, undefined, '0x2c2bb91714f8448ed814bdac274ab6fcdbafc22d835f9e847e5bee8c2e5444e'],
  [
    'sepolia-integration',
    0,
    '0x19f675d3fb226821493a6ab9a1955e384bba80f130de625621a418e9a7c0ca3',
    '0x461065b969aa793d1d66e4ca56ad13116c8589e21c803b5118c520a33c60eb9',
  ],
] as const

describe.skipIf(RECORDINGS_DIR === null)(`real blocks from genesis, by the command${NEEDS_RECORDINGS}`, () => {
  let dir: string

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'deoxys-main-job-test-'))
  })

  afterAll(() => rm(dir, { recursive: true, force: true }))

  test.for(RUNS)('%s 0 to %i', async ([network, last, hash, root]) => {
    const gateway = startCli(['gateway', '--fixtures', RECORDINGS_DIR!, '--network', network])
    const url = await gateway.line()
    const sync = (until: number) =>
      runCli([
        ...['run', '--network', network, '--feeder-url', url, '--data-dir', join(dir, network)],
        ...['--until', String(until), '--exit-when-synced', '--json'],
      ])
    const half = Math.floor(last / 2)
    const first = await sync(half)
    expect(first.json, first.stderr).toMatchObject({ ok: true, head: half, blocks: half + 1 })
    const second = await sync(last)
    expect(second.json, second.stderr).toMatchObject({ ok: true, head: last, blocks: last - half, state_root: root })
    if (hash !== undefined) expect(second.json).toMatchObject({ block_hash: hash })
    const nothing = await sync(last)
    expect(nothing.json).toMatchObject({ ok: true, head: last, blocks: 0, state_root: root })
    expect([first.exitCode, second.exitCode, nothing.exitCode]).toEqual([0, 0, 0])
    gateway.process.kill('SIGTERM')
    expect((await gateway.result).exitCode).toBe(0)
  })
})
