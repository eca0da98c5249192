import { InputError, VERSION } from '@deoxys/core'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { check } from './commands/check.ts'
import { classHash } from './commands/class-hash.ts'
import { gateway } from './commands/gateway.ts'
import { run } from './commands/run.ts'
import { sequencer } from './commands/sequencer.ts'
import { EXIT_OK } from './exit-codes.ts'
import { Output } from './output.ts'
import { BLOCK_NUMBER_MAX, environmentName, PORT_MAX, resolveSettings, SETTING_NAMES } from './settings.ts'

/**
 * Runs one command line, without `node` and the script. Returns the exit code. `signal` is aborted by SIGINT or SIGTERM,
 * with an error that has the name as message.
 */
export async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const output = new Output(args.includes('--json') || isSet(process.env[environmentName('json')]))
  endOnBugs(output)
  let exitCode = EXIT_OK
  const finish = (code: Promise<number>) =>
    code.then((value) => {
      exitCode = value
    })
  try {
    await buildProgram({ output, finish, signal }).parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) return output.failure(error)
    if (error.exitCode === 0) return EXIT_OK
    return output.failure(new InputError(usageMessage(error), { code: 'BAD_FLAG' }, { hint: 'See deoxys --help.' }))
  }
}

/** What commander found wrong, on one line. */
function usageMessage({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'unknown command'
  return message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '')
}

/** An error that nobody caught is a bug; a reader of our output who left is none. */
function endOnBugs(output: Output): void {
  process.on('uncaughtException', (error) => process.exit(output.failure(error)))
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}

/** What the commands share. */
interface Context {
  readonly output: Output
  /** Takes the exit code of the command. */
  readonly finish: (code: Promise<number>) => Promise<void>
  readonly signal: AbortSignal
}

function buildProgram(context: Context): Command {
  const { output, finish, signal } = context
  const program = new Command('deoxys')
    .description('A Starknet full node that checks every hash, commitment, root and signature it stores.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .showSuggestionAfterError()
    .addHelpText('after', EXAMPLES)
  addRun(program, context)
  addCheck(program, context)
  program
    .command('class-hash')
    .description('the hash of a class (Cairo 0 or Sierra) or compiled class (CASM), from its exact text')
    .argument('<file>', 'a class as a gateway answers, or a compiled class; never one that was formatted anew')
    .option('--json', 'the result as JSON')
    .addHelpText('after', CLASS_HASH_EXAMPLES)
    .action(async (file: string) => {
      await endBySignal(signal)
      return finish(classHash(file, output))
    })
  program
    .command('gateway')
    .description('serve recorded answers as a feeder gateway on the loopback')
    .requiredOption('--fixtures <dir>', 'the folder that holds <network>/block/N.json, …')
    .requiredOption('--network <name>', 'whose answers; classes come from the folder of any network')
    .option('--port <port>', 'any free one unless given', integerUpTo(PORT_MAX), 0)
    .option(
      '--head <number>',
      'what `latest` is: the end of the run from 0 unless given',
      integerUpTo(BLOCK_NUMBER_MAX),
    )
    .option('--json', 'the URL as JSON')
    .addHelpText('after', GATEWAY_EXAMPLES)
    .action((options) => finish(gateway(options, output, signal)))
  addSequencer(program, context)
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => {} })
  return program
}

const EXAMPLES = `
Examples:
  deoxys run --network sepolia --data-dir ./sepolia      sync, verify and serve Sepolia
  deoxys run --network demo                              a simulated chain, offline
  deoxys check block.json --signature signature.json     check one block by itself
  deoxys class-hash class.json                           hash a class

Exit codes: 0 done or stopped, 1 a check failed for good, 2 unusable input, 3 a bug.`

const RUN_EXAMPLES = `
Settings come from flags, then DEOXYS_… variables (DEOXYS_DATA_DIR for --data-dir), then the file of --config, then
defaults. The file is TOML with the names of the flags:
  network = "sepolia"
  feeder-url = ["https://feeder.alpha-sepolia.starknet.io/feeder_gateway"]
  rpc-port = 9545

Examples:
  deoxys --network sepolia                               sync and serve, until it is stopped
  deoxys run --until 1000 --exit-when-synced --json      seal blocks 0 to 1000, and end with one line of JSON
  deoxys run --network demo --rpc-port 0                 a simulated chain, its JSON-RPC at any free port
  deoxys run --network custom --chain-id SN_MINE --public-key 0x12ab… --feeder-url http://127.0.0.1:8080/feeder_gateway

A second Ctrl-C ends at once.`

