import { expect, test } from 'vitest'
import { createLog } from './log.ts'
import { StatusLine } from './status-line.ts'

/** A terminal of 40 columns, and what was written to it. */
function openTerminal() {
  const written: string[] = []
  return { written, stream: { isTTY: true, columns: 40, write: (text: string) => written.push(text) } }
}

function openLog(format: 'text' | 'json', isWanted = false) {
  const { written, stream } = openTerminal()
  const statusLine = new StatusLine(stream, isWanted)
  return { written, statusLine, log: createLog({ level: 'info', format, statusLine }) }
}

test('a line for people: time, level, message, reason, fields', () => {
  const { written, log } = openLog('text')
  log.warn({ error: { message: 'it differs', code: 'CHECK_FAILED' }, attempt: 2 }, 'block 5 refused')
  expect(written.join('')).toMatch(/^\d\d:\d\d:\d\d warn {2}block 5 refused: it differs {2}attempt=2\n$/)
})

test('what a gateway sent cannot end the line or move the cursor', () => {
  const { written, log } = openLog('text')
  log.warn({ error: { message: 'a\r\n12:00:00 info all is well\u001b[2J\u2028\u009b' }, name: 'b\nc' }, 'refused')
  expect(written).toHaveLength(1)
  expect(written[0]).toMatch(/ refused: a 12:00:00 info all is well \[2J {3}name=b c\n$/)
})

test('a line for programs', () => {
  const { written, log } = openLog('json')
  log.info({ block: 5 }, 'a\nb')
  expect(JSON.parse(written.join(''))).toMatchObject({ level: 30, block: 5, message: 'a\nb' })
  expect(written.join('').trimEnd()).not.toContain('\n')
})

test('below the level nothing is said', () => {
  const { written, log } = openLog('text')
  log.debug({}, 'x')
  expect(written).toEqual([])
})

test('lines stay above the status, which is cut to the width and wiped at the end', () => {
  const { written, statusLine, log } = openLog('text', true)
  statusLine.set('x'.repeat(50))
  log.info({}, 'hello')
  statusLine.clear()
  const status = 'x'.repeat(39)
  expect(written).toEqual([
    `\r\u001b[2K${status}`,
    expect.stringMatching(new RegExp(`^\\r\\u001b\\[2K.* hello\\n${status}$`)),
    '\r\u001b[2K',
  ])
})

test('without a terminal, or where nobody wants it, there is no status', () => {
  const { written, stream } = openTerminal()
  new StatusLine(stream, false).set('x')
  new StatusLine({ ...stream, isTTY: false }, true).set('x')
  expect(written).toEqual([])
})
