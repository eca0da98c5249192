import { createKernel } from '@deoxys/kernel'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CheckError } from '../base/errors.ts'
import { bigintFromFelt, type Felt, felt, feltFromBigint, packFelts, ZERO } from '../base/felt.ts'
import { runHashing } from '../chain/hashing.ts'
import { LEDGER_BITS, ledgerChecks } from '../chain/ledger.ts'
import { classLeaf, contractLeaf, stateCommitment } from '../chain/state-commitment.ts'
import { classLeaves, contractClasses, eachPair, type StateDiff } from '../chain/state-update.ts'
import { Store } from '../store/store.ts'
import { oracleRoot } from '../trie/testing/oracle.ts'
import { ConsensusDataProvider } from './consensus-data-provider.ts'
import { COMMANDS_MAX, SealEngine } from './engine.ts'
import type { Letter } from './letter.ts'
import { EMPTY_DIFF, Letters, type MadeUpBlock, madeUpLetter, pairs } from './testing/letters.ts'

const kernel = await createKernel()
const VERSION = '0.13.0'

function openEngine() {
  const store = Store.open({ memory: true, chain: { name: 'test', chainIds: [felt(1)] } })
  const letters = new Letters()
  const heads: (number | undefined)[] = []
  const provider = new ConsensusDataProvider(letters)
  const engine = new SealEngine({ store, kernel, provider, onHead: (head) => heads.push(head?.number) })
  const seal = (letter: Letter) => {
    letters.queue.push(letter)
    return engine.sealNewBlock()
  }
  return { store, letters, heads, engine, seal }
}

/** The state as the protocol's text has it, every trie rebuilt for each root. */
class Model {
  readonly #contracts = new Map<bigint, { classHash: bigint; nonce: bigint; storage: Map<bigint, bigint> }>()
  readonly #classes = new Map<bigint, bigint>()

  apply(diff: StateDiff): Felt {
    const numbers = (felts: Uint8Array) =>
      [...eachPair(felts)].map((pair) => pair.map((value) => bigintFromFelt(value)))
    for (const [address, classHash] of numbers(contractClasses(diff))) this.#open(address!).classHash = classHash!
    for (const [address, nonce] of numbers(diff.nonces)) this.#open(address!).nonce = nonce!
    for (const { address, entries } of diff.storage) {
      const { storage } = this.#open(bigintFromFelt(address))
      for (const [key, value] of numbers(entries)) {
        if (value === 0n) storage.delete(key!)
        else storage.set(key!, value!)
      }
    }
    for (const [classHash, compiled] of numbers(classLeaves(diff))) this.#classes.set(classHash!, compiled!)
    return this.#root()
  }

  #open(address: bigint) {
    const known = this.#contracts.get(address) ?? { classHash: 0n, nonce: 0n, storage: new Map<bigint, bigint>() }
    this.#contracts.set(address, known)
    return known
  }

  #root(): Felt {
    const pair = (hash: (felts: Uint8Array) => Uint8Array) => (a: bigint, b: bigint) =>
      bigintFromFelt(hash(packFelts([feltFromBigint(a), feltFromBigint(b)])))
    const pedersen = pair((felts) => kernel.pedersenPairs(felts))
    const poseidon = pair((felts) => kernel.poseidonPairs(felts))
    const run = (formula: Parameters<typeof runHashing<Felt>>[1]) => bigintFromFelt(runHashing(kernel, formula))
    const contracts = [...this.#contracts].map(([address, { classHash, nonce, storage }]) => {
      const root = feltFromBigint(oracleRoot(storage, pedersen))
      return [address, run(contractLeaf(feltFromBigint(classHash), root, feltFromBigint(nonce)))] as const
    })
    const classes = [...this.#classes].map(
      ([hash, compiled]) => [hash, run(classLeaf(feltFromBigint(compiled)))] as const,
    )
    const contractsRoot = feltFromBigint(oracleRoot(new Map(contracts.filter(([, leaf]) => leaf !== 0n)), pedersen))
    const classesRoot = feltFromBigint(oracleRoot(new Map(classes), poseidon))
    return runHashing(kernel, stateCommitment(contractsRoot, classesRoot, VERSION))
  }
}

/** The letter of a block whose hash proved its state difference. */
function provedLetter(block: MadeUpBlock): Letter {
  return { ...madeUpLetter(block), checks: LEDGER_BITS.state_diff_commitment }
}