const CHECK_EXAMPLES = `
Examples:
  deoxys check block.json                                what the block tells about itself
  deoxys check block.json --state-update update.json --signature signature.json --network mainnet
  deoxys check block.json --json                         every check with its values

Exit codes: 0 nothing speaks against it, 1 something does, 2 a file that is no block, or of a version without rules here.`

const CLASS_HASH_EXAMPLES = `
Examples:
  deoxys class-hash class.json                           class hash
  deoxys class-hash casm.json --json                     compiled class hashes, Poseidon (v1) and Blake2s (v2)`

const GATEWAY_EXAMPLES = `
Examples:
  deoxys gateway --fixtures ./recorded --network mainnet --port 8080
  deoxys run --network mainnet --feeder-url http://127.0.0.1:8080/feeder_gateway --until 9 --exit-when-synced`

const SEQUENCER_EXAMPLES = `
Examples:
  deoxys sequencer --blocks 20 --block-time 3000         a small chain that grows, of several eras
  deoxys sequencer --era 0.11.0 --seed 7                 another one, as Starknet was in 2023
  deoxys sequencer --blocks 1000 --reorg 500:20 --faults faults.json --admin-port 8081
  deoxys sequencer --profile mainnet-like --blocks 1000 --out ./chain
  deoxys sequencer --from ./chain --port 8080`

function addRun(program: Command, { output, finish, signal }: Context): void {
  program
    .command('run', { isDefault: true })
    .description('sync, verify, store and serve a chain (the command when none is named)')
    .option(
      '--network <name>',
      'mainnet, sepolia, sepolia-integration, demo, custom; goerli, goerli2, integration for recorded data (default: mainnet)',
    )
    .option(
      '--feeder-url <url>',
      "a feeder gateway, with /feeder_gateway; may be given more than once (default: the network's own)",
      collect,
    )
    .option(
      '--data-dir <dir>',
      'where the chain is kept (default: a folder of the network under the user’s data folder)',
    )
    .option('--until <number>', 'the last block to seal')
    .option('--exit-when-synced', 'end when the target is reached, or the sources are exhausted')
    .option('--rpc-port <port>', 'JSON-RPC, 0 for any free port (default: 9545, none with --exit-when-synced)')
    .option('--rpc-host <host>', 'the address JSON-RPC listens on (default: 127.0.0.1)')
    .option('--admin-port <port>', 'admin methods on the loopback (default: off)')
    .option('--serve-feeder <port>', 'the stored chain as a feeder gateway on the loopback (default: off)')
    .option('--verify <policy>', 'strict refuses what fails, warn logs it (default: strict)')
    .option(
      '--roots <which>',
      'range: far from the tip, blocks from 0.13.2 on share a trie pass; every-block: each root is compared (default: range)',
    )
    .option('--sealing <mode>', 'auto, or manual: blocks are sealed when engine_createBlock says so (default: auto)')
    .option('--casm <when>', 'on-demand, or sync: fetch and check the compiled classes too (default: on-demand)')
    .option('--threads <number>', 'that verify; 0 does everything in one (default: one for each core, 0 for the demo)')
    .option('--api-key <key>', 'sent as X-Throttling-Bypass')
    .option('--chain-id <text>', 'of --network custom, as SN_MAIN')
    .option('--public-key <felt>', 'of --network custom: what its blocks are signed with')
    .option('--l1-core-contract <address>', 'of --network custom')
    .option('--config <file>', 'settings in TOML, named as these flags; flags and DEOXYS_… variables go before it')
    .option('--log-level <level>', 'debug, info, warn, error, silent (default: info)')
    .option('--log-format <format>', 'text or json (default: text)')
    .option('--json', 'the result as a JSON line')
    .addHelpText('after', RUN_EXAMPLES)
    .allowExcessArguments() // Where the name of a command is expected, as this is the one when there is none.
    .action((_options, command: Command) => {
      const [name] = command.args
      if (name !== undefined) throw unknownCommand(name)
      const flags = flagsOf(command)
      const configFile = command.opts()['config'] ?? process.env['DEOXYS_CONFIG']
      const settings = resolveSettings({ flags, environment: process.env, configFile })
      output.isJson = settings.json
      return finish(run(settings, output, signal))
    })
}

