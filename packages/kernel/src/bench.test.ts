import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { BACKENDS } from './index.ts'

/** One round of short slices: that every contest runs and agrees with its peers. Nothing is said about times. */
test('the bench runs, and computes what it did', () => {
  const bench = fileURLToPath(new URL('../bench/bench.ts', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, [bench, '1', '100'], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const lines = stdout.trimEnd().split('\n')
  expect(lines[0]).toMatch(/^C reference: /)
  const { digest, results } = JSON.parse(lines.at(-1)!) as { digest: string; results: Record<string, unknown>[] }
  // Changes with the inputs of the bench and with nothing else.
  expect(digest).toBe('3bb8f29cc562a2e47ab9f1fe16412b3c3ac1ce8b71ca092749ec0598682a9ad3')
  expect(lines).toHaveLength(4 + results.length)
  for (const name of ['Pedersen', 'Poseidon']) {
    const rows = results.filter(({ operation }) => operation === `${name}, batch of 256`)
    expect(rows.map(({ backend }) => backend)).toEqual(BACKENDS.filter((backend) => backend !== 'reference'))
  }
  for (const { microseconds, gate, verdict } of results) {
    expect(microseconds).toBeGreaterThan(0)
    expect(verdict === undefined).toBe(gate === undefined)
  }
})
