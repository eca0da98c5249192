import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runDeoxys, type Started, startDeoxys } from '../testing/deoxys.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'deoxys-sequencer-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

interface Announced {
  readonly url: string
  readonly admin_url: string | null
  readonly chain_id: string
  readonly public_key: string
  readonly blocks: number
}

async function announced(sequencer: Started): Promise<Announced> {
  return JSON.parse(await sequencer.firstLine)
}

const start = (...flags: string[]) => startDeoxys(['sequencer', '--json', ...flags])
const getText = async (url: string) => (await fetch(url)).text()

test('serves a chain that a node can sync with what it prints, until it is stopped', async () => {
  const sequencer = start('--blocks', '8', '--seed', '5', '--era', '0=0.12.3,4=0.13.4', '--chain-id', 'SN_MINE')
  const { url, admin_url, chain_id, public_key, blocks } = await announced(sequencer)
  expect([admin_url, chain_id, blocks]).toEqual([null, 'SN_MINE', 8])
  const flags = ['--network', 'custom', '--chain-id', chain_id, '--public-key', public_key, '--feeder-url', url]
  const node = await runDeoxys(['run', ...flags, '--data-dir', join(dir, 'node'), '--exit-when-synced', '--json'])
  const { block_hash } = JSON.parse(await getText(`${url}get_block?blockNumber=7&headerOnly=true`))
  expect(JSON.parse(node.stdout.trim().split('\n').at(-1)!)).toMatchObject({ ok: true, head: 7, block_hash })
  sequencer.process.kill('SIGTERM')
  expect((await sequencer.ended).exitCode).toBe(0)
})

test('says in plain words how to sync it', async () => {
  const sequencer = startDeoxys(['sequencer', '--blocks', '1'])
  expect(await sequencer.firstLine).toMatch(/^http:\/\/127.0.0.1:\d+\/feeder_gateway\/$/)
  sequencer.process.kill('SIGINT')
  const { stdout, exitCode } = await sequencer.ended
  expect(stdout).toMatch(/1 blocks, simulated\nsync them: deoxys run --network custom --feeder-url http/)
  expect(exitCode).toBe(0)
})

test('keeps a chain and serves it, with its reorg', async () => {
  const kept = join(dir, 'kept')
  const made = await runDeoxys(['sequencer', '--blocks', '9', '--reorg', '6:2', '--out', kept, '--json'])
  const bytes = readFileSync(join(kept, 'blocks.bin')).length
  expect(JSON.parse(made.stdout)).toEqual({
    ok: true,
    dir: kept,
    blocks: 9,
    written: 11,
    bytes,
    seconds: expect.any(Number),
  })
  const [fresh, stored] = [start('--blocks', '9', '--reorg', '6:2'), start('--from', kept)]
  const [a, b] = [await announced(fresh), await announced(stored)]
  expect([a.blocks, a.public_key]).toEqual([b.blocks, b.public_key])
  for (const number of [0, 5, 6, 5, 6, 8]) {
    const path = `get_state_update?blockNumber=${number}&includeBlock=true`
    expect(await getText(`${b.url}${path}`)).toBe(await getText(`${a.url}${path}`))
  }
  for (const { process } of [fresh, stored]) process.kill('SIGTERM')
  const again = await runDeoxys(['sequencer', '--out', kept])
  expect([again.exitCode, again.stderr]).toEqual([2, `deoxys: ${kept} is not empty\n`])
})

test('misbehaves as a file has it, and as it is told', async () => {
  const plan = join(dir, 'faults.json')
  writeFileSync(plan, JSON.stringify({ faults: [{ kind: 'status', status: 503, endpoint: 'get_block' }] }))
  const sequencer = start('--blocks', '4', '--faults', plan, '--admin-port', '0')
  const { url, admin_url } = await announced(sequencer)
  const status = async () => (await fetch(`${url}get_block?blockNumber=1`)).status
  expect(await status()).toBe(503)
  const post = (path: string, body: object) =>
    fetch(`${admin_url}${path}`, { method: 'POST', body: JSON.stringify(body) })
  await post('/faults', { faults: [] })
  expect(await status()).toBe(200)
  expect(await (await post('/reorg', { depth: 2 })).json()).toEqual({ ok: true, latest: 1 })
  expect(await (await post('/blocks', { count: 5 })).json()).toEqual({ ok: true, latest: 6 })
  sequencer.process.kill('SIGTERM')
  expect((await sequencer.ended).exitCode).toBe(0)
})

describe('refuses with one line, and exit code 2', () => {
  test.each<[string[], RegExp]>([
    [['--profile', 'huge'], /--profile "huge" is none of tiny, mainnet-like, dense/],
    [['--era', '9.9'], /"9.9"/],
    [['--era', 'newest'], /"newest" is no version/],
    [['--era', '0=0.13.4,x'], /--era "x" is not BLOCK=VERSION/],
    [['--era', '0.10.3', '--profile', 'dense'], /begins with 0.11.0/],
    [['--reorg', '5'], /--reorg "5" is not BLOCK:DEPTH/],
    [['--reorg', '5:6'], /cannot go back by 6/],
    [['--blocks', '0'], /blocks: 0 is not from 1/],
    [['--block-time', '0'], /blockTimeMs: 0 is not above 0/],
    [['--faults', 'nowhere.json'], /nowhere.json does not exist/],
    [['--from', 'nowhere'], /nowhere is no chain that can be served/],
    [['--from', 'nowhere', '--seed', '3'], /--seed means nothing beside --from/],
    [['--out', 'x', '--block-time', '3'], /--block-time means nothing beside --out/],
  ])('%j', async (flags, message) => {
    const { exitCode, stderr, stdout } = await runDeoxys(['sequencer', ...flags])
    expect(stderr).toMatch(message)
    expect([exitCode, stdout, stderr.split('\n').length]).toEqual([2, '', 2])
  })
})
