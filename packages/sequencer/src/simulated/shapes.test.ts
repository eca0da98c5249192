import { felt, packFelts, type Transaction } from '@deoxys/core/protocol'
import { createKernel } from '@deoxys/kernel'
import { describe, expect, test } from 'vitest'
import { createSimulatedChain } from './create-simulated-chain.ts'
import { printJson } from './print-json.ts'
import { renderTransaction } from './render-transaction.ts'
import { type Printed, type PrintedBlock, printedBlock } from './testing/printed.ts'
import { HAS_RECORDINGS, listRecordings, NEEDS_RECORDINGS, readRecording } from './testing/recorded-shapes.ts'

const kernel = await createKernel({ window: 8 })
const BLOCKS = 9

/** Recordings whose members stand in the gateway's order. */
const RECORDED = {
  '0.12.3': ['sepolia/block/0.json', 'sepolia/state_update/0.json'],
  '0.13.2.1': ['mainnet/block/763497.json', 'sepolia-integration/state_update/35748.json'],
  '0.13.4': ['sepolia-integration/block/64164.json', 'sepolia-integration/state_update/64164.json'],
  '0.14.1': ['sepolia/state_update_with_block/4072139.json'],
} as const

/** Objects whose members are named by their content. */
const MAPS = /\.(storage_diffs|nonces|builtin_instance_counter)$/

/** Each kind of object and the members it was seen with, in order. */
class Shapes {
  readonly #seen = new Map<string, Set<string>>()

  add(value: unknown, kind: string): void {
    if (Array.isArray(value)) for (const item of value) this.add(item, kind)
    else if (isObject(value)) {
      const name = kind.endsWith('.transactions') ? `${value['type']} ${value['version']}` : kind
      if (!MAPS.test(name)) this.#seen.set(name, this.of(name).add(Object.keys(value).join()))
      for (const [key, member] of Object.entries(value)) this.add(member, MAPS.test(name) ? name : `${name}.${key}`)
    }
  }

  of(name: string): Set<string> {
    return this.#seen.get(name) ?? new Set()
  }

  names(): string[] {
    return [...this.#seen.keys()]
  }
}

function isObject(value: unknown): value is Printed {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Members that only some recordings of a kind have. */
const withoutOptional = (shape: string) =>
  shape
    .split(',')
    .filter((name) => !['revert_error', 'l1_to_l2_consumed_message', 'proof_facts', 'L1_DATA_GAS'].includes(name))
    .join()

function recordedShapes(version: keyof typeof RECORDED): Shapes {
  const shapes = new Shapes()
  for (const path of RECORDED[version]) {
    const json = readRecording(path) as Printed & PrintedBlock
    if ('block' in json) shapes.add(json.block, 'block')
    else if ('transactions' in json) shapes.add(json, 'block')
    if ('state_update' in json) shapes.add(json.state_update, 'state_update')
    else if ('state_diff' in json) shapes.add(json, 'state_update')
  }
  // Single transactions of every type, the same in all eras.
  for (const path of listRecordings('sepolia/captures').filter((name) => name.includes('/tx_'))) {
    shapes.add([readRecording(path)], 'captured.transactions')
  }
  return shapes
}

describe.skipIf(!HAS_RECORDINGS)(`the members of an answer, and their order${NEEDS_RECORDINGS}`, () => {
  test.each(Object.keys(RECORDED) as (keyof typeof RECORDED)[])('of %s are those of recordings', async (version) => {
    const { answers } = await createSimulatedChain({
      seed: 5,
      blocks: BLOCKS,
      schedule: [{ from: 0, version }],
      kernel,
    })
    const shapes = new Shapes()
    for (let number = 0; number < BLOCKS; number++) {
      const { block, state_update: update } = await printedBlock(answers, number)
      shapes.add(block, 'block')
      shapes.add(update, 'state_update')
    }
    const recorded = recordedShapes(version)
    const compared = shapes.names().filter((name) => recorded.of(name).size > 0)
    for (const name of compared) {
      const known = [...recorded.of(name)].map(withoutOptional)
      for (const shape of shapes.of(name))
        expect([name, known]).toEqual([name, expect.arrayContaining([withoutOptional(shape)])])
    }
    expect(compared.length).toBeGreaterThan(14)
    expect(compared).toEqual(expect.arrayContaining(['block', 'block.transaction_receipts', 'state_update.state_diff']))
  })
})

describe.skipIf(!HAS_RECORDINGS)(`transactions older than any simulated block${NEEDS_RECORDINGS}`, () => {
  const read = (name: string) => readRecording(`mainnet/captures/tx_${name}.json`) as Record<string, string & string[]>
  const pack = (felts: string[]) => packFelts(felts.map((text) => felt(text)))

  test('an invocation of version 0 comes out as it was recorded', () => {
    const recorded = read('invoke_v0')
    const transaction: Transaction = {
      type: 'invoke',
      version: 0,
      hash: felt(recorded['transaction_hash']!),
      maxFee: felt(recorded['max_fee']!),
      signature: pack(recorded['signature']!),
      entryPointSelector: felt(recorded['entry_point_selector']!),
      calldata: pack(recorded['calldata']!),
      contractAddress: felt(recorded['contract_address']!),
    }
    expect(printJson(renderTransaction(transaction))).toBe(printJson(recorded))
  })

  test('so does a deployment', () => {
    const recorded = read('deploy_v0')
    const transaction: Transaction = {
      type: 'deploy',
      version: 0,
      hash: felt(recorded['transaction_hash']!),
      contractAddress: felt(recorded['contract_address']!),
      contractAddressSalt: felt(recorded['contract_address_salt']!),
      classHash: felt(recorded['class_hash']!),
      constructorCalldata: pack(recorded['constructor_calldata']!),
    }
    expect(printJson(renderTransaction(transaction))).toBe(printJson(recorded))
  })
})
