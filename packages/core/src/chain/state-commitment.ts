import { type Felt, isZero, shortString, ZERO } from '../base/felt.ts'
import { isAtLeast } from './era.ts'
import { type Hashing, pedersen, poseidon, poseidonArray } from './hashing.ts'

const STATE_V0 = shortString('STARKNET_STATE_V0')
const CLASS_LEAF_V0 = shortString('CONTRACT_CLASS_LEAF_V0')

/** The global state commitment over the roots of the contracts and the classes trie (protocol 2.3). */
export function* stateCommitment(contractsRoot: Felt, classesRoot: Felt, version: string): Hashing<Felt> {
  if (isZero(classesRoot)) {
    if (isZero(contractsRoot)) return ZERO
    if (!isAtLeast(version, '0.14.0')) return contractsRoot
  }
  return yield* poseidonArray(STATE_V0, contractsRoot, classesRoot)
}

/** A leaf of the contracts trie; all zeros are the empty leaf (protocol 2.2, 2.4). */
export function* contractLeaf(classHash: Felt, storageRoot: Felt, nonce: Felt): Hashing<Felt> {
  if (isZero(classHash) && isZero(storageRoot) && isZero(nonce)) return ZERO
  const inner = yield* pedersen(classHash, storageRoot)
  return yield* pedersen(yield* pedersen(inner, nonce), ZERO)
}

/** A leaf of the classes trie; without a compiled class hash the empty one (protocol 2.2). */
export function* classLeaf(compiledClassHash: Felt | undefined): Hashing<Felt> {
  return compiledClassHash === undefined ? ZERO : yield* poseidon(CLASS_LEAF_V0, compiledClassHash)
}
