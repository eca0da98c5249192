import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { customNetwork, hexFromFelt, newFull } from '@deoxys/core'
import { createSimulatedChain, FeederServer } from '@deoxys/sequencer'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'

const CHILD = fileURLToPath(new URL('../support/sync-child.ts', import.meta.url))
const CHAIN_ID = 'SN_DEOXYS_CRASH'
const BLOCKS = 60
const ROUNDS = 20

let server: FeederServer
let publicKey: string
let dir: string

beforeAll(async () => {
  const chain = await createSimulatedChain({ seed: 11, blocks: BLOCKS, chainId: CHAIN_ID })
  server = await FeederServer.start({ port: 0, answers: chain.answers })
  publicKey = hexFromFelt(chain.network.publicKey)
  dir = await mkdtemp(join(tmpdir(), 'deoxys-crash-test-'))
})

afterAll(async () => {
  await server.close()
  await rm(dir, { recursive: true, force: true })
})

interface Life {
  /** The head it found, −1 in an empty database. */
  readonly opened: number
  readonly sealed: readonly number[]
  /** Of the database, when it lived to the end. */
  readonly digest: string | undefined
  readonly stderr: string
}

/** A node's life: until it is done, or until it is killed, `turns` turns of the event loop after it sealed `blocks` blocks. */
function live(
  dataDir: string,
  threads: number,
  kill?: { readonly blocks: number; readonly turns: number },
): Promise<Life> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, dataDir, server.url, CHAIN_ID, publicKey, String(threads)])
    const sealed: number[] = []
    let opened: number | undefined
    let digest: string | undefined
    let rest = ''
    let stderr = ''
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.stdout.on('data', (chunk) => {
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        const [word, value] = line.split(' ')
        if (word === 'open') opened = Number(value)
        if (word === 'sealed') sealed.push(Number(value))
        if (word === 'done') digest = value
        if (kill !== undefined && word === (kill.blocks === 0 ? 'open' : 'sealed') && sealed.length === kill.blocks) {
          killAfter(kill.turns)
        }
      }
    })
    const killAfter = (turns: number) => (turns === 0 ? child.kill('SIGKILL') : setImmediate(killAfter, turns - 1))
    child.on('error', reject)
    child.on('close', () => {
      if (opened === undefined) reject(new Error(`the node did not open its database: ${stderr}`))
      else resolve({ opened, sealed, digest, stderr })
    })
  })
}

test(`kill -9 at ${ROUNDS} random moments: whole, goes on, and ends like an undisturbed sync`, async () => {
  const network = customNetwork({
    name: 'crash',
    chainId: CHAIN_ID,
    publicKey: Buffer.from(publicKey.slice(2).padStart(64, '0'), 'hex'),
  })
  await using undisturbed = await newFull({ network, feederUrls: [server.url], exitWhenSynced: true })
  await undisturbed.done
  const expected = undisturbed.digest()

  const seed = Number(process.env['DEOXYS_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  const moments = fc.sample(fc.record({ blocks: fc.integer({ min: 0, max: 4 }), turns: fc.nat(3000) }), {
    seed,
    numRuns: ROUNDS,
  })
  const dataDir = join(dir, 'killed')
  let head = -1
  for (const [round, moment] of moments.entries()) {
    const life = await live(dataDir, round % 2, moment)
    const context = `seed ${seed}, round ${round}: ${life.stderr}`
    // What was said to be sealed is there, and at most what was under way besides.
    expect(life.opened, context).toBeGreaterThanOrEqual(head)
    expect(life.sealed, context).toEqual(life.sealed.map((_, i) => life.opened + 1 + i))
    head = life.opened + life.sealed.length
  }
  expect(head).toBeLessThan(BLOCKS)
  const last = await live(dataDir, 0)
  expect(last.digest, `seed ${seed}`).toBe(expected)
  expect((await live(dataDir, 1)).sealed).toEqual([])
}, 240_000)
