import { byteString, type Codec, decode, encode, felt, list, oneOf, optional, struct, u32 } from '../chain/codec.ts'
import type { LedgerMask } from '../chain/ledger.ts'
import type { ClassBody, Letter } from './letter.ts'

/**
 * A digest: what goes into sealing besides the parent, as items under engine ids. Pre-runtime items are the input, made
 * of a letter; the consensus item is what sealing adds, and stays with the block.
 */
export interface Digest {
  readonly items: readonly DigestItem[]
}

export interface DigestItem {
  readonly kind: 'pre-runtime' | 'consensus'
  readonly engineId: EngineId
  readonly payload: Uint8Array
}

/** Four ASCII characters. */
export type EngineId = 'BLCK' | 'STAT' | 'CLAS' | 'LDGR'

/** The BLOCK frame (chain/frame.ts). */
export const BLOCK_ENGINE_ID: EngineId = 'BLCK'
/** The STATE frame. */
export const STATE_ENGINE_ID: EngineId = 'STAT'
/** The class bodies of the letter. */
export const CLASS_ENGINE_ID: EngineId = 'CLAS'
/** The ledger mask: before sealing as pre-runtime item, with what sealing checked as consensus item. */
export const LEDGER_ENGINE_ID: EngineId = 'LDGR'

/** The payload of the only item of its kind under `engineId`. @throws Error (a bug) when there is none. */
export function digestPayload(digest: Digest, kind: DigestItem['kind'], engineId: EngineId): Uint8Array {
  const item = digest.items.find((other) => other.kind === kind && other.engineId === engineId)
  if (item === undefined) throw new Error(`the digest has no ${kind} item ${engineId}`)
  return item.payload
}

const classBodies: Codec<readonly ClassBody[]> = list(
  struct<ClassBody>({
    hash: felt,
    kind: oneOf<ClassBody['kind']>('cairo0', 'sierra'),
    text: byteString,
    isVerified: oneOf(false, true),
    compiled: optional(byteString),
  }),
)

/** The letter as pre-runtime items. */
export function digestOf(letter: Letter): Digest {
  return {
    items: [
      { kind: 'pre-runtime', engineId: BLOCK_ENGINE_ID, payload: letter.block },
      { kind: 'pre-runtime', engineId: STATE_ENGINE_ID, payload: letter.state },
      { kind: 'pre-runtime', engineId: CLASS_ENGINE_ID, payload: encode(classBodies, letter.classes) },
      { kind: 'pre-runtime', engineId: LEDGER_ENGINE_ID, payload: encode(u32, letter.checks) },
    ],
  }
}

export function classBodiesOf(digest: Digest): readonly ClassBody[] {
  return decode(classBodies, digestPayload(digest, 'pre-runtime', CLASS_ENGINE_ID))
}

export function ledgerMaskOf(digest: Digest, kind: DigestItem['kind'] = 'pre-runtime'): LedgerMask {
  return decode(u32, digestPayload(digest, kind, LEDGER_ENGINE_ID))
}

export function withLedger(digest: Digest, mask: LedgerMask): Digest {
  return { items: [...digest.items, { kind: 'consensus', engineId: LEDGER_ENGINE_ID, payload: encode(u32, mask) }] }
}
