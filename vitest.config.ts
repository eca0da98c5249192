import { configDefaults, defineConfig } from 'vitest/config'
import { RECORDINGS_DIR } from './test/support/recordings.ts'
import { Verdict } from './test/support/verdict.ts'

const NO_RECORDINGS =
  'No recorded answers here: the tests that need them were skipped (CONTRIBUTING.md, "Recorded answers").'

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Tests start processes, kill them and hold locks: each file has a process of its own.
    pool: 'forks',
    // Several files start processes themselves; two at a time keeps a small machine responsive.
    maxWorkers: 2,
    reporters: [...configDefaults.reporters, new Verdict(RECORDINGS_DIR === null ? [NO_RECORDINGS] : [])],
  },
})
