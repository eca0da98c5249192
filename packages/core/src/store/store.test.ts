import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { ZERO } from '../base/felt.ts'
import { reachablePages } from '../trie/check.ts'
import { CLASSES_TRIE, CONTRACTS_TRIE } from '../trie/node-source.ts'
import { MemoryEngine } from './memory-engine.ts'
import { MemorySegments } from './segments.ts'
import { Store } from './store.ts'
import { PAGE_UNDO_BLOCKS, StoreBatch } from './store-batch.ts'
import { StoreView } from './store-view.ts'
import {
  ADDRESSES,
  CLASSES,
  createBlock,
  extendChain,
  hex,
  randomFelt,
  SAMPLE_CHAIN,
  type SampleBlock,
  SLOTS,
} from './testing/sample-chain.ts'
import { sealSample, unsealSample } from './testing/sample-seal.ts'

const root = mkdtempSync(join(tmpdir(), 'deoxys-store-'))
afterAll(() => rmSync(root, { recursive: true }))

let dirs = 0
const newDir = (): string => join(root, `${dirs++}`)

const openMemory = (): Store => Store.open({ memory: true, chain: SAMPLE_CHAIN })

type Step = { readonly seal: number } | { readonly unseal: number } | 'reopen'

const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ seal: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 3, arbitrary: fc.record({ unseal: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 1, arbitrary: fc.constant('reopen' as const) },
  ),
  { minLength: 1, maxLength: 10 },
)

interface Outcome {
  readonly store: Store
  /** What the store should hold. */
  readonly chain: readonly SampleBlock[]
  /** Numbers of the blocks that were sealed alone. */
  readonly sealedAlone: ReadonlySet<number>
}

/** Every fork has other blocks than those it replaces. */
async function run(open: () => Store, list: readonly Step[]): Promise<Outcome> {
  let store = open()
  let chain: SampleBlock[] = []
  const sealedAlone = new Set<number>()
  for (const [i, step] of list.entries()) {
    if (step === 'reopen') {
      await store.close()
      store = open()
    } else if ('seal' in step) {
      const extended = extendChain(chain, step.seal, `seed ${i}`)
      sealSample(store, extended.slice(chain.length))
      for (let number = chain.length; number < extended.length; number++) {
        if (step.seal === 1) sealedAlone.add(number)
        else sealedAlone.delete(number)
      }
      chain = extended
    } else {
      const kept = chain.slice(0, Math.max(0, chain.length - step.unseal))
      if (kept.length < chain.length) unsealSample(store, chain.slice(kept.length).reverse(), kept.at(-1))
      chain = kept
    }
  }
  return { store, chain, sealedAlone }
}

/** The same blocks, one by one, in memory; and a view of every state. */
function cleanStore(chain: readonly SampleBlock[]): { store: Store; views: StoreView[] } {
  const store = openMemory()
  const views = chain.map((block) => {
    sealSample(store, [block])
    return store.snapshot()
  })
  return { store, views }
}

describe('a store after any way there and back', () => {
  test('in memory, holds the chain and nothing else', async () => {
    // The engine in memory keeps nothing, so it is not opened again.
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        expectChain(
          await run(
            openMemory,
            list.filter((step) => step !== 'reopen'),
          ),
        )
      }),
      { numRuns: 60 },
    )
  })

  test('on disk, holds the chain and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const dir = newDir()
        const outcome = await run(() => Store.open({ dir, chain: SAMPLE_CHAIN, segmentBytesMax: 3000 }), list)
        expectChain(outcome)
        await outcome.store.close()
      }),
      { numRuns: 12 },
    )
  })
})

