import { compareFelts, type Felt, felt, feltFromNumber, hexFromFelt } from '@deoxys/core/protocol'
import type { BlockDraft } from './block-draft.ts'

/** Holds block hashes by number (protocol 2.4). */
const BLOCK_HASHES = felt(1)

/** Block n writes the hash of this many blocks before. */
export const BLOCK_HASH_LAG = 10

/** Holds short numbers for the addresses and keys of the state, and under key 0 the next one (protocol 2.4). */
const ALIASES = felt(2)
const NEXT_ALIAS = felt(0)

/** The first number given; felts below it need none. */
const ALIAS_MIN = felt(0x80)

/** Classes that move to their Blake2s hash in one block. */
const MIGRATIONS_MAX = 2

/**
 * What a block does to the state after its transactions.
 * @param oldHash of block n − `BLOCK_HASH_LAG`
 * @param fresh felts that need a number, where they are known; else those that have none
 */
export function addSystemChanges(
  draft: BlockDraft,
  oldHash: Felt | undefined,
  fresh: readonly Felt[] | undefined,
): void {
  const { changes, rules, number } = draft
  if (rules.compiledClassHash === 2) migrateClasses(draft)
  if (rules.hasL2Gas) giveAliases(draft, fresh ?? takeUnknown(draft))
  if (rules.hasBlockHashes && oldHash !== undefined)
    changes.write(BLOCK_HASHES, feltFromNumber(number - BLOCK_HASH_LAG), oldHash)
}

function migrateClasses({ changes, world }: BlockDraft): void {
  for (const { hash, compiled } of world.takeUnmigrated(MIGRATIONS_MAX)) changes.migrate(hash, compiled.hashes[2])
}

/** What the block names and no block before it did. */
function takeUnknown({ changes, world }: BlockDraft): readonly Felt[] {
  const fresh = changes
    .named()
    .filter((value) => compareFelts(value, ALIAS_MIN) >= 0 && !world.aliased.has(hexFromFelt(value)))
  for (const value of fresh) world.addAliased(hexFromFelt(value))
  return fresh
}

function giveAliases({ changes, world }: BlockDraft, fresh: readonly Felt[]): void {
  const first = world.takeAliases(fresh.length)
  fresh.forEach((value, i) => {
    changes.write(ALIASES, value, nextAlias(first + i))
  })
  if (first === 0 || fresh.length > 0) changes.write(ALIASES, NEXT_ALIAS, nextAlias(first + fresh.length))
}

function nextAlias(count: number): Felt {
  return felt(0x80 + count)
}
