import { createHash } from 'node:crypto'
import { cpus } from 'node:os'
import { BACKENDS, createKernel, type Kernel } from '../src/index.ts'
import { type Contest, createContests, PAIRS } from './contests.ts'
import { formatGate, type Gate, judge, START_GATE } from './gates.ts'
import { type Native, openNative } from './native.ts'
import { type Arm, measureArms } from './rounds.ts'

/**
 * The kernel against @scure/starknet, @noble/hashes and the same method in C. Prints a table, and a line of JSON. Times
 * move with the machine, so compare ratios, and those of one run. Gates inform: the exit code does not depend on them.
 *
 *     node bench/bench.ts [rounds [microseconds of a slice]]
 */

const ROUNDS_DEFAULT = 40
/** Of one arm in one round: long against the clock's resolution, short against the machine's moods. */
const SLICE_MICROSECONDS_DEFAULT = 10_000

interface Result {
  readonly operation: string
  readonly backend: string
  readonly microseconds: number
  readonly peer?: string
  readonly peerMicroseconds?: number
  /** Times as fast as the peer. */
  readonly ratio?: number
  readonly nativeMicroseconds?: number
  /** Times the C reference's time. */
  readonly nativeRatio?: number
  readonly gate?: string
  readonly verdict?: 'pass' | 'fail'
}

function readCount(argument: string | undefined, fallback: number): number {
  const count = Number(argument ?? fallback)
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`${argument} is not a count`)
  return count
}

const judged = (result: Result, gate: Gate | undefined): Result =>
  gate ? { ...result, gate: formatGate(gate), verdict: judge(gate, result) } : result

/** The first kernel of a process, for which all is compiled and the tables are filled, and one more on its tables. */
async function measureStarts(): Promise<Result[]> {
  const start = process.cpuUsage()
  const { backend, tables } = await createKernel()
  const { user, system } = process.cpuUsage(start)
  const operation = 'start: compile, table of 12 bits, cold'
  const first = judged({ operation, backend, microseconds: user + system }, START_GATE)
  if (tables === undefined) return [first]
  const secondStart = process.cpuUsage()
  await createKernel({ tables })
  const second = process.cpuUsage(secondStart)
  return [first, { operation: 'start: one more, shared table', backend, microseconds: second.user + second.system }]
}

function resultOf(contest: Contest, best: ReadonlyMap<Arm, number>): Result {
  const { operation, backend, peer, native, gate } = contest
  const [microseconds, peerMicroseconds] = [best.get(contest.ours)!, best.get(contest.theirs)!]
  const nativeMicroseconds = native && best.get(native)!
  const result: Result = {
    ...{ operation, backend, microseconds, peer, peerMicroseconds, ratio: peerMicroseconds / microseconds },
    ...(nativeMicroseconds !== undefined && { nativeMicroseconds, nativeRatio: microseconds / nativeMicroseconds }),
  }
  return judged(result, gate)
}

const COLUMNS = ['operation', 'back end', 'µs', 'peer', 'peer, µs', 'ratio', 'C, µs', 'to C', 'gate', 'verdict']

function formatTable(results: readonly Result[]): string {
  const number = (value: number | undefined, digits: number) => value?.toFixed(digits) ?? ''
  const rows = results.map((result) => [
    ...[result.operation, result.backend, number(result.microseconds, 2)],
    ...[result.peer ?? '', number(result.peerMicroseconds, 1), number(result.ratio, 1)],
    ...[number(result.nativeMicroseconds, 2), number(result.nativeRatio, 2)],
    ...[result.gate ?? '', result.verdict ?? ''],
  ])
  const lines = [COLUMNS, COLUMNS.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return lines.join('\n')
}

/** One of each back end but the reference, the fastest first. */
async function createKernels(): Promise<Kernel[]> {
  const kernels: Kernel[] = []
  for (const backend of BACKENDS) if (backend !== 'reference') kernels.push(await createKernel({ backend }))
  return kernels
}

/** Of what the kernel computed, the same on every machine and back end. */
function digestOf(contests: readonly Contest[]): string {
  const outputs = new Map(contests.map(({ operation, output }) => [operation, output]))
  const hash = createHash('sha256')
  for (const output of outputs.values()) hash.update(output)
  return hash.digest('hex')
}

const rounds = readCount(process.argv[2], ROUNDS_DEFAULT)
const sliceMicroseconds = readCount(process.argv[3], SLICE_MICROSECONDS_DEFAULT)
const print = (line: string) => process.stdout.write(`${line}\n`)

/** All contests, measured, in the order of the table. */
async function runContests(native: Native | undefined): Promise<{ contests: Contest[]; results: Result[] }> {
  const contests = createContests(await createKernels(), native)
  const arms = new Set(contests.flatMap(({ ours, theirs, native }) => [ours, theirs, ...(native ? [native] : [])]))
  const best = await measureArms(arms, rounds, sliceMicroseconds)
  return { contests, results: contests.map((contest) => resultOf(contest, best)) }
}

const starts = await measureStarts()
const opened = await openNative(PAIRS)
const native = typeof opened === 'string' ? undefined : opened
print(`C reference: ${native?.compiler ?? `none, ${opened}`}`)
const { contests, results } = await runContests(native).finally(() => native?.close())
results.push(...starts)
print(formatTable(results))
const machine = { cpu: cpus()[0]?.model, node: process.version, v8: process.versions.v8 }
print(JSON.stringify({ rounds, ...machine, compiler: native?.compiler ?? null, digest: digestOf(contests), results }))