/** Blocks with right roots for any differences. */
function chainOf(diffs: readonly StateDiff[]): MadeUpBlock[] {
  const model = new Model()
  const blocks: MadeUpBlock[] = []
  for (const [number, diff] of diffs.entries()) {
    const parent = blocks.at(-1)
    blocks.push({
      number,
      hash: felt(1000 + number),
      parentHash: parent?.hash ?? ZERO,
      oldRoot: parent?.newRoot ?? ZERO,
      newRoot: model.apply(diff),
      version: VERSION,
      diff,
    })
  }
  return blocks
}

const small = fc.integer({ min: 1, max: 6 })
const pairList = (value: fc.Arbitrary<number>) =>
  fc.uniqueArray(fc.tuple(small, value), { selector: ([first]) => first, maxLength: 3 }).map((list) => {
    const sorted = list.sort(([a], [b]) => a - b)
    return pairs(...sorted)
  })
const anyDiff: fc.Arbitrary<StateDiff> = fc.record({
  deployedContracts: pairList(fc.integer({ min: 50, max: 53 })),
  replacedClasses: pairList(fc.integer({ min: 50, max: 53 })),
  declaredClasses: pairList(fc.integer({ min: 60, max: 63 })),
  migratedClasses: pairList(fc.integer({ min: 60, max: 63 })),
  deprecatedDeclaredClasses: fc.constant(EMPTY_DIFF.nonces),
  nonces: pairList(fc.integer({ min: 0, max: 3 })),
  storage: fc
    .uniqueArray(fc.tuple(small, pairList(fc.integer({ min: 0, max: 2 }))), { selector: ([a]) => a, maxLength: 3 })
    .map((list) =>
      list
        .filter(([, entries]) => entries.length > 0)
        .sort(([a], [b]) => a - b)
        .map(([address, entries]) => ({ address: felt(address), entries })),
    ),
})

describe('sealing', () => {
  test('any differences: roots of a naive rebuild; forward, back, forward again is the same database', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyDiff, { minLength: 1, maxLength: 6 }), fc.nat(), async (diffs, seed) => {
        const blocks = chainOf(diffs)
        const straight = openEngine()
        const digests = [straight.store.digest()]
        for (const block of blocks) {
          await straight.seal(madeUpLetter(block))
          digests.push(straight.store.digest())
        }
        const { store, engine, seal } = openEngine()
        for (const block of blocks) await seal(madeUpLetter(block))
        const to = (seed % (blocks.length + 1)) - 1
        await engine.rewindTo(to)
        expect(store.digest()).toBe(digests[to + 1])
        for (const block of blocks.slice(to + 1)) await seal(madeUpLetter(block))
        expect(store.digest()).toBe(digests.at(-1))
      }),
      { numRuns: 60 },
    )
  })

  test('any split into ranges is the same database; a bad root at the end names its block and keeps what is before', async () => {
    const split = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.array(anyDiff, { minLength: 2, maxLength: 9 }), split, fc.nat(), async (diffs, sizes, at) => {
        const blocks = chainOf(diffs)
        const single = openEngine()
        for (const block of blocks) await single.seal(madeUpLetter(block))
        const { store, letters, heads, engine } = openEngine()
        letters.queue.push(...blocks.map(provedLetter))
        for (let i = 0; letters.queue.length > 0; i++) await engine.sealNewBlocks(sizes[i % sizes.length]!)
        expect(store.digest()).toBe(single.store.digest())
        expect(heads).toEqual(blocks.map(({ number }) => number))

        // A root nobody can reach at the end, so that only the trie pass can tell.
        const bad = at % blocks.length
        const fooled = openEngine()
        const wrong = blocks.slice(0, bad + 1)
        wrong[bad] = { ...wrong[bad]!, newRoot: felt(3) }
        fooled.letters.queue.push(...wrong.map(provedLetter))
        const refused = fooled.engine.sealNewBlocks(wrong.length)
        await expect(refused).rejects.toMatchObject({ data: { check: 'state_root', block: bad } })
        expect(fooled.store.head()?.number ?? -1).toBe(bad - 1)
      }),
      { numRuns: 60 },
    )
  })

  test('differences that their block hash does not prove are sealed one by one', async () => {
    const blocks = chainOf([1, 2, 3, 4].map((n) => ({ ...EMPTY_DIFF, nonces: pairs([n, n]) })))
    const { store, letters, engine } = openEngine()
    const [first, second, third, fourth] = blocks as [MadeUpBlock, MadeUpBlock, MadeUpBlock, MadeUpBlock]
    letters.queue.push(madeUpLetter(first), madeUpLetter(second), provedLetter(third), provedLetter(fourth))
    const heads: (number | undefined)[] = []
    while (letters.queue.length > 0) heads.push((await engine.sealNewBlocks(9))?.number)
    expect(heads).toEqual([0, 1, 3])
    using view = store.snapshot()
    const roots = blocks.map(({ number }) =>
      ledgerChecks(view.verificationAt(number)!).find((name) => name.endsWith('root')),
    )
    expect(roots).toEqual(['state_root', 'state_root', 'range_root', 'state_root'])
  })

  test('commands in order: what waits is sealed, then there is nothing', async () => {
    const blocks = chainOf([1, 2, 3].map((n) => ({ ...EMPTY_DIFF, nonces: pairs([n, n]) })))
    const { letters, heads, engine } = openEngine()
    letters.queue.push(...blocks.map(madeUpLetter))
    const sealed = await Promise.all([1, 2, 3, 4].map(() => engine.sealNewBlock()))
    expect(sealed.map((head) => head?.number)).toEqual([0, 1, 2, undefined])
    expect(heads).toEqual([0, 1, 2])
    await engine.finalizeBlock(blocks[1]!.hash)
    await expect(engine.finalizeBlock(felt(5))).rejects.toMatchObject({ code: 'UNKNOWN_BLOCK' })
    await expect(engine.sealNewBlock(blocks[1]!.hash)).rejects.toMatchObject({ code: 'WRONG_PARENT' })
    expect(await engine.sealNewBlock(blocks[2]!.hash)).toBeUndefined()
    await engine.close()
    await expect(engine.sealNewBlock()).rejects.toMatchObject({ code: 'ENGINE_CLOSED' })
  })

  test('more commands than may wait are refused, none is lost', async () => {
    const { engine } = openEngine()
    const waiting = Array.from({ length: COMMANDS_MAX }, () => engine.sealNewBlock())
    await expect(engine.sealNewBlock()).rejects.toMatchObject({ code: 'COMMANDS_FULL' })
    expect(await Promise.all(waiting)).toHaveLength(COMMANDS_MAX)
  })

  test('the ledger says what sealing checked', async () => {
    const [block] = chainOf([{ ...EMPTY_DIFF, deployedContracts: pairs([7, 8]) }])
    const { store, seal } = openEngine()
    await seal(madeUpLetter(block!))
    using view = store.snapshot()
    expect(ledgerChecks(view.verificationAt(0)!)).toEqual(['parent', 'state_root', 'classes'])
  })
})

