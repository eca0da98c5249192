import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ERAS } from '@deoxys/core'
import { expect, test } from 'vitest'

/** Parts of the documentation that the code says better: `DEOXYS_WRITE_DOCS=1 npx vitest run test/docs.test.ts` writes them anew. */
function expectGenerated(file: string, name: string, text: string): void {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url))
  const [begin, end] = [`<!-- generated: ${name} -->\n`, `<!-- end: ${name} -->`]
  const page = readFileSync(path, 'utf8')
  const [start, stop] = [page.indexOf(begin), page.indexOf(end)]
  expect(start, `${file} has a place for ${name}`).toBeGreaterThan(0)
  if (process.env['DEOXYS_WRITE_DOCS'] === '1') {
    writeFileSync(path, page.slice(0, start) + begin + text + page.slice(stop))
    return
  }
  expect(page.slice(start + begin.length, stop)).toBe(text)
}

const SPANS: Readonly<Record<string, string>> = {
  'pre-0.7': 'before 0.7',
  '0.7': '0.7 to 0.11.0',
  '0.11.1': '0.11.1 to 0.13.1',
  '0.13.2': '0.13.2 to 0.13.3',
  '0.13.4': 'since 0.13.4',
}

test('what no hash of an era covers', () => {
  const common = ERAS.at(-1)!.unauthenticated
  const rows = ERAS.map(({ name, blockHash, unauthenticated }) => {
    const own = unauthenticated.filter((field) => !common.includes(field))
    const fields = own.length === 0 ? 'nothing else' : own.map((field) => `\`${field}\``).join(', ')
    return `| ${SPANS[name]} | ${blockHash} | ${fields} |`
  })
  expectGenerated(
    'docs/verification.md',
    'unauthenticated',
    [
      `In every era: ${common.map((field) => `\`${field}\``).join(', ')}. Besides these:`,
      '',
      '| Starknet versions | block hash | fields that nothing proves |',
      '|---|---|---|',
      ...rows,
      '',
    ].join('\n'),
  )
})