function addCheck(program: Command, { output, finish, signal }: Context): void {
  program
    .command('check')
    .description('check one block by itself: transaction hashes, commitments, block hash, signature')
    .argument('<file>', 'a block, {block, state_update}, or {block, state_update, signature}, as a gateway answers')
    .option('--state-update <file>', 'the state update, alone or with its block')
    .option('--signature <file>', 'the signature')
    .option('--network <name>', 'what it should be of (default: what its content tells)')
    .option('--json', 'the report as JSON')
    .addHelpText('after', CHECK_EXAMPLES)
    .action(async (file: string, options) => {
      await endBySignal(signal)
      return finish(check(file, options, output))
    })
}

function addSequencer(program: Command, { output, finish, signal }: Context): void {
  program
    .command('sequencer')
    .description('a simulated chain, served as a feeder gateway on the loopback, with faults and reorgs on demand')
    .option('--profile <name>', 'tiny, mainnet-like or dense (default: tiny)')
    .option('--blocks <number>', 'blocks there are from the start', integerUpTo(BLOCK_NUMBER_MAX))
    .option('--seed <number>', 'equal seeds give equal chains (default: 1)', integerUpTo(BLOCK_NUMBER_MAX))
    .option('--era <version>', 'a Starknet version, or BLOCK=VERSION,… from block 0 on')
    .option('--state <cells>', 'storage cells made before the first ordinary block', integerUpTo(BLOCK_NUMBER_MAX))
    .option('--chain-id <text>', 'as SN_MAIN')
    .option('--port <port>', 'any free one unless given', integerUpTo(PORT_MAX), 0)
    .option(
      '--admin-port <port>',
      'POST /admin/faults, /admin/reorg, /admin/blocks (default: off)',
      integerUpTo(PORT_MAX),
    )
    .option('--block-time <ms>', 'one more block each time (default: none)', integerUpTo(BLOCK_NUMBER_MAX))
    .option('--reorg <block:depth>', 'when that block has come, the last ones are replaced; repeatable', collect)
    .option('--faults <file>', 'how the gateway misbehaves, see docs/sequencer.md')
    .option('--out <dir>', 'make the chain, keep it there, and end')
    .option('--from <dir>', 'serve a chain that was kept')
    .option('--json', 'the result as JSON')
    .addHelpText('after', SEQUENCER_EXAMPLES)
    .action((options) => finish(sequencer(options, output, signal)))
}

/** What was given on the command line, under the names of the flags. */
function flagsOf(command: Command): Record<string, unknown> {
  const given = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
  return Object.fromEntries(
    given
      .map((option) => [option.long!.slice(2), command.opts()[option.attributeName()]] as const)
      .filter(([name]) => SETTING_NAMES.some((setting) => setting === name)),
  )
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value]
}

function integerUpTo(max: number): (value: string) => number {
  return (value) => {
    if (/^\d{1,10}$/.test(value) && Number(value) <= max) return Number(value)
    throw new InvalidArgumentError(`It is not a whole number from 0 to ${max}.`)
  }
}

function unknownCommand(name: string): InputError {
  return new InputError(`unknown command "${name}"`, { code: 'BAD_FLAG', name }, { hint: 'See deoxys --help.' })
}

/** Whether a variable is set to something that means yes. */
function isSet(variable: string | undefined): boolean {
  return variable === '1' || variable === 'true'
}

/** For a command with nothing to close, whose exit code is a verdict: a signal kills the process, as it does any other. */
async function endBySignal(signal: AbortSignal): Promise<void> {
  await new Promise(setImmediate) // A signal that came while the modules loaded gets its turn.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(name)
  if (signal.aborted) process.kill(process.pid, signal.reason.message)
}
