import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Kernel } from '@deoxys/kernel'
import { FELT_BYTES, ONE, ZERO } from '../../packages/core/src/base/felt.ts'
import { all, runHashing } from '../../packages/core/src/chain/hashing.ts'
import { contractLeaf } from '../../packages/core/src/chain/state-commitment.ts'
import { Store } from '../../packages/core/src/store/store.ts'
import { SCHEMA_VERSION } from '../../packages/core/src/store/tables.ts'
import { CONTRACTS_TRIE, FIRST_STORAGE_TRIE } from '../../packages/core/src/trie/node-source.ts'
import { TrieBatch } from '../../packages/core/src/trie/trie-batch.ts'
import { addressOf, cellValue, keyOf, type Shape } from './workload.ts'

export const BENCH_CHAIN = { name: 'bench', chainIds: [ONE] }

/** Slots in one commit: its dirty pages stay well under what LMDB carries cheaply. */
const BATCH_SLOTS = 100_000

/** Any number that is not the next one: then no pages are kept to go back to. */
const NO_UNDO = 1000

/** The folder of a store with this state, made if it is not in `cacheDir` yet. */
export async function openState(
  cacheDir: string,
  shape: Shape,
  kernel: Kernel,
  say: (line: string) => void,
): Promise<string> {
  const dir = join(cacheDir, `trie-${shape.slots}-v${SCHEMA_VERSION}`)
  if (existsSync(dir)) return dir
  const unfinished = `${dir}.part`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  const start = process.cpuUsage()
  const store = Store.open({ dir: unfinished, chain: BENCH_CHAIN })
  buildStorage(store, shape, kernel)
  buildContracts(store, shape, kernel)
  await store.flush()
  await store.close()
  renameSync(unfinished, dir)
  const { user, system } = process.cpuUsage(start)
  const seconds = (user + system) / 1e6
  say(
    `built ${shape.slots} slots: ${seconds.toFixed(0)} CPU s, ${((seconds * 1e6) / shape.slots).toFixed(1)} µs a slot`,
  )
  return dir
}

/** Contract by contract, each in the order of its keys, so that almost every page is written once. */
function buildStorage(store: Store, { sizes }: Shape, kernel: Kernel): void {
  let [contract, at] = [0, 0]
  let keys = sortedKeys(0, sizes[0]!)
  while (contract < sizes.length) {
    writeTries(store, kernel, (tries) => {
      for (let slots = 0; slots < BATCH_SLOTS && contract < sizes.length; slots++) {
        const key = keys.subarray(at, at + FELT_BYTES)
        tries.set(FIRST_STORAGE_TRIE + contract, key, cellValue(contract, at))
        at += FELT_BYTES
        if (at < keys.length) continue
        contract += 1
        at = 0
        keys = sortedKeys(contract, sizes[contract] ?? 0)
      }
    })
  }
}

/** All keys of a contract, packed. They are sorted by their first 48 bits, as numbers. */
function sortedKeys(contract: number, size: number): Uint8Array {
  const firsts = new Float64Array(size)
  const slots = new Map<number, number>()
  for (let slot = 0; slot < size; slot++) {
    const key = keyOf(contract, slot)
    firsts[slot] = Buffer.from(key.buffer).readUIntBE(0, 6)
    slots.set(firsts[slot]!, slot)
  }
  firsts.sort()
  const out = new Uint8Array(size * FELT_BYTES)
  firsts.forEach((first, i) => {
    out.set(keyOf(contract, slots.get(first)!), i * FELT_BYTES)
  })
  return out
}

function buildContracts(store: Store, { sizes }: Shape, kernel: Kernel): void {
  for (let start = 0; start < sizes.length; start += BATCH_SLOTS) {
    const contracts = Array.from({ length: Math.min(BATCH_SLOTS, sizes.length - start) }, (_, i) => start + i)
    store.read((view) => {
      const roots = new TrieBatch(view.pages, kernel)
      const formulas = contracts.map((contract) => contractLeaf(ONE, roots.root(FIRST_STORAGE_TRIE + contract), ZERO))
      const leaves = runHashing(kernel, all(formulas))
      writeTries(store, kernel, (tries, batch) => {
        contracts.forEach((contract, i) => {
          tries.set(CONTRACTS_TRIE, addressOf(contract), leaves[i]!)
          batch.setContract(addressOf(contract), { id: batch.newContractId(), classHash: ONE, nonce: ZERO })
        })
      })
    })
  }
}

function writeTries(
  store: Store,
  kernel: Kernel,
  write: (tries: TrieBatch, batch: ReturnType<Store['beginBatch']>) => void,
): void {
  store.read((view) => {
    const tries = new TrieBatch(view.pages, kernel)
    store.write((batch) => {
      write(tries, batch)
      tries.hash()
      batch.applyPages(tries.changes(), NO_UNDO)
    })
  })
}
