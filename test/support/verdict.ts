import type { Reporter, TestModule, TestSuite, Vitest } from 'vitest/node'

/** Names of skipped tests and suites that are printed; a filter can leave out thousands. */
const SKIPPED_NAMES_MAX = 50

/**
 * Ends a run with what the summary keeps back: the names of all that was skipped, so that it is not taken for passed, and
 * one plain line of totals. What fails outside of a test (a file that cannot be loaded, a hook, a stray rejection) counts
 * as one failed test.
 */
export class Verdict implements Reporter {
  readonly #notes: readonly string[]
  #vitest: Vitest | undefined

  /** @param notes lines to print after the names of what was skipped, if there are any. */
  constructor(notes: readonly string[] = []) {
    this.#notes = notes
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const skipped = modules.flatMap((module) => listSkipped(module, module.relativeModuleId))
    const lines = skipped.length === 0 ? [] : ['Skipped:', ...skipped.slice(0, SKIPPED_NAMES_MAX)]
    if (skipped.length > SKIPPED_NAMES_MAX) lines.push(`… and ${skipped.length - SKIPPED_NAMES_MAX} more`)
    if (skipped.length > 0) lines.push(...this.#notes)
    lines.push(totals(modules, unhandledErrors.length))
    this.#vitest?.logger.log(lines.join('\n'))
  }
}

/** The outermost skipped suites, and the skipped tests of suites that ran. */
function listSkipped(parent: TestModule | TestSuite, path: string): string[] {
  return parent.children.array().flatMap((child) => {
    const name = `${path} > ${child.name}`
    const state = child.type === 'test' ? child.result().state : child.state()
    if (state === 'skipped') return [name]
    return child.type === 'test' ? [] : listSkipped(child, name)
  })
}

function totals(modules: readonly TestModule[], unhandledCount: number): string {
  const count = (state: 'passed' | 'failed' | 'skipped') =>
    modules.reduce((sum, { children }) => sum + [...children.allTests(state)].length, 0)
  const suites = modules.flatMap((module) => [module, ...module.children.allSuites()])
  const brokenCount = suites.filter((suite) => suite.errors().length > 0).length
  const failed = count('failed') + brokenCount + unhandledCount
  return `tests: ${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped`
}
