import { keccak_256 } from '@noble/hashes/sha3.js'
import {
  type Felt,
  type Felts,
  felt,
  feltFromNumber,
  hexFromFelt,
  NO_FELTS,
  packFelts,
  shortString,
  ZERO,
} from '../../base/felt.ts'
import { SILENT_LOG } from '../../base/log.ts'
import type { BlockHeader } from '../../chain/block.ts'
import { encodeBlockFrame, encodeStateFrame } from '../../chain/frame.ts'
import { contractClasses, eachPair, namedClasses, type StateDiff } from '../../chain/state-update.ts'
import { Store } from '../../store/store.ts'
import type { ChainIdentity, ClassKind } from '../../store/tables.ts'
import type { RpcBackend } from '../backend.ts'
import { SAMPLE_TRANSACTIONS, type SampleTransaction } from './sample-transactions.ts'

export const SAMPLE_CHAIN: ChainIdentity = { name: 'sample', chainIds: [shortString('SN_SAMPLE'), felt(1)] }

/** It has storage, and no class. */
export const SYSTEM_CONTRACT = felt(1)
/** Deployed in block 0 with a Cairo 0 class, replaced by a Sierra class in block 2. */
export const ACCOUNT = felt(0xacc)
/** Deployed in block 1. */
export const OTHER = felt('0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff1')
export const CAIRO0_CLASS = felt(0xc0)
export const SIERRA_CLASS = felt(0x51e)
export const SLOT = felt(0x5107)

/** As gateways and compilers write it: an integer that no double holds, keys out of order, numbers with an exponent. */
export const CAIRO0_PROGRAM = `{"prime": "0x800000000000011000000000000000000000000000000000000000000000001", "data": ["0x1"],
  "big": 3618502788666131213697322783095070105623107215331596699973092056135872020480, "hints": {"10": [], "2": []}, "x": 1E+2}`

const CAIRO0_TEXT = `{"abi": [{"type": "struct", "name": "S,}", "size": 2, "members": [{"name": "a\\"", "type": "felt", "offset": 0}]},
  {"type": "event", "name": "e", "keys": [], "data": [], "big": 36185027886661312136973227830950701}],
 "entry_points_by_type": {"EXTERNAL": [{"selector": "0x00ab", "offset": "0x0A"}, {"selector": "0xcd", "offset": 11}], "CONSTRUCTOR": []},
 "program": ${CAIRO0_PROGRAM} }`

const SIERRA_TEXT = JSON.stringify({
  sierra_program: ['0x1', '0x0', '0x00AB'],
  sierra_program_debug_info: { type_names: [] },
  contract_class_version: '0.1.0',
  entry_points_by_type: {
    EXTERNAL: [{ selector: '0x22', function_idx: 3 }],
    L1_HANDLER: [],
    CONSTRUCTOR: [{ selector: '0x033', function_idx: 0 }],
  },
  abi: '[{"type": "function"}]',
})

export const CLASS_TEXTS: ReadonlyMap<string, { kind: ClassKind; text: string }> = new Map([
  [hexFromFelt(CAIRO0_CLASS), { kind: 'cairo0', text: CAIRO0_TEXT }],
  [hexFromFelt(SIERRA_CLASS), { kind: 'sierra', text: SIERRA_TEXT }],
])

export interface SampleBlock {
  readonly header: BlockHeader
  readonly transactions: readonly SampleTransaction[]
  readonly diff: StateDiff
}

const felts = (...values: Felt[]): Felts => packFelts(values)

const NO_DIFF: StateDiff = {
  deployedContracts: NO_FELTS,
  replacedClasses: NO_FELTS,
  declaredClasses: NO_FELTS,
  migratedClasses: NO_FELTS,
  deprecatedDeclaredClasses: NO_FELTS,
  nonces: NO_FELTS,
  storage: [],
}

const T = SAMPLE_TRANSACTIONS

export const SAMPLE_BLOCKS: readonly SampleBlock[] = [
  createBlock(0, '', [T.deployV0, T.invokeV0], {
    ...NO_DIFF,
    deployedContracts: felts(ACCOUNT, CAIRO0_CLASS),
    deprecatedDeclaredClasses: felts(CAIRO0_CLASS),
    storage: [
      { address: SYSTEM_CONTRACT, entries: felts(felt(0), felt(0x80)) },
      { address: ACCOUNT, entries: felts(SLOT, felt(0x99)) },
    ],
  }),
  createBlock(
    1,
    '0.11.0',
    [T.declareV0, T.declareV1, T.declareV2, T.deployV1, T.deployAccountV1, T.invokeV1, T.l1Handler],
    {
      ...NO_DIFF,
      deployedContracts: felts(OTHER, CAIRO0_CLASS),
      nonces: felts(ACCOUNT, felt(7), OTHER, felt(1)),
      storage: [{ address: ACCOUNT, entries: felts(SLOT, ZERO, felt(0x5108), felt(1)) }],
    },
  ),
  createBlock(2, '0.14.1', [T.invokeV3, T.earlyInvokeV3, T.declareV3, T.deployAccountV3], {
    ...NO_DIFF,
    replacedClasses: felts(ACCOUNT, SIERRA_CLASS),
    declaredClasses: felts(SIERRA_CLASS, felt(0xca5)),
    migratedClasses: felts(felt(0x52e), felt(0xca6)),
    nonces: felts(ACCOUNT, felt(8)),
    storage: [{ address: OTHER, entries: felts(SLOT, felt(0x77)) }],
  }),
  createBlock(3, '0.14.1', [], NO_DIFF),
]

