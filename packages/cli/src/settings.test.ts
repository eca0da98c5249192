import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InputError } from '@deoxys/core'
import { afterAll, describe, expect, test } from 'vitest'
import { environmentName, resolveSettings, type SettingSources } from './settings.ts'

const dir = mkdtempSync(join(tmpdir(), 'deoxys-settings-'))
afterAll(() => rmSync(dir, { recursive: true }))

const CONFIG = join(dir, 'deoxys.toml')

function resolve({ flags = {}, environment = {}, toml }: Partial<SettingSources> & { readonly toml?: string }) {
  if (toml !== undefined) writeFileSync(CONFIG, toml)
  return resolveSettings({ flags, environment, configFile: toml === undefined ? undefined : CONFIG })
}

function failure(sources: Parameters<typeof resolve>[0]): InputError {
  try {
    resolve(sources)
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

test('nothing given: mainnet, and every check enforced', () => {
  expect(resolve({})).toEqual({
    network: 'mainnet',
    'feeder-url': [],
    'exit-when-synced': false,
    'rpc-host': '127.0.0.1',
    verify: 'strict',
    roots: 'range',
    sealing: 'auto',
    casm: 'on-demand',
    'log-level': 'info',
    'log-format': 'text',
    json: false,
  })
})

test('flags go before the environment, the environment before the file, the file before defaults', () => {
  const toml = 'network = "sepolia"\nuntil = 1\nrpc-port = 1\nverify = "warn"'
  const environment = { DEOXYS_UNTIL: '2', DEOXYS_RPC_PORT: '2', DEOXYS_SHARED: 'not a setting' }
  const settings = resolve({ toml, environment, flags: { until: '3' } })
  expect(settings).toMatchObject({ until: 3, 'rpc-port': 2, network: 'sepolia', verify: 'warn', casm: 'on-demand' })
})

test('an empty variable is none', () => {
  expect(resolve({ toml: 'until = 1', environment: { DEOXYS_UNTIL: '', DEOXYS_NETWORK: '' } })).toMatchObject({
    until: 1,
    network: 'mainnet',
  })
})

test('each way to write a list and a switch', () => {
  const urls = ['http://a.test/', 'http://b.test/']
  for (const sources of [
    { flags: { 'feeder-url': urls, 'exit-when-synced': true } },
    { environment: { DEOXYS_FEEDER_URL: urls.join(','), DEOXYS_EXIT_WHEN_SYNCED: '1' } },
    { toml: `feeder-url = ${JSON.stringify(urls)}\nexit-when-synced = true` },
  ]) {
    expect(resolve(sources)).toMatchObject({ 'feeder-url': urls, 'exit-when-synced': true })
  }
  expect(resolve({ toml: `feeder-url = "${urls[0]}"` })).toMatchObject({ 'feeder-url': [urls[0]] })
})

test('the variable of a setting', () => {
  expect(environmentName('exit-when-synced')).toBe('DEOXYS_EXIT_WHEN_SYNCED')
})

describe('refused, with the place where it was given', () => {
  const cases: readonly (readonly [line: string, sources: Parameters<typeof resolve>[0]])[] = [
    ['--until is not a whole number', { flags: { until: '-1' } }],
    ['--until is not a whole number', { flags: { until: '1e3' } }],
    ['--until is above 4294967295', { flags: { until: '4294967296' } }],
    ['--rpc-port is above 65535', { flags: { 'rpc-port': '65536' } }],
    ['--verify is none of strict, warn', { flags: { verify: 'maybe' } }],
    ['--data-dir is empty', { flags: { 'data-dir': '' } }],
    ['--api-key is not printable ASCII', { flags: { 'api-key': 'a\nb' } }],
    ['--chain-id is not 1 to 31 printable ASCII characters', { flags: { 'chain-id': 'x'.repeat(32) } }],
    ['--public-key is not a felt', { flags: { 'public-key': `0x${'f'.repeat(64)}` } }],
    ['--l1-core-contract is not an Ethereum address', { flags: { 'l1-core-contract': '0x1' } }],
    ['DEOXYS_UNTIL is not a whole number', { environment: { DEOXYS_UNTIL: 'x' } }],
    ['DEOXYS_EXIT_WHEN_SYNCED is neither true nor false', { environment: { DEOXYS_EXIT_WHEN_SYNCED: 'maybe' } }],
    [`${CONFIG}: until is not a whole number`, { toml: 'until = 1.5' }],
    [`${CONFIG}: until is below 0`, { toml: 'until = -1' }],
    [`${CONFIG}: network is not a text`, { toml: 'network = 5' }],
    [`${CONFIG}: feeder-url is not a list of URLs`, { toml: 'feeder-url = [1]' }],
    [`${CONFIG}: there is no setting "netwrk"`, { toml: 'netwrk = "sepolia"' }],
    [`${CONFIG}: there is no setting "rpc"`, { toml: '[rpc]\nport = 1' }],
    [`${CONFIG}, line 2: Invalid TOML document: invalid value`, { toml: 'until = 1\nnetwork = ' }],
    ['--network custom needs --chain-id, --feeder-url, --public-key', { flags: { network: 'custom' } }],
    [
      '--network custom needs --feeder-url',
      { flags: { network: 'custom', 'chain-id': 'SN_X', 'public-key': '0x1', 'feeder-url': [] } },
    ],
    ['--chain-id is for --network custom; sepolia has its own', { flags: { network: 'sepolia', 'chain-id': 'SN_X' } }],
    [
      '--network demo has a gateway of its own, so --feeder-url does not go with it',
      { flags: { network: 'demo', 'feeder-url': ['http://a.test/'] } },
    ],
  ]

  test.for(cases)('%s', ([line, sources]) => {
    expect(failure(sources).message).toBe(line)
  })

  test('an unknown network, with those that are known', () => {
    const { data, hint } = failure({ environment: { DEOXYS_NETWORK: 'nope' } })
    expect(data).toEqual({ code: 'UNKNOWN_NETWORK', network: 'nope' })
    expect(hint).toContain('mainnet, sepolia, sepolia-integration,')
  })
})
