import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { PROFILES, type ProfileName } from '@deoxys/sequencer'
import { formatReport } from './sync/report.ts'
import { RUNS, type RunName, runBench } from './sync/run.ts'

/**
 * How fast a node syncs a stored chain over the loopback, beside the least that its hashes take. Linux: what processes
 * and threads take is read from /proc.
 *
 *     node bench/sync.ts [tiny|mainnet-like|dense] [blocks] [state cells]
 *       --runs a,b        of one-range, threads-range, one-every-block, threads-every-block, profile; all of these
 *       --rpc             one more, with threads, during which a client asks for blocks
 *       --threads n       of the runs with threads; one for each core
 *       --cache dir       where chains are kept; a folder of the system's for temporary files
 *       --out file.json   where the figures go; the last line printed, if not given
 */

const DEFAULTS: Readonly<Record<ProfileName, { readonly blocks: number; readonly stateCells: number }>> = {
  tiny: { blocks: 10_000, stateCells: 0 },
  'mainnet-like': { blocks: 2000, stateCells: 300_000 },
  dense: { blocks: 200, stateCells: 300_000 },
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: RUNS.filter((name) => name !== 'rpc').join() },
    rpc: { type: 'boolean', default: false },
    threads: { type: 'string' },
    cache: { type: 'string' },
    out: { type: 'string' },
  },
})

const [name = 'mainnet-like', blocks, stateCells] = positionals
if (!Object.hasOwn(PROFILES, name)) throw new RangeError(`${name} is none of ${Object.keys(PROFILES).join(', ')}`)
const profile = name as ProfileName
const asked = values.runs.split(',').concat(values.rpc ? ['rpc'] : [])
const unknown = asked.find((run) => !RUNS.includes(run as RunName))
if (unknown !== undefined) throw new RangeError(`${unknown} is none of ${RUNS.join(', ')}`)
const say = (line: string) => process.stdout.write(`${line}\n`)

const report = await runBench({
  profile,
  blocks: readCount(blocks, DEFAULTS[profile].blocks),
  stateCells: readCount(stateCells, DEFAULTS[profile].stateCells),
  runs: RUNS.filter((run) => asked.includes(run)),
  say,
  ...(values.threads === undefined ? {} : { threads: readCount(values.threads, 0) }),
  ...(values.cache === undefined ? {} : { cacheDir: values.cache }),
})
say(`\n${formatReport(report)}\n`)
if (values.out === undefined) say(JSON.stringify(report))
else await writeFile(values.out, `${JSON.stringify(report, undefined, 2)}\n`)

function readCount(text: string | undefined, fallback: number): number {
  const count = Number(text ?? fallback)
  if (!Number.isInteger(count) || count < 0) throw new RangeError(`${text} is not a count`)
  return count
}
