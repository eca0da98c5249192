import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')

const run = promisify(execFile)

test('the library example of the README runs as it stands', async () => {
  const example = /```ts\n(\/\/ example: embedded\.ts\n[\s\S]*?)```/.exec(README)?.[1]
  expect(example).toBeDefined()
  expect(example!.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(20)
  // Inside the workspace, so that the packages resolve as they do for a user who installed them.
  const dir = mkdtempSync(join(ROOT, 'packages/cli/.readme-test-'))
  try {
    writeFileSync(join(dir, 'embedded.ts'), example!)
    const { stdout, stderr } = await run(process.execPath, [join(dir, 'embedded.ts')])
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^block 5 has \d+ transactions\nits state root is 0x[0-9a-f]+\ntrue\n$/)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})

test('the commands of the README exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const named = [...README.matchAll(/^npm (?:run )?(\w+)/gm)].map(([, name]) => name!)
  expect(named).toContain('test')
  for (const name of named) if (name !== 'ci') expect(Object.keys(scripts)).toContain(name)
})
