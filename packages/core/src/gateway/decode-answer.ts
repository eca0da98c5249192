import type { ReportedBlock } from '../chain/block.ts'
import type { BlockSignature } from '../chain/block-signature.ts'
import type { StateUpdate } from '../chain/state-update.ts'
import { decodeBlock } from './decode-block.ts'
import { decodeBareSignature, decodeSignature } from './decode-signature.ts'
import { decodeStateUpdate } from './decode-state-update.ts'
import { DecodeError, JsonReader, parseJson } from './json-reader.ts'

/** The halves an answer about a block can have, and what it calls them. */
const HALVES = ['block', 'state_update', 'signature'] as const

export type AnswerHalf = (typeof HALVES)[number]

export interface BlockAnswer {
  readonly block: ReportedBlock | undefined
  readonly stateUpdate: StateUpdate | undefined
  readonly signature: BlockSignature | undefined
}

/**
 * What an answer says about a block: it is a block, or a state update, or `{block, state_update, signature}` with any of
 * them missing. The path of an error begins with the name of a half, also where the answer is that half alone.
 * @throws DecodeError
 */
export function decodeBlockAnswer(bytes: Uint8Array): BlockAnswer {
  const json = parseJson(bytes)
  const answer = new JsonReader(json)
  const none = { block: undefined, stateUpdate: undefined, signature: undefined }
  if (HALVES.some((half) => answer.has(half)) && !answer.has('block_hash')) return decodeHalves(answer)
  if (answer.has('state_diff')) return { ...none, stateUpdate: decodeStateUpdate(new JsonReader(json, 'state_update')) }
  if (answer.has('transactions')) return { ...none, block: decodeBlock(new JsonReader(json, 'block')) }
  return answer.fail('is neither a block nor a state update')
}

function decodeHalves(answer: JsonReader): BlockAnswer {
  return {
    block: answer.optional('block', (name) => decodeBlock(answer.object(name)), undefined),
    stateUpdate: answer.optional('state_update', (name) => decodeStateUpdate(answer.object(name)), undefined),
    signature: answer.optional(
      'signature',
      (name) =>
        Array.isArray(answer.value[name]) ? decodeBareSignature(answer, name) : decodeSignature(answer.object(name)),
      undefined,
    ),
  }
}

/** The half of `decodeBlockAnswer`'s answer that `error` found broken; undefined when it is the whole, or no such error. */
export function brokenHalf(error: unknown): AnswerHalf | undefined {
  if (!(error instanceof DecodeError)) return undefined
  const [first] = error.data.path.split(/[.[]/, 1)
  return HALVES.find((half) => half === first)
}