function expectChain({ store, chain, sealedAlone }: Outcome): void {
  const clean = cleanStore(chain)
  expect(store.digest()).toBe(clean.store.digest())
  using view = store.snapshot()
  expect(view.head()).toEqual(chain.at(-1)?.head)
  for (let number = -1; number <= chain.length; number++) {
    expectBlock(view, chain, number)
    expectState(view, chain[number]?.state ?? (number < 0 ? undefined : chain.at(-1)?.state), number)
    const pages = view.pagesAt(number)
    const following = chain.slice(number + 1)
    const isKept = chain[number] !== undefined && following.every((block) => sealedAlone.has(block.number))
    expect(pages !== undefined).toBe(isKept)
    if (pages !== undefined) expect(pagesOf(pages, view)).toEqual(pagesOf(clean.views[number]!.pages, view))
  }
  for (const address of ADDRESSES) {
    const expected = chain.at(-1)?.state.contracts.get(hex(address))
    const { classHash, nonce } = view.contract(address) ?? {}
    expect(classHash && { classHash: hex(classHash), nonce: hex(nonce!) }).toEqual(
      expected && { classHash: expected.classHash, nonce: expected.nonce },
    )
  }
}

function expectBlock(view: StoreView, chain: readonly SampleBlock[], number: number): void {
  const expected = chain[number]
  expect(view.headerAt(number)).toEqual(expected?.block.header)
  expect(view.blockHashAt(number)).toEqual(expected?.head.hash)
  expect(view.blockFrame(number)?.block().transactions).toEqual(expected?.transactions)
  expect(view.stateUpdateAt(number)).toEqual(expected?.update)
  expect(view.verificationAt(number)).toBe(expected && number + 1)
  if (expected === undefined) return
  expect(view.blockNumberOf(expected.head.hash)).toBe(number)
  for (const { hash } of expected.transactions) {
    const first = chain.find(({ transactions }) => transactions.some((other) => hex(other.hash) === hex(hash)))!
    const index = first.transactions.findIndex((other) => hex(other.hash) === hex(hash))
    expect(view.transactionAt(hash)).toEqual({ number: first.number, index })
    const other = randomFelt('no transaction')
    other.set(hash.subarray(0, 8))
    expect(view.transactionAt(other)).toBeUndefined()
  }
}

function expectState(view: StoreView, state: SampleBlock['state'] | undefined, number: number): void {
  const hexOf = (value: Uint8Array | undefined) => value && hex(value)
  for (const address of ADDRESSES) {
    const contract = state?.contracts.get(hex(address))
    expect(hexOf(view.classHashAt(address, number))).toBe(contract?.classHash)
    expect(hexOf(view.nonceAt(address, number))).toBe(contract?.nonce)
    for (const slot of SLOTS) {
      const value = contract && (contract.storage.get(hex(slot)) ?? hex(ZERO))
      expect(hexOf(view.storageAt(address, slot, number))).toBe(value)
    }
  }
  for (const classHash of CLASSES) {
    expect(hexOf(view.compiledClassHashAt(classHash, number))).toBe(state?.compiled.get(hex(classHash)))
  }
}

/** Every page that can be reached. */
function pagesOf(source: StoreView['pages'], view: StoreView): Record<string, string> {
  const ids = ADDRESSES.flatMap((address) => view.contract(address)?.id ?? [])
  const keys = [CONTRACTS_TRIE, CLASSES_TRIE, ...ids].flatMap((id) => [...reachablePages(source, id)])
  return Object.fromEntries(keys.map((key) => [hex(key), hex(source.getPage(key)!)]))
}

describe('kept pages', () => {
  test('go back PAGE_UNDO_BLOCKS blocks, each to its own state', () => {
    const chain = extendChain([], PAGE_UNDO_BLOCKS + 10, 'long')
    const { store, views } = cleanStore(chain)
    using view = store.snapshot()
    const head = chain.length - 1
    for (let number = head - PAGE_UNDO_BLOCKS; number <= head; number += 8) {
      expect(pagesOf(view.pagesAt(number)!, view)).toEqual(pagesOf(views[number]!.pages, view))
    }
    expect(view.pagesAt(head - PAGE_UNDO_BLOCKS - 1)).toBeUndefined()
    expect(view.pagesAt(head + 1)).toBeUndefined()
  })
})

