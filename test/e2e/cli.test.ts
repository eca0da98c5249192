import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKernel, hexFromFelt, VERSION } from '@deoxys/core'
import { createSimulatedChain, FeederServer, setJson, type TamperedAnswers, tamper } from '@deoxys/sequencer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli, startCli } from '../support/run-cli.ts'

const CHAIN_ID = 'SN_CLI_TEST'
const LAST = 11

let dir: string
let gateway: FeederServer
let answers: TamperedAnswers
let chainFlags: readonly string[]

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deoxys-cli-test-'))
  const chain = await createSimulatedChain({
    seed: 5,
    blocks: LAST + 1,
    chainId: CHAIN_ID,
    kernel: await createKernel(),
  })
  answers = tamper(chain.answers, {})
  gateway = await FeederServer.start({ port: 0, answers })
  const key = hexFromFelt(chain.network.publicKey)
  chainFlags = ['--network', 'custom', '--chain-id', CHAIN_ID, '--public-key', key, '--feeder-url', gateway.url]
})

afterAll(async () => {
  await gateway.close()
  await rm(dir, { recursive: true, force: true })
})

const at = (name: string) => join(dir, name)

async function blockFile(
  number: number,
  name: string,
  edit: (json: Record<string, unknown>) => object = (json) => json,
) {
  const answer = await answers.stateUpdate(number, { includeBlock: true, includeSignature: false })
  await writeFile(at(name), JSON.stringify(edit(JSON.parse(Buffer.from(answer!).toString()))))
  return at(name)
}

describe('run', () => {
  const target = {
    ok: true,
    head: LAST,
    block_hash: expect.stringMatching(/^0x/),
    state_root: expect.stringMatching(/^0x/),
  }

  test('syncs, goes on where it was, and has nothing to do', async () => {
    const sync = (...more: readonly string[]) =>
      runCli(['run', ...chainFlags, '--data-dir', at('sync'), '--exit-when-synced', '--json', ...more])
    const first = await sync('--until', '4')
    expect(first.json).toEqual({ ...target, head: 4, blocks: 5, seconds: expect.any(Number) })
    expect((await sync()).json).toMatchObject({ ...target, blocks: LAST - 4 })
    const last = await sync()
    expect(last.json).toMatchObject({ ...target, blocks: 0 })
    expect([first.exitCode, last.exitCode]).toEqual([0, 0])
    expect(last.stdout.split('\n')).toHaveLength(2)
  })

  test('is the command when none is named; settings: flags over environment over file', async () => {
    const config = at('deoxys.toml')
    await writeFile(
      config,
      `data-dir = "${at('settings')}"\nuntil = 3\nexit-when-synced = true\nlog-level = "silent"\n`,
    )
    const byFile = await runCli([...chainFlags, '--config', config, '--json'])
    expect(byFile.json, byFile.stderr).toMatchObject({ ok: true, head: 3 })
    expect(byFile.stderr).toBe('')
    const byVariable = await runCli([...chainFlags, '--json'], { DEOXYS_CONFIG: config, DEOXYS_UNTIL: '5' })
    expect(byVariable.json).toMatchObject({ head: 5, blocks: 2 })
    const byFlag = await runCli([...chainFlags, '--json', '--until', '6'], { DEOXYS_CONFIG: config, DEOXYS_UNTIL: '5' })
    expect(byFlag.json).toMatchObject({ head: 6, blocks: 1 })
  })

  test('serves until SIGTERM, after --until too', async () => {
    const node = startCli([
      'run',
      ...chainFlags,
      '--data-dir',
      at('serve'),
      '--until',
      '2',
      '--rpc-port',
      '0',
      '--json',
    ])
    const url = await node.logged(/JSON-RPC at (\S+)\n/)
    const ask = async (method: string) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method })
      const response = await fetch(`${url}/rpc/v0_10`, { method: 'POST', body })
      return ((await response.json()) as { result: unknown }).result
    }
    expect(await ask('starknet_specVersion')).toMatch(/^0\.10\./)
    while ((await ask('starknet_blockNumber')) !== 2) await new Promise(setImmediate)
    node.process.kill('SIGTERM')
    const { exitCode, json } = await node.result
    expect([exitCode, json]).toMatchObject([0, { ok: true, head: 2, blocks: 3 }])
  })

  test('manual sealing: nothing is sealed until the admin says so', async () => {
    const flags = ['--data-dir', at('manual'), '--sealing', 'manual', '--admin-port', '0', '--rpc-port', '0']
    const node = startCli(['run', ...chainFlags, ...flags, '--json'])
    const url = await node.logged(/admin methods at (\S+)\n/)
    const ask = async (method: string, params: readonly unknown[] = []) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      return (await (await fetch(url, { method: 'POST', body })).json()) as {
        result?: { block_number: number; block_hash: string }
      }
    }
    let sealed = await ask('engine_createBlock')
    while (sealed.result === undefined) sealed = await ask('engine_createBlock')
    expect(sealed.result.block_number).toBe(0)
    expect((await ask('engine_finalizeBlock', [sealed.result.block_hash])).result).toBe(true)
    expect((await ask('engine_createBlock', ['0x5'])).result).toBeUndefined()
    node.process.kill('SIGINT')
    expect(await node.result).toMatchObject({ exitCode: 0, json: { ok: true, head: 0, blocks: 1 } })
  })

  test('exhausted: exit 1, block and check in one line', async () => {
    answers.hooks = {
      stateUpdate: (answer, request) =>
        request.at === 4 ? setJson(['block', 'timestamp'], 1)(answer, request) : answer,
    }
    const refused = await runCli(['run', ...chainFlags, '--data-dir', at('refused'), '--exit-when-synced', '--json'])
    answers.hooks = {}
    expect(refused.exitCode).toBe(1)
    expect(refused.json).toMatchObject({
      ok: false,
      error: { code: 'SOURCES_EXHAUSTED', data: { block: 4, check: 'block_hash' } },
    })
    expect(refused.stderr.trimEnd().split('\n').at(-1)).toMatch(/^deoxys: no source has a block 4 that holds: /)
  })
})

