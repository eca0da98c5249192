import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { before, runDeoxys, startDeoxys } from './testing/deoxys.ts'

let dir: string

/** Answers of a network with one block, made up: a gateway hands on what it has. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'deoxys-main-'))
  const write = (folder: string, json: object) => {
    mkdirSync(join(dir, 'sepolia', folder), { recursive: true })
    writeFileSync(join(dir, 'sepolia', folder, '0.json'), JSON.stringify(json))
  }
  write('block', { block_hash: '0xb', block_number: 0, transactions: [] })
  write('state_update', { block_hash: '0xb', state_diff: {} })
})

afterAll(() => rmSync(dir, { recursive: true }))

const gatewayFlags = () => ['gateway', '--fixtures', dir, '--network', 'sepolia']

describe('gateway', () => {
  test('prints its URL once it listens, answers, and ends with 0', async () => {
    const gateway = startDeoxys(gatewayFlags())
    const url = await gateway.firstLine
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/feeder_gateway\/$/)
    const block = await (await fetch(`${url}get_block?blockNumber=latest`)).json()
    expect(block).toMatchObject({ block_hash: '0xb' })
    gateway.process.kill('SIGINT')
    expect(await gateway.ended).toEqual({ exitCode: 0, stdout: `${url}\n`, stderr: '' })
  })

  test('prints its URL as JSON', async () => {
    const gateway = startDeoxys([...gatewayFlags(), '--json'])
    expect(JSON.parse(await gateway.firstLine)).toEqual({
      ok: true,
      url: expect.stringMatching(/\/feeder_gateway\/$/),
    })
    gateway.process.kill('SIGTERM')
    expect((await gateway.ended).exitCode).toBe(0)
  })

  test('goes on when nobody reads what it prints', async () => {
    const chatter = 'const say = () => { process.stderr.write("x\\n"); setImmediate(say).unref() }; say()'
    const gateway = startDeoxys(gatewayFlags(), {}, [before(chatter)])
    const url = await gateway.firstLine
    gateway.process.stdout.destroy()
    gateway.process.stderr.destroy()
    for (let i = 0; i < 3; i++) expect((await fetch(new URL('/is_alive', url))).status).toBe(200)
    gateway.process.kill('SIGTERM')
    expect((await gateway.ended).exitCode).toBe(0)
  })

  test('unusable flags: 2, and one line', async () => {
    const gateway = startDeoxys(gatewayFlags())
    const { port } = new URL(await gateway.firstLine)
    for (const [flags, line] of [
      [['--port', port], `port ${port} is in use`],
      [['--port', '65536'], 'It is not a whole number from 0 to 65535. See deoxys --help.'],
      [['--head', '7'], 'block 7 of sepolia is not recorded, so it cannot be the head'],
      [['--network', 'mainnet'], 'no recorded blocks of mainnet'],
      [['--network', 'nosuch'], 'unknown network "nosuch". Known: mainnet, '],
    ] as const) {
      const { exitCode, stdout, stderr } = await runDeoxys([...gatewayFlags(), ...flags])
      expect([exitCode, stdout], stderr).toEqual([2, ''])
      expect(stderr).toContain(line)
      expect(stderr.trimEnd()).not.toContain('\n')
    }
    gateway.process.kill('SIGTERM')
    await gateway.ended
  })
})

test('a Node that is too old gets one line, and 2', async () => {
  for (const [version, exitCode] of [
    ['20.20.2', 2],
    ['22.17.9', 2],
    ['22.18.0', 0],
  ] as const) {
    const versions = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
    const result = await runDeoxys(['--version'], {}, [before(versions)])
    expect(result.exitCode, version).toBe(exitCode)
    expect(result.stderr).toBe(
      exitCode === 0
        ? ''
        : `deoxys needs Node.js 22.18 or newer, this is ${version}. ` +
            'In a clone of the repository, npm brings its own: npm run deoxys -- --help\n',
    )
  }
})

describe('signals that arrive while the modules load', () => {
  const send = (...names: readonly string[]) =>
    before(`import { registerHooks } from 'node:module'
      registerHooks({
        load(url, context, next) {
          if (url.endsWith('/cli/src/main.ts')) for (const name of ${JSON.stringify(names)}) process.kill(process.pid, name)
          return next(url, context)
        },
      })`)

  test.each(['SIGINT', 'SIGTERM'])('%s stops what would go on', async (name) => {
    const { exitCode, stdout } = await runDeoxys(gatewayFlags(), {}, [send(name)])
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^http:\S+\n$/)])
  })

  test('it is no verdict', async () => {
    const { exitCode, stdout } = await runDeoxys(['check', join(dir, 'none.json')], {}, [send('SIGTERM')])
    expect([exitCode, stdout]).toEqual([null, ''])
  })

  test('the second ends it at once', async () => {
    const ended = await runDeoxys(gatewayFlags(), {}, [send('SIGTERM', 'SIGINT')])
    expect(ended).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  })
})

test('a bug: 3, and JSON to the end', async () => {
  const bug = `process.on('newListener', (name) => name === 'uncaughtException' && setImmediate(() => { throw new Error('boom') }))`
  const { exitCode, stdout, stderr } = await runDeoxys([...gatewayFlags(), '--json'], {}, [before(bug)])
  expect(exitCode).toBe(3)
  expect(stderr).toMatch(/^deoxys: internal error: boom\nError: boom\n {4}at /)
  expect(JSON.parse(stdout.trimEnd().split('\n').at(-1)!)).toEqual({
    ok: false,
    error: { code: 'INTERNAL_ERROR', message: 'boom', data: {} },
  })
})

test('JSON by a variable, and by a file', async () => {
  const error = { ok: false, error: { code: 'UNKNOWN_NETWORK' } }
  const flags = ['check', join(dir, 'sepolia/block/0.json'), '--network', 'nope']
  const byVariable = await runDeoxys(flags, { DEOXYS_JSON: '1' })
  expect(JSON.parse(byVariable.stdout)).toMatchObject(error)
  const config = join(dir, 'json.toml')
  writeFileSync(config, 'json = true\nfeeder-url = "nonsense"')
  const byFile = await runDeoxys(['--config', config, '--data-dir', join(dir, 'data'), '--log-level', 'silent'])
  expect(JSON.parse(byFile.stdout)).toMatchObject({ ok: false, error: { code: 'BAD_FLAG' } })
})

test('what is no command', async () => {
  for (const [args, line] of [
    [['runn'], 'deoxys: unknown command "runn". See deoxys --help.'],
    [['db', 'stats'], 'deoxys: unknown command "db". See deoxys --help.'],
    [['help', 'runn'], 'deoxys: unknown command. See deoxys --help.'],
    [['--untill', '4'], "deoxys: unknown option '--untill' (Did you mean --until?). See deoxys --help."],
  ] as const) {
    expect(await runDeoxys(args)).toEqual({ exitCode: 2, stdout: '', stderr: `${line}\n` })
  }
})

test('every command has examples', async () => {
  for (const command of ['run', 'check', 'class-hash', 'gateway']) {
    const { exitCode, stdout, stderr } = await runDeoxys([command, '--help'])
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(new RegExp(`Examples:\n {2}deoxys .*${command === 'run' ? '' : command}`))
  }
})