describe('a batch', () => {
  test('shows nothing before its commit, and nothing when it is dropped or fails', () => {
    const store = openMemory()
    const [block] = extendChain([], 1, 'batch')
    const dropped = store.beginBatch()
    dropped.putBlock(block!.block)
    dropped.setHead(block!.head)
    expect(store.head()).toBeUndefined()
    expect(() =>
      store.write((batch) => {
        batch.setHead(block!.head)
        throw new Error('given up')
      }),
    ).toThrow('given up')
    expect(store.head()).toBeUndefined()
    sealSample(store, [block!])
    expect(store.head()).toEqual(block!.head)
  })

  test('that began before another one was committed is refused, as is a second commit', () => {
    const store = openMemory()
    const late = store.beginBatch()
    store.write(() => {})
    expect(() => late.commit()).toThrow('another one')
    const batch = store.beginBatch()
    batch.commit()
    expect(() => batch.commit()).toThrow('was committed')
  })

  test('that the engine cannot commit is one error, and the next one works', () => {
    class FullEngine extends MemoryEngine {
      isFull = false
      override batch(write: Parameters<MemoryEngine['batch']>[0]): void {
        super.batch((batch) => {
          write(batch)
          if (this.isFull) throw new Error('disk full')
        })
      }
    }
    const engine = new FullEngine()
    const target = { engine, segments: new MemorySegments(), commits: 0 }
    const put = (block: SampleBlock): void => {
      const batch = new StoreBatch(target)
      batch.putBlock(block.block)
      batch.commit()
    }
    const [first, second] = [createBlock(undefined, 'first'), createBlock(undefined, 'second')]
    engine.isFull = true
    expect(() => put(first)).toThrow(expect.objectContaining({ code: 'WRITE_FAILED' }))
    const failed = new StoreBatch(target)
    failed.setHead(first.head)
    expect(() => failed.commit()).toThrow('disk full')
    engine.isFull = false
    expect(() => failed.commit()).toThrow('was committed')
    put(second)
    using view = new StoreView(engine.snapshot(), target.segments)
    expect(view.blockFrame(0)?.header()).toEqual(second.block.header)
    expect(view.blockNumberOf(first.head.hash)).toBeUndefined()
  })

  test('has its memory for itself, also when another one begins and is dropped', () => {
    const store = openMemory()
    const [first, second, third] = [
      createBlock(undefined, 'first'),
      createBlock(undefined, 'second'),
      createBlock(undefined, 'third'),
    ]
    store.write((batch) => batch.putVerification(7, 1)) // Leaves memory for the next batch.
    const batch = store.beginBatch()
    batch.putBlock(first.block)
    store.beginBatch().putBlock(second.block)
    batch.setHead(first.head)
    store.beginBatch().putBlock(third.block)
    batch.commit()
    using view = store.snapshot()
    expect(view.head()).toEqual(first.head)
    expect(view.headerAt(0)).toEqual(first.block.header)
    expect(view.blockNumberOf(second.head.hash)).toBeUndefined()
    expect(view.blockNumberOf(third.head.hash)).toBeUndefined()
  })

  test('takes out only what is there', () => {
    const batch = openMemory().beginBatch()
    expect(() => batch.removeBlock(0)).toThrow('not stored')
    expect(() => batch.removeContract(ADDRESSES[0]!)).toThrow('not stored')
    batch.removeNonceHistory(2, 7)
    batch.removeClass(CLASSES[0]!)
    batch.commit()
  })

  test('hands out contract ids from 2 on, which a dropped batch does not use up', () => {
    const store = openMemory()
    expect(store.beginBatch().newContractId()).toBe(2)
    store.write((batch) => {
      expect([batch.newContractId(), batch.newContractId()]).toEqual([2, 3])
    })
    expect(store.beginBatch().newContractId()).toBe(4)
  })
})

describe('a view', () => {
  test('has no block with a number that none can have', () => {
    const store = openMemory()
    sealSample(store, [createBlock(undefined, 'first')])
    using view = store.snapshot()
    for (const number of [-1, 0.5, 2 ** 32, Number.NaN]) {
      const found = [
        view.headerAt(number),
        view.blockHashAt(number),
        view.blockFrame(number),
        view.verificationAt(number),
      ]
      expect(found).toEqual([undefined, undefined, undefined, undefined])
    }
  })

  test('names the block whose index contradicts it', () => {
    const store = openMemory()
    const { block } = createBlock(undefined, 'first')
    const hash = randomFelt('never there')
    store.write((batch) => batch.putBlock({ ...block, transactionHashes: Array(9).fill(hash) }))
    using view = store.snapshot()
    expect(() => view.transactionAt(hash)).toThrow(expect.objectContaining({ code: 'RECORD_DAMAGED' }))
  })
})

