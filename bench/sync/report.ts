import type { Operation } from './counting-kernel.ts'
import type { BenchReport, RunFigures } from './run.ts'

/** Times the bound of the hashes, that one thread may take. */
const RATIO_GOAL = 2
const RATIO_STRETCH = 1.35
const RPC_P99_GOAL_MS = 100
const ANONYMOUS_GOAL_MIB = 1536

/** What a person reads of a report, line by line. */
export function formatReport(report: BenchReport): string {
  const { chain, machine } = report
  const per = (total: number, digits = 0) => (total / chain.blocks).toFixed(digits)
  return [
    `${chain.profile}: ${chain.blocks} blocks behind ${chain.fill} that make ${chain.stateCells} cells`,
    `a block: ${per(chain.transactions)} transactions, ${per(chain.storageWrites)} storage writes, ` +
      `${per(chain.jsonBytes / 1000)} KB of JSON, ${per(chain.gzipBytes / 1000)} KB compressed`,
    `${machine.cpu}, ${machine.cores} cores, node ${machine.node}`,
    ...section('Runs', formatRuns(report)),
    ...section('CPU milliseconds a block, by thread', formatThreads(report)),
    ...section('The bound of the hashes, one thread', formatBound(report)),
    ...section('Where one thread spends its time', formatRooms(report)),
    ...section('Functions by self time', formatTop(report)),
    ...section('JSON-RPC while syncing', formatRpc(report)),
  ].join('\n')
}

type Cells = readonly string[]

function section(title: string, rows: readonly Cells[]): string[] {
  if (rows.length === 0) return []
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  const lines = rows.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))))
  const format = (cells: Cells) => `| ${cells.join(' | ')} |`
  const [head, ...rest] = lines.map(format)
  return ['', title, '', head!, format(widths.map((width) => '-'.repeat(width))), ...rest]
}

function formatRuns({ runs, chain }: BenchReport): Cells[] {
  const names = ['', ...runs.map(({ name }) => name)]
  const row = (what: string, value: (run: RunFigures) => string): Cells => [what, ...runs.map(value)]
  const slope = (value: number | null) => (value === null ? '-' : value.toFixed(1))
  const kilobytes = (bytes: number) => (bytes / 1000 / chain.blocks).toFixed(1)
  return [
    names,
    row('blocks/s', (run) => run.blocksPerSecond.toFixed(2)),
    row('transactions/s', (run) => run.transactionsPerSecond.toFixed(0)),
    row('storage writes/s', (run) => run.storageWritesPerSecond.toFixed(0)),
    row('CPU ms/block', (run) => milliseconds(run.cpuSecondsPerBlock)),
    row('busiest thread', (run) => run.busiest.thread),
    row('its share of the CPU', (run) => percent(run.busiest.share)),
    row('gateway CPU ms/block', (run) => milliseconds(run.gatewayCpuSeconds / chain.blocks)),
    row('peak RSS, MiB', (run) => run.memory.peakRss.toFixed(0)),
    row(`peak RssAnon, MiB (< ${ANONYMOUS_GOAL_MIB})`, (run) => run.memory.peakAnonymous.toFixed(0)),
    row('RSS MiB/1000 blocks', (run) => slope(run.memory.slopeRss)),
    row('RssAnon MiB/1000 blocks', (run) => slope(run.memory.slopeAnonymous)),
    row('written to disk, KB/block', (run) => kilobytes(run.writtenBytes)),
    row('database, KB/block', (run) => kilobytes(run.databaseBytes)),
    row('segments, KB/block', (run) => kilobytes(run.segmentBytes)),
  ]
}

function formatThreads({ runs, chain }: BenchReport): Cells[] {
  const threads = [...new Set(runs.flatMap((run) => Object.keys(run.threads)))]
  const value = (seconds: number | undefined) => (seconds === undefined ? '' : milliseconds(seconds / chain.blocks))
  return [
    ['', ...runs.map(({ name }) => name)],
    ...threads.map((thread) => [thread, ...runs.map((run) => value(run.threads[thread]))]),
  ]
}

const UNITS: Readonly<Record<Operation, string>> = {
  pedersen: 'Pedersen pairs',
  poseidon: 'Poseidon permutations',
  keccak: 'Keccak blocks',
  blake2s: 'Blake2s blocks',
  signature: 'signatures',
  parseFelts: 'felts read (not in the bound)',
}

function formatBound({ bound }: BenchReport): Cells[] {
  if (bound === null) return []
  return [
    ['', 'a block', 'ns each', 'CPU ms/block'],
    ...bound.rows.map((row) => [
      UNITS[row.operation],
      row.countPerBlock.toFixed(1),
      (row.microseconds * 1000).toFixed(0),
      milliseconds(row.secondsPerBlock),
    ]),
    ['bound', '', '', milliseconds(bound.secondsPerBlock)],
    ['measured', '', '', milliseconds(bound.measuredSecondsPerBlock)],
    [`ratio (goal ${RATIO_GOAL}, stretch ${RATIO_STRETCH})`, '', '', bound.ratio.toFixed(2)],
  ]
}

function formatRooms({ profile, runs, chain, bound }: BenchReport): Cells[] {
  const run = runs.find(({ name }) => name === 'profile')
  if (profile === null || run === undefined) return []
  const rooms = Object.entries(profile.rooms).sort(([, a], [, b]) => b - a)
  const row = (what: string, seconds: number): Cells => [
    what,
    milliseconds(seconds / chain.blocks),
    percent(seconds / run.cpuSeconds),
    bound === null ? '-' : (seconds / chain.blocks / bound.secondsPerBlock).toFixed(2),
  ]
  const profiled = rooms.reduce((sum, [, seconds]) => sum + seconds, 0)
  return [
    ['', 'CPU ms/block', 'share', 'bounds'],
    ...rooms.map(([room, seconds]) => row(room, seconds)),
    row('other threads of the process (gunzip, V8)', run.cpuSeconds - profiled),
    row('all', run.cpuSeconds),
  ]
}

function formatTop({ profile, runs, chain }: BenchReport): Cells[] {
  const run = runs.find(({ name }) => name === 'profile')
  if (profile === null || run === undefined) return []
  return [
    ['', 'place', 'room', 'CPU ms/block', 'share'],
    ...profile.top.map(({ name, place, room, seconds }) => [
      name,
      place,
      room,
      milliseconds(seconds / chain.blocks),
      percent(seconds / run.cpuSeconds),
    ]),
  ]
}

function formatRpc({ rpc }: BenchReport): Cells[] {
  if (rpc === null) return []
  const value = (ms: number | null) => (ms === null ? '-' : ms.toFixed(1))
  return [
    ['answered', 'failed', 'p50 ms', `p99 ms (goal ${RPC_P99_GOAL_MS})`, 'max ms'],
    [String(rpc.answered), String(rpc.failed), value(rpc.p50), value(rpc.p99), value(rpc.max)],
  ]
}

function milliseconds(seconds: number): string {
  return (seconds * 1000).toFixed(2)
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
