import { getNetwork, InputError, NETWORKS, parseFelt } from '@deoxys/core'
import { parse as parseToml, TomlError } from 'smol-toml'
import { z } from 'zod'
import { readInputFile } from './files.ts'

/** Names of networks besides the public ones: the simulated chain, and one of the user's own. */
const OWN_NETWORKS = ['demo', 'custom']

export const PORT_MAX = 65_535

/** What the database numbers blocks with has 32 bits. */
export const BLOCK_NUMBER_MAX = 2 ** 32 - 1

/** Far above what a machine's cores are worth. */
const THREADS_MAX = 64

const text = z.string('is not a text')

/** Variables and flags spell numbers, files have them. */
const integer = (max: number) =>
  z
    .union([z.number(), text.regex(/^\d{1,16}$/).transform(Number)], 'is not a whole number')
    .pipe(z.int('is not a whole number').min(0, 'is below 0').max(max, `is above ${max}`))

const flag = z.union(
  [z.boolean(), z.enum(['true', 'false', '1', '0']).transform((word) => word === 'true' || word === '1')],
  'is neither true nor false',
)

const urls = z.union(
  [z.array(z.string()), z.string().transform((list) => list.split(',').filter((url) => url !== ''))],
  'is not a list of URLs',
)

/** Every setting of `deoxys run`, under the name of its flag. */
const schema = z.strictObject({
  network: text.default('mainnet'),
  'feeder-url': urls.default([]),
  'data-dir': text.min(1, 'is empty').optional(),
  until: integer(BLOCK_NUMBER_MAX).optional(),
  'exit-when-synced': flag.default(false),
  'rpc-port': integer(PORT_MAX).optional(),
  'rpc-host': text.min(1, 'is empty').default('127.0.0.1'),
  'admin-port': integer(PORT_MAX).optional(),
  'serve-feeder': integer(PORT_MAX).optional(),
  verify: z.enum(['strict', 'warn']).default('strict'),
  roots: z.enum(['range', 'every-block']).default('range'),
  sealing: z.enum(['auto', 'manual']).default('auto'),
  casm: z.enum(['on-demand', 'sync']).default('on-demand'),
  threads: integer(THREADS_MAX).optional(),
  'api-key': text.regex(/^[\x21-\x7e]+$/, 'is not printable ASCII').optional(),
  'chain-id': text.regex(/^[\x21-\x7e]{1,31}$/, 'is not 1 to 31 printable ASCII characters').optional(),
  'public-key': text.refine((hex) => parseFelt(hex) !== undefined, 'is not a felt').optional(),
  'l1-core-contract': text.regex(/^0x[0-9a-fA-F]{40}$/, 'is not an Ethereum address').optional(),
  'log-level': z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  'log-format': z.enum(['text', 'json']).default('text'),
  json: flag.default(false),
})

export type Settings = Readonly<z.infer<typeof schema>>

export const SETTING_NAMES = Object.keys(schema.shape) as readonly (keyof Settings)[]

/** The variable of a setting: `DEOXYS_FEEDER_URL` of `feeder-url`. */
export function environmentName(setting: string): string {
  return `DEOXYS_${setting.toUpperCase().replaceAll('-', '_')}`
}

export interface SettingSources {
  readonly flags: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string | undefined>>
  /** A TOML file, its keys named as the flags. */
  readonly configFile?: string | undefined
}

/**
 * Flags over environment over file over defaults. An empty variable is none.
 * @throws InputError BAD_FLAG, BAD_FILE, UNKNOWN_NETWORK
 */
export function resolveSettings({ flags, environment, configFile }: SettingSources): Settings {
  const file = configFile === undefined ? {} : readConfig(configFile)
  const variables = Object.fromEntries(
    SETTING_NAMES.map((name) => [name, environment[environmentName(name)]]).filter(([, value]) => Boolean(value)),
  )
  const parsed = schema.safeParse({ ...file, ...variables, ...flags })
  if (!parsed.success) throw badSetting(parsed.error.issues[0]!, { flags, variables, configFile })
  const settings = parsed.data
  checkNetwork(settings)
  return settings
}

function readConfig(path: string): Record<string, unknown> {
  const text = Buffer.from(readInputFile(path)).toString()
  try {
    return parseToml(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [reason] = error.message.split('\n')
    throw new InputError(`${path}, line ${error.line}: ${reason}`, { code: 'BAD_FILE', path })
  }
}

interface Given {
  readonly flags: Readonly<Record<string, unknown>>
  readonly variables: Readonly<Record<string, unknown>>
  readonly configFile: string | undefined
}

function badSetting(issue: z.core.$ZodIssue, { flags, variables, configFile }: Given): InputError {
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!
    return new InputError(`${configFile}: there is no setting "${key}"`, { code: 'BAD_FILE', path: configFile, key })
  }
  const name = String(issue.path[0])
  const place = name in flags ? `--${name}` : name in variables ? environmentName(name) : `${configFile}: ${name}`
  return new InputError(`${place} ${reasonOf(issue)}`, { code: 'BAD_FLAG', setting: name })
}

function reasonOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_value' ? `is none of ${issue.values.join(', ')}` : issue.message
}

function checkNetwork(settings: Settings): void {
  const { network } = settings
  if (getNetwork(network) === undefined && !OWN_NETWORKS.includes(network)) {
    const names = [...NETWORKS.map(({ name }) => name), ...OWN_NETWORKS].join(', ')
    throw new InputError(
      `unknown network "${network}"`,
      { code: 'UNKNOWN_NETWORK', network },
      { hint: `Known: ${names}.` },
    )
  }
  const ofCustom = (['chain-id', 'public-key', 'l1-core-contract'] as const).filter((name) => settings[name])
  if (network !== 'custom' && ofCustom.length > 0) {
    const message = `--${ofCustom[0]} is for --network custom; ${network} has its own`
    throw new InputError(message, { code: 'BAD_FLAG', setting: ofCustom[0], network })
  }
  if (network === 'demo' && settings['feeder-url'].length > 0) {
    const message = '--network demo has a gateway of its own, so --feeder-url does not go with it'
    throw new InputError(message, { code: 'BAD_FLAG', setting: 'feeder-url', network })
  }
  if (network !== 'custom') return
  const missing = (['chain-id', 'feeder-url', 'public-key'] as const).filter((name) => !settings[name]?.length)
  if (missing.length === 0) return
  const flags = missing.map((name) => `--${name}`).join(', ')
  throw new InputError(`--network custom needs ${flags}`, { code: 'BAD_FLAG', missing })
}