describe('classes', () => {
  test('come back as their exact text, with their record', () => {
    const store = openMemory()
    const chain = extendChain([], 8, 'classes')
    sealSample(store, chain)
    using view = store.snapshot()
    const all = chain.flatMap(({ classes }) => classes)
    expect(all).toHaveLength(CLASSES.length)
    for (const [hash, { body, ...record }] of all) {
      expect(view.classRecord(hash)).toEqual(record)
      expect(view.classBody(hash)).toEqual(new Uint8Array(body))
      expect(view.casmBody(hash)).toBeUndefined()
    }
    expect(view.classRecord(randomFelt('unknown'))).toBeUndefined()
    expect(view.classBody(randomFelt('unknown'))).toBeUndefined()
  })

  test('have a compiled class once it is put, which goes with them and is no part of the digest', () => {
    const store = openMemory()
    const chain = extendChain([], 8, 'classes')
    sealSample(store, chain)
    const digest = store.digest()
    const casm = Uint8Array.of(1, 2, 3)
    store.write((batch) => batch.putCasm(CLASSES[1]!, casm))
    expect(store.digest()).toBe(digest)
    using view = store.snapshot()
    expect(view.casmBody(CLASSES[1]!)).toEqual(casm)
    store.write((batch) => batch.removeClass(CLASSES[1]!))
    using later = store.snapshot()
    expect([later.casmBody(CLASSES[1]!), later.classRecord(CLASSES[1]!)]).toEqual([undefined, undefined])
    expect(view.casmBody(CLASSES[1]!)).toEqual(casm)
  })
})

describe('the digest', () => {
  const put = (what: string, fill: Parameters<Store['write']>[0]) => [what, fill] as const

  test('differs for every difference', () => {
    const [block, other] = [createBlock(undefined, 'one'), createBlock(undefined, 'other')]
    const [address, hash] = [ADDRESSES[1]!, CLASSES[1]!]
    const digests = [
      put('nothing', () => {}),
      put('block', (batch) => batch.putBlock(block.block)),
      put('other frame', (batch) => batch.putBlock({ ...block.block, blockFrame: other.block.blockFrame })),
      put('other state', (batch) => batch.putBlock({ ...block.block, stateFrame: other.block.stateFrame })),
      put('contract', (batch) => batch.setContract(address, { id: 2, classHash: hash, nonce: ZERO })),
      put('other id', (batch) => batch.setContract(address, { id: 3, classHash: hash, nonce: ZERO })),
      put('page', (batch) => batch.applyPages([{ key: address, page: hash, old: undefined }], 0)),
      put('storage', (batch) => batch.addStorageHistory(2, ZERO, 0, hash)),
      put('storage later', (batch) => batch.addStorageHistory(2, ZERO, 1, hash)),
      put('storage zero', (batch) => batch.addStorageHistory(2, ZERO, 0, ZERO)),
      put('nonce', (batch) => batch.addNonceHistory(2, 0, hash)),
      put('class hash', (batch) => batch.addClassHashHistory(2, 0, hash)),
      put('class', (batch) => batch.putClass(hash, { kind: 'sierra', declaredAt: 0, isVerified: true, body: ZERO })),
      put('other text', (batch) =>
        batch.putClass(hash, { kind: 'sierra', declaredAt: 0, isVerified: true, body: hash }),
      ),
      put('compiled', (batch) => batch.addCompiledClassHash(hash, 0, hash)),
    ].map(([what, fill]) => {
      const store = openMemory()
      store.write(fill)
      return [store.digest(), what] as const
    })
    expect(new Map(digests).size).toBe(digests.length)
  })

  test('does not see how blocks were verified', () => {
    const store = openMemory()
    const digest = store.digest()
    store.write((batch) => batch.putVerification(0, 5))
    expect(store.digest()).toBe(digest)
  })
})