describe('unusable input: exit 2, one clear line, and the same as JSON', () => {
  let taken: Server

  beforeAll(async () => {
    taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    await writeFile(at('a-file'), 'x')
    await writeFile(at('bad.toml'), 'network = ')
    await writeFile(at('unknown.toml'), 'netwrk = "mainnet"')
    await writeFile(at('cut.json'), '{"block_number": 1, "trans')
    const other = await runCli(['run', ...chainFlags, '--data-dir', at('other'), '--until', '0', '--exit-when-synced'])
    expect(other.exitCode, other.stderr).toBe(0)
  })

  afterAll(() => void taken.close())

  const port = () => String((taken.address() as AddressInfo).port)
  const cases: readonly (readonly [name: string, code: string, line: RegExp, args: () => readonly string[]])[] = [
    ['an unknown flag', 'BAD_FLAG', /unknown option '--bogus'/, () => ['run', '--bogus']],
    ['an unknown command', 'BAD_FLAG', /unknown command "runn"/, () => ['runn']],
    ['no file', 'BAD_FLAG', /missing required argument/, () => ['check']],
    ['a number that is none', 'BAD_FLAG', /--until is not/, () => ['run', '--until', 'x']],
    ['a choice that is none', 'BAD_FLAG', /--verify is none of strict, warn/, () => ['run', '--verify', 'maybe']],
    ['an unknown network', 'UNKNOWN_NETWORK', /unknown network "nope"/, () => ['run', '--network', 'nope']],
    [
      'custom without its flags',
      'BAD_FLAG',
      /--network custom needs .*--public-key/,
      () => ['run', '--network', 'custom'],
    ],
    ['a retired network without a gateway', 'BAD_FLAG', /goerli is switched off/, () => ['run', '--network', 'goerli']],
    [
      'another scheme',
      'BAD_FLAG',
      /neither http nor https/,
      () => ['run', '--feeder-url', 'ftp://127.0.0.1/', '--data-dir', at('x')],
    ],
    ['a config that is no TOML', 'BAD_FILE', /bad\.toml, line 1/, () => ['run', '--config', at('bad.toml')]],
    ['a config with an unknown key', 'BAD_FILE', /no setting "netwrk"/, () => ['run', '--config', at('unknown.toml')]],
    ['a config that is not there', 'BAD_FILE', /does not exist/, () => ['run', '--config', at('none.toml')]],
    [
      'a data directory that is a file',
      'DATA_DIR_UNUSABLE',
      /cannot use/,
      () => ['run', ...chainFlags, '--data-dir', at('a-file')],
    ],
    [
      'a data directory that cannot be',
      'DATA_DIR_UNUSABLE',
      /cannot use/,
      () => ['run', ...chainFlags, '--data-dir', '/proc/deoxys'],
    ],
    [
      'the data directory of another network',
      'NETWORK_MISMATCH',
      /holds the network custom/,
      () => ['run', '--network', 'sepolia', '--feeder-url', gateway.url, '--data-dir', at('other')],
    ],
    [
      'a port that is taken',
      'PORT_IN_USE',
      /is in use/,
      () => ['run', ...chainFlags, '--data-dir', at('y'), '--rpc-port', port()],
    ],
    ['a block that is not there', 'BAD_FILE', /does not exist/, () => ['check', at('none.json')]],
    ['a block that is a folder', 'BAD_FILE', /is not a file/, () => ['check', dir]],
    ['a block that is cut off', 'MALFORMED_ANSWER', /is not JSON, or is cut off/, () => ['check', at('cut.json')]],
    ['a class that is none', 'MALFORMED_ANSWER', /neither a Sierra/, () => ['class-hash', at('object.json')]],
    [
      'fixtures that are not there',
      'BAD_FILE',
      /none/,
      () => ['gateway', '--fixtures', at('none'), '--network', 'mainnet'],
    ],
  ]

  test.for(cases)('%s', async ([, code, line, args]) => {
    await writeFile(at('object.json'), '{"a": 1}')
    const result = await runCli([...args(), '--json', '--log-level', 'silent'].filter(wantsLogLevel(args()[0])))
    expect(result.stderr).toMatch(line)
    expect(result.stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(result.json).toEqual({
      ok: false,
      error: { code, message: expect.stringMatching(line), data: expect.any(Object) },
    })
    expect(result.exitCode).toBe(2)
  })

  /** Only `run` has a log. */
  function wantsLogLevel(command: string | undefined) {
    return (arg: string) => command === 'run' || (arg !== '--log-level' && arg !== 'silent')
  }
})

describe('check', () => {
  test('a block that holds, and what is absent', async () => {
    const file = await blockFile(7, 'block-7.json')
    const signature = at('signature-7.json')
    await writeFile(signature, (await answers.signature(7))!)
    const { json, exitCode } = await runCli(['check', file, '--signature', signature, '--json'])
    // No public network has this chain's id or key, so its transactions and signature fit none.
    expect(exitCode).toBe(1)
    expect(json).toMatchObject({
      ok: false,
      network: null,
      number: 7,
      era: '0.13.4',
      starknet_version: '0.13.4',
      checks: {
        transaction_hashes: { status: 'failed', verified: 0 },
        transaction_commitment: { status: 'ok' },
        block_hash: { status: 'ok' },
        signature: { status: 'failed' },
      },
    })
  })

  test('a block without transactions may be of any network; state update and block may come apart', async () => {
    const block = await blockFile(10, 'block-10.json', ({ block }) => block as object)
    const update = await blockFile(10, 'update-10.json', ({ state_update }) => state_update as object)
    const alone = await runCli(['check', block, '--json'])
    expect(alone.json).toMatchObject({
      ok: true,
      network: null,
      checks: { state_diff_commitment: { status: 'absent' } },
    })
    expect((alone.json as { candidates: unknown[] }).candidates.length).toBeGreaterThan(3)
    const both = await runCli(['check', block, '--state-update', update, '--network', 'sepolia', '--json'])
    expect(both.json).toMatchObject({
      ok: true,
      network: 'sepolia',
      checks: { state_diff_commitment: { status: 'ok' } },
    })
    expect([alone.exitCode, both.exitCode]).toEqual([0, 0])
  })

  test('rules nobody knows yet are refused by name', async () => {
    const file = await blockFile(7, 'future.json', ({ block }) => ({
      ...(block as object),
      starknet_version: '0.15.0',
    }))
    const { json, exitCode } = await runCli(['check', file, '--json'])
    expect([exitCode, json]).toMatchObject([2, { error: { code: 'UNSUPPORTED_VERSION' } }])
  })

  test('text for people', async () => {
    const { stdout } = await runCli(['check', await blockFile(10, 'people.json')])
    expect(stdout).toContain('✓ block_hash')
    expect(stdout).toContain('Nothing speaks against it.')
  })
})

test('version and help', async () => {
  expect((await runCli(['--version'])).stdout).toBe(`${VERSION}\n`)
  const help = await runCli(['--help'])
  expect(help.exitCode).toBe(0)
  for (const command of ['run', 'check', 'class-hash', 'gateway']) expect(help.stdout).toContain(command)
  expect(help.stdout).not.toContain('db ')
})
