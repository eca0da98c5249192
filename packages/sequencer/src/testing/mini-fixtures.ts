import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A folder of recordings in the system's place for temporary files, one text a file. */
export interface MiniFixtures {
  readonly dir: string
  readonly files: Readonly<Record<string, string>>
  remove(): Promise<void>
}

export const SHARED_CLASS = '0x2760f25d5a4fb2bdde5f561fd0b44a3dee78c28903577d37d669939d97036a0'

/** Formatted and numbered so that no JSON writer would give them back. */
const block = (number: number, rest = '') =>
  `{ "transactions" : [ {"tip": 9007199254740993, "text": "\\u0041 \\"}{\\" \\\\"} ],\n  "block_hash":"0x${number}a",\n` +
  `  "block_number" :${number}, "price": 1.50${rest} }\n`
const stateUpdate = (number: number) =>
  `{"block_hash":  "0x${number}a", "new_root": "${'00'.repeat(31)}0${number}",\t"state_diff": {"storage_diffs": {}}}`

/** Blocks 0 and 1 apart, 2 with its update in one file, 3 without an update, 5 behind a hole, 7 broken; 21 an update alone. */
const FILES: Readonly<Record<string, string>> = {
  'mainnet/block/0.json': block(0),
  'mainnet/block/1.json': block(1),
  'mainnet/block/3.json': block(3),
  'mainnet/block/5.json': block(5),
  'mainnet/block/7.json': '{"block_hash": "0x7a", "transactions": [',
  'mainnet/block/notes.json': 'not a block',
  'mainnet/state_update/0.json': stateUpdate(0),
  'mainnet/state_update/1.json': stateUpdate(1),
  'mainnet/state_update/5.json': stateUpdate(5),
  'mainnet/state_update/21.json': stateUpdate(21),
  'mainnet/state_update_with_block/0.json': `{"block": {"newer": true}, "state_update": {"newer": true}}`,
  'mainnet/state_update_with_block/2.json': ` {"block":${block(2)},\n "state_update" :\t${stateUpdate(2)}}\n`,
  'mainnet/signature/1.json': '{"block_number": 1,  "signature": ["0x1", "0x2"]}',
  'mainnet/traces/1.json': '{"traces": [ ]}',
  'mainnet/transaction/0xabc.json':
    '{"status": "ACCEPTED_ON_L1", "finality_status": "ACCEPTED_ON_L1", "execution_status":  "SUCCEEDED", ' +
    '"block_hash": "0x1a", "transaction": {"status": "no"}}',
  'mainnet/preconfirmed/9.json': '{"status": "PRE_CONFIRMED"}',
  'mainnet/preconfirmed/latest_full.json': '{"changed": true}',
  'mainnet/preconfirmed/latest_0x1c_known4.json': '{"changed": false}',
  'mainnet/contract_addresses.json': '{"Starknet":  "0x1"}',
  'sepolia/block/0.json': block(0),
  'sepolia/state_update/0.json': stateUpdate(0),
  'sepolia/pending/state_update_with_block.json':
    '{"block": {"status": "PENDING"}, "state_update": {"old_root": "0x1"}}',
  'sepolia/public_key.json': '"0x5e9"\n',
  [`sepolia/class/${SHARED_CLASS}.json`]: '{"program":  {"big": 123456789012345678901234567890}}',
  [`sepolia/compiled_class/${SHARED_CLASS}.json`]: '{"bytecode": []}',
  'goerli/block/4.json': block(4),
  'synthetic/public_keys.json': '{ "mainnet": "0x3a1",\n "sepolia": "0xbad" }',
  'secret.json': 'outside of every network',
}

export async function createMiniFixtures(): Promise<MiniFixtures> {
  const dir = await mkdtemp(join(tmpdir(), 'recordings-'))
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), text)
  }
  // A folder where a file should be cannot be read.
  await mkdir(join(dir, 'mainnet/block/8.json'))
  return { dir, files: FILES, remove: () => rm(dir, { recursive: true }) }
}