function createBlock(
  number: number,
  version: string,
  transactions: readonly SampleTransaction[],
  diff: StateDiff,
): SampleBlock {
  const named = (part: number) => feltFromNumber(0xb0000 + 0x100 * number + part)
  const header: BlockHeader = {
    number,
    hash: named(1),
    parentHash: number === 0 ? ZERO : feltFromNumber(0xb0000 + 0x100 * (number - 1) + 1),
    stateRoot: named(2),
    timestamp: 1_700_000_000 + number,
    sequencerAddress: named(3),
    version,
    l1DataMode: number < 2 ? 'CALLDATA' : 'BLOB',
    l1GasPrice: { wei: named(4), fri: named(5) },
    l1DataGasPrice: { wei: named(6), fri: named(7) },
    l2GasPrice: { wei: named(8), fri: named(9) },
    transactionCommitment: named(10),
    eventCommitment: named(11),
    receiptCommitment: named(12),
    stateDiffCommitment: named(13),
    stateDiffLength: 14 + number,
    transactionCount: transactions.length,
    eventCount: 15 + number,
    signature: undefined,
  }
  return { header, transactions, diff }
}

/** Stores the block the way sealing does, without tries and without a check. */
export function storeBlock(store: Store, { header, transactions, diff }: SampleBlock): void {
  using view = store.snapshot()
  const oldRoot = view.head()?.stateRoot ?? ZERO
  const { number, hash, stateRoot, version } = header
  store.write((batch) => {
    const receipts = transactions.map(({ receipt }) => receipt)
    batch.putBlock({
      header,
      blockFrame: encodeBlockFrame({ header, transactions: transactions.map(({ tx }) => tx), receipts }),
      stateFrame: encodeStateFrame({ blockHash: hash, newRoot: stateRoot, oldRoot, stateDiff: diff }),
      transactionHashes: transactions.map(({ tx }) => tx.hash),
    })
    const ids = new Map<string, number>()
    const idOf = (address: Felt): number => {
      const known = ids.get(hexFromFelt(address)) ?? view.contract(address)?.id
      if (known !== undefined) return known
      const id = batch.newContractId()
      ids.set(hexFromFelt(address), id)
      batch.setContract(address, { id, classHash: ZERO, nonce: ZERO })
      batch.addClassHashHistory(id, number, ZERO)
      return id
    }
    for (const [address, classHash] of eachPair(contractClasses(diff))) {
      batch.addClassHashHistory(idOf(address), number, classHash)
    }
    for (const [address, nonce] of eachPair(diff.nonces)) batch.addNonceHistory(idOf(address), number, nonce)
    for (const { address, entries } of diff.storage) {
      for (const [key, value] of eachPair(entries)) batch.addStorageHistory(idOf(address), key, number, value)
    }
    for (const classHash of namedClasses(diff)) {
      const found = CLASS_TEXTS.get(hexFromFelt(classHash))
      if (found === undefined || view.classRecord(classHash) !== undefined) continue
      const body = Buffer.from(found.text)
      batch.putClass(classHash, { kind: found.kind, declaredAt: number, isVerified: true, body })
    }
    batch.setHead({ number, hash, stateRoot, version })
  })
}

/** The sample blocks in memory. */
export function openSampleStore(blocks = SAMPLE_BLOCKS): Store {
  const store = Store.open({ chain: SAMPLE_CHAIN, memory: true })
  for (const block of blocks) storeBlock(store, block)
  return store
}

/** A node that does not sync and knows nothing of L1, but for what is given. */
export function createSampleBackend(parts: Partial<RpcBackend> = {}): RpcBackend {
  return {
    store: parts.store ?? openSampleStore(),
    network: SAMPLE_CHAIN,
    l1Head: () => undefined,
    syncStatus: () => false,
    keccak256: (message) => keccak_256(message),
    storageUpdatedAt: (view, address, key, number) => view.storageUpdatedAt(address, key, number),
    log: SILENT_LOG,
    ...parts,
  }
}