describe('what does not hold leaves nothing', () => {
  const diffs = [1, 2].map((n) => ({ ...EMPTY_DIFF, deployedContracts: pairs([n, 50]), nonces: pairs([n, n]) }))
  const [first, second] = chainOf(diffs) as [MadeUpBlock, MadeUpBlock]
  const bad: readonly (readonly [check: string, letter: Letter])[] = [
    ['parent_hash', madeUpLetter({ ...second, parentHash: felt(3) })],
    ['old_root', madeUpLetter({ ...second, oldRoot: felt(3) })],
    ['state_root', madeUpLetter({ ...second, newRoot: felt(3) })],
    ['state_root', madeUpLetter({ ...second, diff: { ...second.diff, nonces: pairs([2, 3]) } })],
    [
      'state_root',
      madeUpLetter({ ...second, diff: { ...second.diff, storage: [{ address: felt(9), entries: pairs([1, 1]) }] } }),
    ],
    ['classes', { ...madeUpLetter({ ...second, ...withClass(second, 51) }), classes: [] }],
  ]

  function withClass(block: MadeUpBlock, classHash: number): Pick<MadeUpBlock, 'diff' | 'newRoot'> {
    const diff = { ...block.diff, deployedContracts: pairs([2, classHash]) }
    return { diff, newRoot: chainOf([diffs[0]!, diff])[1]!.newRoot }
  }

  test.for(bad)('%s', async ([check, letter]) => {
    const { store, heads, seal } = openEngine()
    await seal(madeUpLetter(first))
    const digest = store.digest()
    const refused = seal(letter)
    await expect(refused).rejects.toBeInstanceOf(CheckError)
    await expect(refused).rejects.toMatchObject({ data: { check, block: 1 } })
    expect(store.digest()).toBe(digest)
    expect(heads).toEqual([0])
    expect((await seal(madeUpLetter(second)))?.number).toBe(1)
  })
})
