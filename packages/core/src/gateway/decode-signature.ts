import { countFelts, type Felt, feltAt } from '../base/felt.ts'
import type { BlockSignature } from '../chain/block-signature.ts'
import type { JsonReader } from './json-reader.ts'

/** An answer of `get_signature`, in the old form or the new one (protocol 7). @throws DecodeError */
export function decodeSignature(reader: JsonReader): BlockSignature {
  const [r, s] = decodeRS(reader, 'signature')
  if (!reader.has('signature_input')) {
    return { r, s, blockHash: reader.felt('block_hash'), stateDiffCommitment: undefined }
  }
  const signed = reader.object('signature_input')
  return { r, s, blockHash: signed.felt('block_hash'), stateDiffCommitment: signed.felt('state_diff_commitment') }
}

/** The bare `[r, s]` that an answer with `includeSignature` has as its field `name`. @throws DecodeError */
export function decodeBareSignature(reader: JsonReader, name: string): BlockSignature {
  const [r, s] = decodeRS(reader, name)
  return { r, s, blockHash: undefined, stateDiffCommitment: undefined }
}

function decodeRS(reader: JsonReader, name: string): readonly [r: Felt, s: Felt] {
  const felts = reader.felts(name)
  return countFelts(felts) === 2 ? [feltAt(felts, 0), feltAt(felts, 1)] : reader.fail('is not a pair of felts', name)
}
