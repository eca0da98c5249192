import { CHECK_NAMES, inspectBlock, inspectClass } from '@deoxys/core'
import { isAtLeast } from '@deoxys/core/protocol'
import { createKernel } from '@deoxys/kernel'
import { describe, expect, test } from 'vitest'
import { createSimulatedChain, type SimulatedChainOptions } from '../create-simulated-chain.ts'
import { StateOracle } from '../testing/oracle.ts'
import { blockText, printedBlock } from '../testing/printed.ts'
import { drawGeometric, drawQuantile, drawWeighted, type Quantiles, Zipf } from './distributions.ts'
import { FastRandom } from './fast-random.ts'
import { drawBalance, drawValue } from './felt-values.ts'
import { MAINNET_LIKE } from './parameters.ts'

const kernel = await createKernel()
const DRAWS = 20_000

/** Small enough for an oracle that rebuilds every trie. */
const small = (options: Partial<SimulatedChainOptions> = {}) =>
  createSimulatedChain({ seed: 3, blocks: 4, profile: 'mainnet-like', stateCells: 0, kernel, ...options })

describe('distributions', () => {
  const random = () => new FastRandom('draws')

  test('numbers follow from the seed, and fill their range', () => {
    const [a, b, c] = [new FastRandom('a'), new FastRandom('a'), new FastRandom('c')]
    const draws = (from: FastRandom) => Array.from({ length: 8 }, () => from.u32())
    expect(draws(a)).toEqual(draws(b))
    expect(draws(c)).not.toEqual(draws(b))
    const units = Array.from({ length: DRAWS }, () => a.unit())
    expect(units.reduce((sum, unit) => sum + unit) / DRAWS).toBeCloseTo(0.5, 1)
    const tops = new Set(Array.from({ length: 200 }, () => a.felt(250)[0]))
    expect([...tops].sort()).toEqual([0, 1, 2, 3])
    for (let i = 0; i < 100; i++) expect(a.felt(9).subarray(0, 30)).toEqual(new Uint8Array(30))
  })

  test('quantiles come back', () => {
    const points: Quantiles = [1, 20, 130, 265, 300, 430]
    const from = random()
    const sorted = Array.from({ length: DRAWS }, () => drawQuantile(from, points)).sort((a, b) => a - b)
    const at = (u: number) => sorted[Math.floor(u * (DRAWS - 1))]!
    for (const [i, u] of [0.1, 0.5, 0.9, 0.99].entries()) {
      expect(Math.abs(at(u) - points[i + 1]!)).toBeLessThan(0.12 * points[i + 1]!)
    }
    expect([at(0) >= 1, at(1) <= 430]).toEqual([true, true])
    expect(new Set(Array.from({ length: 50 }, () => drawQuantile(from, [5, 5, 5, 5, 5, 5])))).toEqual(new Set([5]))
  })

  test('weights, rows of luck and ranks have their shares', () => {
    const from = random()
    const count = (draw: () => boolean) => Array.from({ length: DRAWS }, draw).filter(Boolean).length / DRAWS
    expect(
      count(
        () =>
          drawWeighted(from, [
            [7, 3],
            [8, 1],
          ]) === 7,
      ),
    ).toBeCloseTo(0.75, 1)
    const rows = Array.from({ length: DRAWS }, () => drawGeometric(from, 0.6))
    expect(rows.reduce((sum, row) => sum + row) / DRAWS).toBeCloseTo(1.5, 1)
    const zipf = new Zipf(1, 3)
    const ranks = Array.from({ length: DRAWS }, () => zipf.draw(from))
    for (const [rank, share] of [6 / 11, 3 / 11, 2 / 11].entries()) {
      expect(ranks.filter((drawn) => drawn === rank).length / DRAWS).toBeCloseTo(share, 1)
    }
  })

  test('values have their lengths, and balances are not zero', () => {
    const from = random()
    const lengths = Array.from({ length: DRAWS }, () => {
      const first = drawValue(from, MAINNET_LIKE.values).findIndex((byte) => byte !== 0)
      return first < 0 ? 0 : 32 - first
    })
    for (const [min, max, share] of MAINNET_LIKE.values) {
      const found = lengths.filter((length) => length >= min && length <= max).length / DRAWS
      expect(Math.abs(found - share)).toBeLessThan(0.02)
    }
    for (let i = 0; i < 500; i++) expect(drawBalance(from, [[0, 0, 1]]).at(-1)).toBeGreaterThan(0)
  })
})

