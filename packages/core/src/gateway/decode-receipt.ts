import type { Event, ExecutionResources, GasVector, MessageToL1, Receipt } from '../chain/receipt.ts'
import type { JsonReader } from './json-reader.ts'

/** What a transaction did (protocol 8.4). Whose receipt it is, `decodeBlock` sees to. @throws DecodeError */
export function decodeReceipt(reader: JsonReader): Receipt {
  return {
    actualFee: reader.felt('actual_fee'),
    events: reader.objects('events').map(decodeEvent),
    messages: reader.objects('l2_to_l1_messages').map(decodeMessage),
    revertError: decodeRevertError(reader),
    resources: reader.optional('execution_resources', (name) => decodeResources(reader.object(name)), undefined),
  }
}

function decodeEvent(reader: JsonReader): Event {
  return { fromAddress: reader.felt('from_address'), keys: reader.felts('keys'), data: reader.felts('data') }
}

function decodeMessage(reader: JsonReader): MessageToL1 {
  return {
    fromAddress: reader.felt('from_address'),
    toAddress: reader.felt('to_address'),
    payload: reader.felts('payload'),
  }
}

/** Receipts of before the status existed are of transactions that succeeded: others never got into a block. */
function decodeRevertError(reader: JsonReader): string | undefined {
  if (!reader.has('execution_status')) return undefined
  const status = reader.oneOf('execution_status', ['SUCCEEDED', 'REVERTED'])
  return status === 'REVERTED' ? reader.optional('revert_error', reader.text, '') : undefined
}

function decodeResources(reader: JsonReader): ExecutionResources {
  const builtins = reader.object('builtin_instance_counter')
  const gasVector = (name: string) => decodeGasVector(reader.object(name))
  return {
    steps: reader.integer('n_steps'),
    memoryHoles: reader.integer('n_memory_holes'),
    builtins: Object.keys(builtins.value).map((name) => ({ name, count: builtins.integer(name) })),
    dataAvailability: reader.optional('data_availability', gasVector, undefined),
    totalGas: reader.optional('total_gas_consumed', gasVector, undefined),
  }
}

function decodeGasVector(reader: JsonReader): GasVector {
  return {
    l1Gas: reader.integer('l1_gas'),
    l1DataGas: reader.integer('l1_data_gas'),
    l2Gas: reader.optional('l2_gas', reader.integer, undefined),
  }
}
