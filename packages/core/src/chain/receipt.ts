import type { Felt, Felts } from '../base/felt.ts'
import { type Codec, felt, felts, list, optional, struct, text, u53 } from './codec.ts'

/** What one transaction did. It stands at the index of its transaction and does not repeat the hash. */
export interface Receipt {
  readonly actualFee: Felt
  readonly events: readonly Event[]
  readonly messages: readonly MessageToL1[]
  /** Present when the transaction was reverted; the empty text is a reason too. */
  readonly revertError: string | undefined
  readonly resources: ExecutionResources | undefined
}

export interface Event {
  readonly fromAddress: Felt
  readonly keys: Felts
  readonly data: Felts
}

export interface MessageToL1 {
  readonly fromAddress: Felt
  readonly toAddress: Felt
  readonly payload: Felts
}

export interface ExecutionResources {
  readonly steps: number
  readonly memoryHoles: number
  /** Counts under the gateway's names (`pedersen_builtin`, …), in its order. */
  readonly builtins: readonly BuiltinCount[]
  readonly dataAvailability: GasVector | undefined
  /** From 0.13.2; hashed into the receipt commitment except for its L2 gas. */
  readonly totalGas: GasVector | undefined
}

export interface BuiltinCount {
  readonly name: string
  readonly count: number
}

export interface GasVector {
  readonly l1Gas: number
  readonly l1DataGas: number
  /** Absent before 0.13.4. */
  readonly l2Gas: number | undefined
}

const gasVector: Codec<GasVector> = struct({ l1Gas: u53, l1DataGas: u53, l2Gas: optional(u53) })

export const receiptCodec: Codec<Receipt> = struct<Receipt>({
  actualFee: felt,
  events: list(struct<Event>({ fromAddress: felt, keys: felts, data: felts })),
  messages: list(struct<MessageToL1>({ fromAddress: felt, toAddress: felt, payload: felts })),
  revertError: optional(text),
  resources: optional(
    struct<ExecutionResources>({
      steps: u53,
      memoryHoles: u53,
      builtins: list(struct<BuiltinCount>({ name: text, count: u53 })),
      dataAvailability: optional(gasVector),
      totalGas: optional(gasVector),
    }),
  ),
})