describe('a chain like mainnet', () => {
  test.each(['0.11.1', '0.13.2', '0.14.1'])('holds in %s, with the state root of an oracle', async (version) => {
    const { answers, network } = await small({ schedule: [{ from: 0, version }] })
    const oracle = new StateOracle()
    for (let number = 0; number < 3; number++) {
      const [answer, signature] = [await blockText(answers, number), await answers.signature(number)]
      const { checks } = inspectBlock(kernel, { answer, signature }, [network])
      for (const name of CHECK_NAMES) {
        expect([number, name, ['ok', 'not_applicable'].includes(checks[name].status)]).toEqual([number, name, true])
      }
      const { state_update: update, block } = await printedBlock(answers, number)
      oracle.apply(update)
      expect(block.transactions.length).toBeGreaterThan(0)
    }
    const { new_root: root } = (await printedBlock(answers, 2)).state_update
    expect(BigInt(root)).toBe(oracle.root(isAtLeast(version, '0.14.0')))
  })

  test('is the same each time, begins with the shorter one, and forks', async () => {
    const [a, b] = [await small({ stateCells: 25_000 }), await small({ stateCells: 25_000, blocks: 6 })]
    for (let number = 3; number >= 0; number--) {
      expect(await blockText(a.answers, number)).toEqual(await blockText(b.answers, number))
    }
    const old = await b.answers.blockHash(4)
    await b.answers.blockHash(5)
    b.reorg(2)
    b.grow(2)
    expect(await b.answers.blockHash(4)).not.toBe(old)
    expect((await printedBlock(b.answers, 5)).block['parent_block_hash']).toBe(await b.answers.blockHash(4))
    // Blocks that make the state are not undone.
    expect(() => b.reorg(5)).toThrow(RangeError)
  })

  test('has the cells it was told to have', async () => {
    const { answers } = await small({ stateCells: 30_000, blocks: 2 })
    const cells = new Set<string>()
    for (const number of [0, 1]) {
      const { storage_diffs: storage } = (await printedBlock(answers, number)).state_update.state_diff
      for (const [address, entries] of Object.entries(storage)) {
        for (const { key } of entries) if (address !== '0x2') cells.add(`${address}/${key}`)
      }
    }
    // Some hot cells are written twice.
    expect(cells.size).toBeGreaterThan(25_000)
    expect(cells.size).toBeLessThanOrEqual(30_000)
  })

  test('declares classes as large as real ones, which hash to what it says', async () => {
    const { answers } = await small({ blocks: 5 })
    for (let number = 1; number < 5; number++) {
      const { declared_classes: declared } = (await printedBlock(answers, number)).state_update.state_diff
      for (const { class_hash, compiled_class_hash } of declared) {
        const text = String(await answers.classByHash(class_hash))
        const report = inspectClass(kernel, text)
        expect(report.kind).toBe('sierra')
        expect(text.length).toBeGreaterThan(8000)
        const casm = inspectClass(kernel, String(await answers.compiledClassByHash(class_hash)))
        expect(casm.kind === 'casm' && BigInt(`0x${Buffer.from(casm.compiledClassHashV2).toString('hex')}`)).toBe(
          BigInt(compiled_class_hash),
        )
      }
    }
  })

  test('begins with 0.11.0', async () => {
    await expect(small({ schedule: [{ from: 0, version: '0.10.3' }] })).rejects.toThrow('begins with 0.11.0')
    await expect(small({ stateCells: -1 })).rejects.toThrow(RangeError)
  })
})
