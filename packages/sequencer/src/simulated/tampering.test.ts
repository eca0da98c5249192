import { type BlockReport, CHECK_NAMES, DecodeError, inspectBlock } from '@deoxys/core'
import { createKernel } from '@deoxys/kernel'
import { describe, expect, test } from 'vitest'
import { createSimulatedChain } from './create-simulated-chain.ts'
import { blockText, parse } from './testing/printed.ts'

const kernel = await createKernel({ window: 8 })
const BLOCKS = 9

type Path = readonly (string | number)[]

/** Places of numbers and texts in `value`. */
function pathsIn(value: unknown, above: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [above]
  return Object.entries(value).flatMap(([name, member]) => {
    return pathsIn(member, [...above, Array.isArray(value) ? Number(name) : name])
  })
}

function valueAt(json: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], json)
}

/** What the place is for, whichever transaction or contract it is of: `transactions[INVOKE_FUNCTION 0x3].tip`. */
function kindOf(json: unknown, path: Path): string {
  return path
    .map((step, i) => {
      if (typeof step !== 'number') return /^0x/.test(step) ? '.*' : `.${step}`
      if (path[i - 1] !== 'transactions') return '[]'
      const { type, version } = valueAt(json, path.slice(0, i + 1)) as { type: string; version: string }
      return `[${type} ${version}]`
    })
    .join('')
    .slice(1)
}

const OTHER: Readonly<Record<string, string>> = {
  SUCCEEDED: 'REVERTED',
  REVERTED: 'SUCCEEDED',
  BLOB: 'CALLDATA',
  CALLDATA: 'BLOB',
  ACCEPTED_ON_L2: 'ACCEPTED_ON_L1',
}

function flip(value: unknown): unknown {
  if (typeof value === 'number') return value + 1
  const text = String(value)
  return OTHER[text] ?? text.slice(0, -1) + (text.endsWith('1') ? '2' : '1')
}

/** A copy with another value at `path`. */
function flipAt(json: unknown, path: Path): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(json))
  const parent = valueAt(copy, path.slice(0, -1)) as Record<string, unknown>
  parent[path.at(-1)!] = flip(valueAt(json, path))
  return copy
}

/** Fields that say again what another says, that need the block before, or that a formula leaves out. */
const NOT_LOOKED_AT = [
  /^block\.(status|state_diff_length)$/,
  /^block\.transactions\[DECLARE 0x0\]\.nonce$/,
  /^block\.transaction_receipts\[\]\.(transaction_index|l1_to_l2_consumed_message\.)/,
  /^state_update\.old_root$/,
]

/** Under Pedersen it is the state root alone that covers what changed. */
const STATE_DIFF = /^state_update\.state_diff\./

function isCovered(kind: string, { era }: BlockReport): boolean {
  if (NOT_LOOKED_AT.some((pattern) => pattern.test(kind))) return false
  if (era.commitments === 'pedersen' && STATE_DIFF.test(kind)) return false
  if (era.signatures === 'invoke only' && /\[(DECLARE|DEPLOY_ACCOUNT) .*\]\.signature/.test(kind)) return false
  const name = kind.replace('block.transaction_receipts[].', 'receipt.')
  return !era.unauthenticated.some((field) => name.startsWith(field))
}

/** Whether something speaks against the answer. */
function isCaught(inspect: () => BlockReport): boolean {
  try {
    const { checks } = inspect()
    return CHECK_NAMES.some((name) => !['ok', 'not_applicable'].includes(checks[name].status))
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError)
    return true
  }
}

describe.each(['0.9.1', '0.10.3', '0.11.0.2', '0.12.3', '0.13.2.1', '0.13.4', '0.14.2'])('a chain of %s', (version) => {
  test('does not pass with a flipped value in any kind of field that a hash covers', async () => {
    const schedule = [{ from: 0, version }]
    const { answers, network } = await createSimulatedChain({ seed: 3, blocks: BLOCKS, schedule, kernel })
    const seen = new Set<string>()
    const missed: string[] = []
    for (let number = 0; number < BLOCKS; number++) {
      const text = await blockText(answers, number)
      const json = { ...parse<object>(text), signature: parse<object>(await answers.signature(number)) }
      const inspect = (value: unknown) =>
        inspectBlock(kernel, { answer: Buffer.from(JSON.stringify(value)) }, [network])
      const report = inspect(json)
      expect(isCaught(() => report)).toBe(false)
      for (const path of pathsIn(json)) {
        const kind = kindOf(json, path)
        if (seen.has(kind)) continue
        seen.add(kind)
        const caught = isCaught(() => inspect(flipAt(json, path)))
        if (caught !== isCovered(kind, report)) missed.push(`${kind}: ${caught ? 'caught' : 'not caught'}`)
      }
    }
    expect(missed).toEqual([])
    expect(seen.size).toBeGreaterThan(version === '0.9.1' ? 60 : 75)
  })
})
