/** Of a contestant: what of its runs is timed, and how many operations a run has. */
export interface Arm {
  readonly count: number
  /** Microseconds of CPU time that so many runs take. */
  time(runCount: number): number | Promise<number>
}

/** An arm in this process. The clock is that of all its threads, so the compilers' work counts. */
export function localArm(count: number, run: () => unknown): Arm {
  return {
    count,
    time(runCount) {
      const start = process.cpuUsage()
      for (let i = 0; i < runCount; i += 1) run()
      const { user, system } = process.cpuUsage(start)
      return user + system
    },
  }
}

/** Runs of the first estimate: the first of all compiles. */
const ESTIMATE_RUNS = 3

async function countRuns(arm: Arm, sliceMicroseconds: number): Promise<number> {
  await arm.time(1)
  const runMicroseconds = (await arm.time(ESTIMATE_RUNS)) / ESTIMATE_RUNS
  return Math.max(1, Math.ceil(sliceMicroseconds / Math.max(runMicroseconds, 1)))
}

/**
 * Microseconds an operation, of each arm the least of `rounds` rounds. A round gives every arm one slice in turn, so that
 * all of them meet the machine's moods; a third as many rounds go before, until the compilers have settled.
 */
export async function measureArms(
  arms: Iterable<Arm>,
  rounds: number,
  sliceMicroseconds: number,
): Promise<ReadonlyMap<Arm, number>> {
  const runCounts = new Map<Arm, number>()
  for (const arm of arms) runCounts.set(arm, await countRuns(arm, sliceMicroseconds))
  const best = new Map<Arm, number>()
  for (let round = -Math.ceil(rounds / 3); round < rounds; round += 1) {
    for (const [arm, runCount] of runCounts) {
      const time = (await arm.time(runCount)) / (runCount * arm.count)
      if (round >= 0) best.set(arm, Math.min(best.get(arm) ?? Infinity, time))
    }
  }
  return best
}
