import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InputError } from '@deoxys/core'
import { createKernel } from '@deoxys/kernel'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSimulatedChain, type SimulatedChain } from './create-simulated-chain.ts'
import { openStoredChain, writeChain } from './stored-chain.ts'
import { type Printed, parse, printedBlock } from './testing/printed.ts'

const kernel = await createKernel({ window: 8 })
const recipe = { seed: 5, blocks: 12, reorgs: [{ at: 7, depth: 4 }] }
const TOGETHER = { includeBlock: true, includeSignature: true }

let root: string
let dir: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'chains-'))
  dir = join(root, 'chain')
  const seen: number[] = []
  const end = await writeChain({ ...recipe, dir, kernel, onProgress: ({ written }) => seen.push(written) })
  expect(seen).toEqual(Array.from({ length: 16 }, (_, i) => i + 1))
  expect(end).toEqual({ written: 16, total: 16, bytes: (await readFile(join(dir, 'blocks.bin'))).length })
})

afterAll(() => rm(root, { recursive: true }))

async function everything({ answers, blockCount }: SimulatedChain): Promise<string[]> {
  const texts: string[] = []
  for (let number = 0; number < blockCount; number++) {
    texts.push(String(await answers.stateUpdate(number, TOGETHER)), String(await answers.signature(number)))
  }
  return texts
}

describe('a chain that was kept', () => {
  test('gives the bytes of one that is made, before and after its reorg', async () => {
    const [kept, made] = [await openStoredChain(dir), await createSimulatedChain({ ...recipe, kernel })]
    expect(kept.network).toEqual(made.network)
    expect(kept.blockCount).toBe(8)
    expect(await everything(kept)).toEqual(await everything(made))
    expect([kept.blockCount, made.blockCount]).toEqual([12, 12])
    expect(await everything(kept)).toEqual(await everything(made))
    await kept.close()
  })

  test('finds by hash, and serves classes of the branch there is', async () => {
    const { answers, close } = await openStoredChain(dir)
    const old = (await printedBlock(answers, 4)).block
    const classes = new Set<string>()
    for (let number = 0; number < 8; number++) {
      const { declared_classes } = (await printedBlock(answers, number)).state_update.state_diff
      for (const { class_hash } of declared_classes) {
        classes.add(class_hash)
        if (number < 7) expect(await answers.classByHash(class_hash)).toBeDefined()
      }
    }
    expect(answers.latest()).toBe(11)
    const { block } = await printedBlock(answers, 4)
    expect(await answers.blockNumber(String(block['block_hash']))).toBe(4)
    expect(await answers.blockNumber(String(old['block_hash']))).toBeUndefined()
    const transaction = parse<Printed>(await answers.transaction(String(block.transactions[1]!['transaction_hash'])))
    expect(transaction).toMatchObject({ block_number: 4, transaction_index: 1, transaction: block.transactions[1] })
    const live = await createSimulatedChain({ ...recipe, kernel })
    await live.answers.block(7)
    let gone = 0
    for (const hash of classes) {
      expect(await answers.classByHash(hash)).toEqual(await live.answers.classByHash(hash))
      expect(await answers.compiledClassByHash(hash)).toEqual(await live.answers.compiledClassByHash(hash))
      if ((await answers.classByHash(hash)) === undefined) gone += 1
    }
    expect([gone > 0, gone < classes.size]).toEqual([true, true])
    await close()
  })

  test('can begin low and grow, and takes no other branch', async () => {
    const chain = await openStoredChain(dir, { blocks: 5 })
    expect(chain.blockCount).toBe(5)
    expect(chain.grow(2)).toBe(6)
    expect(() => chain.reorg(1)).toThrow('it has a branch from block 4 on')
    expect(chain.grow(2)).toBe(3)
    expect(chain.grow(100)).toBe(11)
    expect(() => chain.reorg(1)).toThrow('it has no more branches')
    expect(chain.blockCount).toBe(12)
    await chain.close()
    await expect(openStoredChain(dir, { blocks: 13 })).rejects.toThrow(RangeError)
  })
})

describe('is refused', () => {
  test('to write where something is, and what cannot be', async () => {
    await expect(writeChain({ ...recipe, dir, kernel })).rejects.toThrow(InputError)
    const fresh = { ...recipe, dir: join(root, 'fresh'), kernel }
    await expect(writeChain({ ...fresh, blocks: 0 })).rejects.toThrow(RangeError)
    await expect(writeChain({ ...fresh, blocks: 7 })).rejects.toThrow('block 7 is not below 7')
  })

  test('to serve what was not finished, or is no chain', async () => {
    const stop = AbortSignal.abort(new Error('enough'))
    const half = join(root, 'half')
    await expect(writeChain({ ...recipe, dir: half, kernel, signal: stop })).rejects.toThrow('enough')
    await expect(openStoredChain(half)).rejects.toThrow(/there is no chain.json/)
    const other = join(root, 'other')
    await mkdir(other)
    await writeFile(join(other, 'chain.json'), '{"format": 99}')
    await expect(openStoredChain(other)).rejects.toThrow(/format is 99/)
  })
})
