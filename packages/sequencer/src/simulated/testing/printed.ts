import type { FeederAnswers } from '../../feeder-answers.ts'
import type { RawJson } from '../../raw-json.ts'
import type { PrintedUpdate } from './oracle.ts'

/** An object of an answer whose members nobody promised. */
export type Printed = { readonly [name: string]: unknown }

/** `{block, state_update}` as the gateway prints it. */
export interface PrintedBlock {
  readonly block: Printed & {
    readonly starknet_version?: string
    readonly transactions: readonly Printed[]
    readonly transaction_receipts: readonly (Printed & { readonly l2_to_l1_messages: readonly unknown[] })[]
  }
  readonly state_update: PrintedUpdate
}

const TOGETHER = { includeBlock: true, includeSignature: false }

export async function blockText(answers: FeederAnswers, number: number): Promise<RawJson> {
  const text = await answers.stateUpdate(number, TOGETHER)
  if (text === undefined) throw new Error(`there is no block ${number}`)
  return text
}

export async function printedBlock(answers: FeederAnswers, number: number): Promise<PrintedBlock> {
  return parse(await blockText(answers, number))
}

/** The tests say what they expect in it. */
export function parse<T>(json: RawJson | undefined): T {
  if (json === undefined) throw new Error('there is no answer')
  return JSON.parse(Buffer.from(json).toString())
}
