import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const MODULES = join(import.meta.dirname, '../../node_modules')
const project = mkdtempSync(join(tmpdir(), 'deoxys-verdict-'))
afterAll(() => rmSync(project, { recursive: true }))

/** The last lines of a run of vitest over these files in a project of its own. */
function runVitest(files: Readonly<Record<string, string>>): string[] {
  const verdict = JSON.stringify(join(import.meta.dirname, 'verdict.ts'))
  const config = `import { Verdict } from ${verdict}
    export default { test: { reporters: ['default', new Verdict(['a note'])] } }`
  writeFileSync(join(project, 'vitest.config.mts'), config)
  for (const [name, source] of Object.entries(files)) {
    writeFileSync(join(project, name), `import { beforeAll, describe, test } from 'vitest'\n${source}`)
  }
  const args = [join(MODULES, 'vitest/vitest.mjs'), 'run', '--root', project]
  return spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout.trim().split('\n')
}

test('names what was skipped, counts what failed, and has the last word', () => {
  symlinkSync(MODULES, join(project, 'node_modules'))
  const lines = runVitest({
    'a.test.ts': `
      test('good', () => {})
      test('bad', () => { throw new Error('bad') })
      test.skip('left out', () => {})
      describe('outer', () => {
        test('good', () => {})
        describe.skip('inner', () => { test('one', () => {}); test('two', () => {}) })
      })
      describe.skip('empty', () => {})`,
    'broken.test.ts': `throw new Error('does not load')`,
    'hook.test.ts': `describe('x', () => { beforeAll(() => { throw new Error('hook') }); test('never', () => {}) })`,
  })
  expect(lines.slice(-7)).toEqual([
    'Skipped:',
    'a.test.ts > left out',
    'a.test.ts > outer > inner',
    'a.test.ts > empty',
    'hook.test.ts > x > never',
    'a note',
    'tests: 2 passed, 3 failed, 4 skipped',
  ])
})
