import type { Kernel } from '@deoxys/kernel'
import type { Felt } from './base/felt.ts'
import { type BlockReport, checkBlock } from './chain/check-block.ts'
import { checkSignature } from './chain/check-signature.ts'
import { classHash, compiledClassHash } from './chain/class-hash.ts'
import { all, runHashing } from './chain/hashing.ts'
import { NETWORKS, type Network } from './chain/network.ts'
import { decodeBlockAnswer } from './gateway/decode-answer.ts'
import { decodeAnyClass } from './gateway/decode-class.ts'
import { decodeSignature } from './gateway/decode-signature.ts'
import { DecodeError, JsonReader, parseJson } from './gateway/json-reader.ts'

/** Answers of a feeder gateway about one block, as it sent them. */
export interface BlockAnswers {
  /** A block, or `{block, state_update}`, or `{block, state_update, signature}`. */
  readonly answer: Uint8Array
  /** A state update, or an answer that holds one; goes before the one in `answer`. */
  readonly stateUpdate?: Uint8Array | undefined
  /** An answer of `get_signature`; goes before the one in `answer`. */
  readonly signature?: Uint8Array | undefined
}

/**
 * Checks a block by itself, without a database: everything but the state below it. The content says which block it is;
 * of the networks it may be of, the report names those that are left.
 * @param networks all that are known, if not given
 * @throws DecodeError, UnsupportedVersionError
 */
export function inspectBlock(
  kernel: Kernel,
  answers: BlockAnswers,
  networks: readonly Network[] = NETWORKS,
): BlockReport {
  const main = decodeBlockAnswer(answers.answer)
  if (main.block === undefined) throw new DecodeError('block', 'is missing')
  const other = answers.stateUpdate === undefined ? main : decodeBlockAnswer(answers.stateUpdate)
  if (other.stateUpdate === undefined && answers.stateUpdate !== undefined) {
    throw new DecodeError('state_update', 'is missing')
  }
  const signature =
    answers.signature === undefined
      ? main.signature
      : decodeSignature(new JsonReader(parseJson(answers.signature), 'signature'))
  const report = runHashing(kernel, checkBlock(networks, main.block, other.stateUpdate))
  const signed = checkSignature(kernel, report.networks, main.block.header.hash, signature)
  return { ...report, networks: signed.networks, checks: { ...report.checks, signature: signed.check } }
}

export type ClassReport =
  | { readonly kind: 'cairo0' | 'sierra'; readonly classHash: Felt }
  | { readonly kind: 'casm'; readonly compiledClassHashV1: Felt; readonly compiledClassHashV2: Felt }

/** The hash of a class or compiled class, from its exact text. @throws DecodeError for what is neither */
export function inspectClass(kernel: Kernel, text: string): ClassReport {
  const cls = decodeAnyClass(text)
  if (cls.kind !== 'casm') return { kind: cls.kind, classHash: runHashing(kernel, classHash(cls)) }
  const [v1, v2] = runHashing(kernel, all([compiledClassHash(cls, 1), compiledClassHash(cls, 2)]))
  return { kind: 'casm', compiledClassHashV1: v1!, compiledClassHashV2: v2! }
}
