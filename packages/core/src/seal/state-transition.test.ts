import { createKernel } from '@deoxys/kernel'
import { describe, expect, test } from 'vitest'
import { felt, hexFromFelt, ZERO } from '../base/felt.ts'
import { decodeStateFrame } from '../chain/frame.ts'
import { NEEDS_RECORDINGS, RECORDINGS_DIR, readRecording } from '../chain/testing/recordings.ts'
import { Store } from '../store/store.ts'
import { CONTRACTS_TRIE } from '../trie/node-source.ts'
import { type ProofNode, prove, verifyProof } from '../trie/proof.ts'
import { StateTransition } from './state-transition.ts'
import { recordedLetters } from './testing/letters.ts'

const kernel = await createKernel()
const LAST = 9

describe.skipIf(RECORDINGS_DIR === null)(`the first ten states of mainnet${NEEDS_RECORDINGS}`, () => {
  const updates =
    RECORDINGS_DIR === null
      ? []
      : recordedLetters(kernel, 'mainnet', LAST).map((letter) => decodeStateFrame(letter.state))
  const rootAt = (number: number) => hexFromFelt(updates[number]?.newRoot ?? ZERO)

  const open = () => Store.open({ memory: true, chain: { name: 'mainnet', chainIds: [felt(1)] } })

  /** Blocks `from` to `to` in one commit. Returns the root. */
  function forward(store: Store, from: number, to: number): string {
    using view = store.snapshot()
    const batch = store.beginBatch()
    const transition = new StateTransition(view, batch, kernel)
    for (let number = from; number <= to; number++) transition.apply(number, updates[number]!.stateDiff)
    return finish(transition, batch, to)
  }

  /** Takes blocks `from` down to `to` + 1 back in one commit. */
  function back(store: Store, from: number, to: number): string {
    using view = store.snapshot()
    const batch = store.beginBatch()
    const transition = new StateTransition(view, batch, kernel)
    for (let number = from; number > to; number--) transition.revert(number, updates[number]!.stateDiff)
    return finish(transition, batch, to)
  }

  function finish(transition: StateTransition, batch: ReturnType<Store['beginBatch']>, to: number): string {
    const root = hexFromFelt(transition.computeRoot(''))
    transition.finish(to)
    const { blockHash: hash, newRoot: stateRoot } = updates[to] ?? { blockHash: ZERO, newRoot: ZERO }
    batch.setHead(to < 0 ? undefined : { number: to, hash, stateRoot, version: '' })
    batch.commit()
    return root
  }

  test('one by one', () => {
    const store = open()
    for (let number = 0; number <= LAST; number++) expect(forward(store, number, number)).toBe(rootAt(number))
  })

  test('in ranges of any split, to the same database', () => {
    const digests = new Set<string>()
    // Bit i set: a commit ends with block i.
    for (let split = 0; split < 2 ** LAST; split++) {
      const store = open()
      let from = 0
      for (let number = 0; number <= LAST; number++) {
        if (number < LAST && ((split >> number) & 1) === 0) continue
        expect(forward(store, from, number)).toBe(rootAt(number))
        from = number + 1
      }
      if (split % 32 === 0) digests.add(store.digest())
    }
    expect(digests.size).toBe(1)
  })

  test('forward 10, back 7, forward again; back to nothing', () => {
    const store = open()
    forward(store, 0, LAST)
    const digest = store.digest()
    for (const split of [[9], [9, 8, 7, 6, 5, 4, 3], [9, 5]]) {
      split.forEach((from, i) => {
        const to = (split[i + 1] ?? 3) - (i + 1 < split.length ? 0 : 1)
        expect(back(store, from, to)).toBe(rootAt(to))
      })
      expect(forward(store, 3, 6)).toBe(rootAt(6))
      expect(forward(store, 7, LAST)).toBe(rootAt(LAST))
      expect(store.digest()).toBe(digest)
    }
    expect(back(store, LAST, -1)).toBe('0x0')
    expect(store.digest()).toBe(open().digest())
  })

  test('proofs at block 9 are those another node gave', () => {
    const store = open()
    forward(store, 0, LAST)
    using view = store.snapshot()
    const { cases } = JSON.parse(Buffer.from(readRecording('synthetic/mainnet/storage-proof-9.json')!).toString())
    expect(cases).toHaveLength(3)
    for (const { request, result, leaf_values } of cases) {
      const addresses: string[] = request.contract_addresses
      const contracts = prove(view.pages, kernel, CONTRACTS_TRIE, addresses.map(felt))
      expect(contracts.nodes.map(nodeJson)).toEqual(result.contracts_proof.nodes)
      expect(hexFromFelt(contracts.root)).toBe(result.global_roots.contracts_tree_root)
      for (const [i, { contract_address, storage_keys }] of request.contracts_storage_keys.entries()) {
        const { id } = view.contract(felt(contract_address))!
        const storage = prove(view.pages, kernel, id, storage_keys.map(felt))
        expect(storage.nodes.map(nodeJson)).toEqual(result.contracts_storage_proofs[i])
        const values = storage_keys.map((key: string) =>
          hexFromFelt(verifyProof(kernel, id, storage.root, felt(key), storage.nodes)),
        )
        expect(values).toEqual(Object.values(leaf_values[i].values))
        expect(values).toEqual(storage.values.map((value) => hexFromFelt(value)))
        const leaves = result.contracts_proof.contract_leaves_data
        expect(leaves[addresses.indexOf(contract_address)].storage_root).toBe(hexFromFelt(storage.root))
      }
    }
  })
})

function nodeJson(node: ProofNode): unknown {
  const hex = hexFromFelt
  return {
    node_hash: hex(node.hash),
    node:
      node.kind === 'binary'
        ? { left: hex(node.left), right: hex(node.right) }
        : { path: hex(node.path), length: node.length, child: hex(node.child) },
  }
}
