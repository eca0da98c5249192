import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('the example of the README prints what the README says', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const [, example, output] = /```ts\n([\s\S]*?)```\n\n```\n([\s\S]*?)```/.exec(readme)!
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const printed = execFileSync(process.execPath, ['--input-type=module-typescript', '--eval', example!], { cwd })
  expect(printed.toString()).toBe(output)
})
