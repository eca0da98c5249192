import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CheckError } from '../base/errors.ts'
import { equalFelts, type Felt, felt, ZERO } from '../base/felt.ts'
import { SILENT_LOG } from '../base/log.ts'
import type { BlockSource } from '../gateway/block-source.ts'
import { GatewayError } from '../gateway/gateway-error.ts'
import { EMPTY_DIFF } from '../seal/testing/letters.ts'
import type { ClassFetcher } from './class-fetcher.ts'
import { Sync } from './pipeline.ts'
import type { RawBlock } from './raw-block.ts'
import type { VerifiedBlock } from './verify.ts'

/** A chain as the list of its hashes; what two have in common is what they begin with. */
type Chain = readonly number[]

const branch = (name: number, length: number, trunk: Chain = []): Chain => [
  ...trunk,
  ...Array.from({ length: length - trunk.length }, (_, i) => name * 1000 + trunk.length + i),
]

/** A gateway with one chain at a time. A block travels as its number; what it is, the chain says when it is verified. */
class ForkingSource {
  chain: Chain
  /** Blocks are there, but their signatures do not hold. */
  isForged = false
  constructor(chain: Chain) {
    this.chain = chain
  }

  readonly #found = <T>(number: number, answer: T): Promise<T> =>
    number < this.chain.length
      ? Promise.resolve(answer)
      : Promise.reject(new GatewayError('not found', { code: 'BLOCK_NOT_FOUND', urlPath: '/', retryable: false }))

  asSource(): BlockSource {
    const bytes = (number: number) => this.#found(number, Uint8Array.of(number))
    const header = (number: number) => this.#found(number, { number, hash: felt(this.chain[number] ?? 0) })
    return {
      name: 'forking',
      fetchStateUpdateWithBlock: bytes,
      fetchSignature: bytes,
      fetchHeader: header,
      fetchLatestHeader: () => header(this.chain.length - 1),
    } as unknown as BlockSource
  }

  verify = async ({ number }: RawBlock): Promise<VerifiedBlock> => {
    if (this.isForged) {
      const data = { code: 'CHECK_FAILED', check: 'signature', block: number } as const
      throw new CheckError('not signed', data)
    }
    const header = { number, hash: felt(this.chain[number]!), parentHash: felt(this.chain[number - 1] ?? 0) }
    const update = { blockHash: header.hash, newRoot: ZERO, oldRoot: ZERO, stateDiff: EMPTY_DIFF }
    const frames = { block: new Uint8Array(1), state: new Uint8Array(1), checks: 0, warnings: [] }
    return { ...frames, header: header as VerifiedBlock['header'], update }
  }
}

function node(source: ForkingSource) {
  const stored: Felt[] = []
  const reorgs: { ancestor: number; oldHead: number }[] = []
  const head = () => (stored.length === 0 ? undefined : { number: stored.length - 1, hash: stored.at(-1)! })
  const seal = async () => {
    const letter = sync.take()!
    const parent = stored.at(-1) ?? ZERO
    if (!equalFelts(letter.parentHash, parent)) {
      throw new CheckError('parent', { code: 'CHECK_FAILED', check: 'parent_hash', block: letter.number })
    }
    stored.push(letter.hash)
  }
  const sync: Sync = new Sync({
    sources: [source.asSource()],
    verify: source.verify,
    verifyFork: source.verify,
    roots: 'range',
    classes: { fetchMissing: async () => [] } as unknown as ClassFetcher,
    head,
    hashAt: (number) => stored[number],
    rewindTo: async (number) => stored.splice(number + 1),
    seal,
    until: undefined,
    exitWhenSynced: true,
    preConfirmed: false,
    clock: { now: () => 0, sleep: () => new Promise((resolve) => setImmediate(resolve)) },
    log: SILENT_LOG,
    onReorg: ({ ancestor, removed }) => reorgs.push({ ancestor, oldHead: removed.last.number }),
  })
  const run = () => sync.run(new AbortController().signal)
  return { run, reorgs, numbers: () => stored.map((hash) => Number(BigInt(`0x${Buffer.from(hash).toString('hex')}`))) }
}

describe('a reorg', () => {
  test('of any depth, to any length: the node ends on the chain the source has', async () => {
    const lengths = fc.integer({ min: 1, max: 40 })
    await fc.assert(
      fc.asyncProperty(
        lengths,
        fc.array(fc.tuple(fc.nat(39), lengths), { minLength: 1, maxLength: 4 }),
        async (first, forks) => {
          const source = new ForkingSource(branch(1, first))
          const { run, numbers } = node(source)
          await run()
          for (const [i, [at, length]] of forks.entries()) {
            // The first block is common, and the new branch has a block of its own.
            const trunk = source.chain.slice(0, 1 + (at % source.chain.length))
            source.chain = branch(i + 2, Math.max(length, trunk.length + 1), trunk)
            await run()
            expect(numbers()).toEqual(source.chain)
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  test('says what went', async () => {
    const source = new ForkingSource(branch(1, 20))
    const { run, reorgs } = node(source)
    await run()
    source.chain = branch(2, 15, source.chain.slice(0, 12))
    await run()
    expect(reorgs).toEqual([{ ancestor: 11, oldHead: 19 }])
  })

  test('that is not signed takes nothing back', async () => {
    const source = new ForkingSource(branch(1, 20))
    const { run, numbers, reorgs } = node(source)
    await run()
    const before = numbers()
    source.chain = branch(2, 20, source.chain.slice(0, 12))
    source.isForged = true
    await run()
    expect([numbers(), reorgs]).toEqual([before, []])
  })

  test('a source that is behind, and one of another chain, take nothing back', async () => {
    const source = new ForkingSource(branch(1, 20))
    const { run, numbers, reorgs } = node(source)
    await run()
    const before = numbers()
    for (const chain of [branch(1, 5), branch(7, 10), branch(7, 20)]) {
      source.chain = chain
      await run()
      expect([numbers(), reorgs]).toEqual([before, []])
    }
  })
})
