import { FIELD_PRIME } from '@deoxys/core/protocol'
import { pedersen, poseidonHash, poseidonHashMany } from '@scure/starknet'

type PairHash = (a: bigint, b: bigint) => bigint

const known = new Map<string, bigint>()

/** Remembers: most nodes of a block are those of the block before. */
const pedersenPair: PairHash = (a, b) => {
  const name = `${a} ${b}`
  const hash = known.get(name) ?? BigInt(pedersen(a, b))
  known.set(name, hash)
  return hash
}

/** The part of a state update the oracle reads, as the gateway prints it. */
export interface PrintedUpdate {
  readonly new_root: string
  readonly old_root: string
  readonly state_diff: {
    readonly storage_diffs: Readonly<Record<string, readonly { readonly key: string; readonly value: string }[]>>
    readonly nonces: Readonly<Record<string, string>>
    readonly deployed_contracts: readonly { readonly address: string; readonly class_hash: string }[]
    readonly replaced_classes: readonly { readonly address: string; readonly class_hash: string }[]
    readonly declared_classes: readonly PrintedClass[]
    readonly migrated_compiled_classes?: readonly PrintedClass[]
  }
}

interface PrintedClass {
  readonly class_hash: string
  readonly compiled_class_hash: string
}

/** The state as the protocol's text has it (2.1 to 2.4): maps, every trie rebuilt from nothing, hashes of another library. */
export class StateOracle {
  readonly #contracts = new Map<bigint, { classHash: bigint; nonce: bigint; storage: Map<bigint, bigint> }>()
  readonly #classes = new Map<bigint, bigint>()

  apply({ state_diff: diff }: PrintedUpdate): void {
    for (const { address, class_hash } of [...diff.deployed_contracts, ...diff.replaced_classes]) {
      this.#open(address).classHash = BigInt(class_hash)
    }
    for (const [address, nonce] of Object.entries(diff.nonces)) this.#open(address).nonce = BigInt(nonce)
    for (const [address, entries] of Object.entries(diff.storage_diffs)) {
      const { storage } = this.#open(address)
      for (const { key, value } of entries) storage.set(BigInt(key), BigInt(value))
    }
    for (const { class_hash, compiled_class_hash } of [
      ...diff.declared_classes,
      ...(diff.migrated_compiled_classes ?? []),
    ]) {
      this.#classes.set(BigInt(class_hash), BigInt(compiled_class_hash))
    }
  }

  /** @param withClassesAlways from 0.14.0 on */
  root(withClassesAlways: boolean): bigint {
    const contracts = new Map<bigint, bigint>()
    for (const [address, { classHash, nonce, storage }] of this.#contracts) {
      const inner = pedersenPair(classHash, trieRoot(storage, pedersenPair))
      contracts.set(address, pedersenPair(pedersenPair(inner, nonce), 0n))
    }
    const classes = new Map<bigint, bigint>()
    for (const [hash, compiled] of this.#classes) {
      classes.set(hash, poseidonHash(shortText('CONTRACT_CLASS_LEAF_V0'), compiled))
    }
    const contractsRoot = trieRoot(contracts, pedersenPair)
    const classesRoot = trieRoot(classes, poseidonHash)
    if (classesRoot === 0n && !withClassesAlways) return contractsRoot
    return poseidonHashMany([shortText('STARKNET_STATE_V0'), contractsRoot, classesRoot])
  }

  #open(address: string) {
    const known = this.#contracts.get(BigInt(address))
    if (known !== undefined) return known
    const contract = { classHash: 0n, nonce: 0n, storage: new Map<bigint, bigint>() }
    this.#contracts.set(BigInt(address), contract)
    return contract
  }
}

function shortText(text: string): bigint {
  return BigInt(`0x${Buffer.from(text).toString('hex')}`)
}

type Leaf = readonly [key: bigint, value: bigint]

function trieRoot(leaves: ReadonlyMap<bigint, bigint>, hash: PairHash): bigint {
  const live = [...leaves].filter(([, value]) => value !== 0n)
  return live.length === 0 ? 0n : subtreeHash(live, 251, hash)
}

/** Of the leaves that agree in all bits above `height`; an edge first, if they agree in more. */
function subtreeHash(leaves: readonly Leaf[], height: number, hash: PairHash): bigint {
  let split = height
  const bit = (key: bigint, at: number) => (key >> BigInt(at)) & 1n
  while (split > 0 && leaves.every(([key]) => bit(key, split - 1) === bit(leaves[0]![0], split - 1))) split -= 1
  const below = split === 0 ? leaves[0]![1] : binaryHash(leaves, split - 1, hash)
  const length = height - split
  if (length === 0) return below
  const path = (leaves[0]![0] >> BigInt(split)) & ((1n << BigInt(length)) - 1n)
  return (hash(below, path) + BigInt(length)) % FIELD_PRIME
}

function binaryHash(leaves: readonly Leaf[], at: number, hash: PairHash): bigint {
  const side = (wanted: bigint) => leaves.filter(([key]) => ((key >> BigInt(at)) & 1n) === wanted)
  return hash(subtreeHash(side(0n), at, hash), subtreeHash(side(1n), at, hash))
}
