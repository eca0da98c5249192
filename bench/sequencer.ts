import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { newFull } from '@deoxys/core'
import { countFillBlocks, FeederServer, openStoredChain, type ProfileName, writeChain } from '@deoxys/sequencer'

/**
 * What simulated blocks are like beside what recorded ones were, how fast they are made, and how fast they are served.
 *
 *     node bench/sequencer.ts [mainnet-like|dense] [blocks] [state cells]
 */
const [profile = 'mainnet-like', blocksText = '100', cellsText = '20000'] = process.argv.slice(2)
const name = profile as ProfileName
const [blocks, stateCells] = [Number(blocksText), Number(cellsText)]
const fill = countFillBlocks(name, stateCells)

/** Answers asked for at a time when speed is measured, as a node does. */
const CONCURRENCY = 16

/** Ordinary blocks whose content is looked at. */
const SAMPLE_MAX = 200

interface Printed {
  readonly block: {
    readonly transactions: readonly {
      readonly type: string
      readonly calldata?: readonly string[]
      readonly signature?: readonly string[]
      readonly sender_address?: string
    }[]
    readonly transaction_receipts: readonly {
      readonly events: readonly {
        readonly from_address: string
        readonly keys: readonly string[]
        readonly data: readonly string[]
      }[]
      readonly l2_to_l1_messages: readonly unknown[]
      readonly execution_status: string
      readonly revert_error?: string
      readonly execution_resources: { readonly n_steps: number }
    }[]
  }
  readonly state_update: {
    readonly state_diff: {
      readonly storage_diffs: Readonly<Record<string, readonly { readonly key: string; readonly value: string }[]>>
      readonly nonces: Readonly<Record<string, string>>
      readonly deployed_contracts: readonly unknown[]
      readonly replaced_classes: readonly unknown[]
    }
  }
}

const targets: Readonly<Record<string, string>> =
  name === 'dense'
    ? {
        transactions: '500',
        events: '1/4/10/16/26/112',
        cells: '9.5–10.5',
        contracts: '390–410',
        top: '.15/.35/.54',
        senders: '.90, 11',
      }
    : {
        transactions: '1/20/130/265/300/430',
        events: '1/2/5/12/26/112',
        cells: '3.1–5.0',
        contracts: '36–54',
        top: '.34–.46/.51–.70/.78–.90',
        senders: '.81–1.0, 1–9',
      }

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function row(what: string, got: string, target: string): void {
  say(`| ${what.padEnd(38)} | ${got.padEnd(34)} | ${target.padEnd(30)} |`)
}

/** Min, p10, p50, p90, p99, max. */
function quantiles(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  return [0, 0.1, 0.5, 0.9, 0.99, 1].map((u) => sorted[Math.round(u * (sorted.length - 1))] ?? 0).join('/')
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const share = (count: number, total: number) => (count / total).toFixed(3)

function shares(values: readonly number[], at: readonly number[]): string {
  return at.map((value) => share(values.filter((item) => item === value).length, values.length)).join('/')
}

function describe(sample: readonly Printed[]): void {
  const transactions = sample.flatMap(({ block }) => block.transactions)
  const receipts = sample.flatMap(({ block }) => block.transaction_receipts)
  const invokes = transactions.filter(({ type }) => type === 'INVOKE_FUNCTION')
  const events = receipts.flatMap((receipt) => receipt.events)
  const reverted = receipts.filter(({ execution_status }) => execution_status === 'REVERTED')
  row('transactions a block', quantiles(sample.map(({ block }) => block.transactions.length)), targets['transactions']!)
  const types = ['INVOKE_FUNCTION', 'DEPLOY_ACCOUNT', 'L1_HANDLER', 'DECLARE']
  const typeShares = types.map((type) =>
    share(transactions.filter((tx) => tx.type === type).length, transactions.length),
  )
  row('invoke/deploy_account/l1_handler/declare', typeShares.join('/'), '.96/.02/.015/.005')
  row('calldata length', quantiles(invokes.map(({ calldata }) => calldata!.length)), '4/11/34/103/256/463')
  row(
    'signature length 2/3/4/9',
    shares(
      invokes.map(({ signature }) => signature!.length),
      [2, 3, 4, 9],
    ),
    '.82/.13/.025/.01',
  )
  row('events per transaction', quantiles(receipts.map((receipt) => receipt.events.length)), targets['events']!)
  row(
    'keys per event 1/2/3/4',
    shares(
      events.map(({ keys }) => keys.length),
      [1, 2, 3, 4],
    ),
    '.83/.10/.04/.02',
  )
  row('data per event', quantiles(events.map(({ data }) => data.length)), '0/2/4/8/21/169')
  row(
    'messages per transaction',
    share(receipts.flatMap((receipt) => receipt.l2_to_l1_messages).length, receipts.length),
    '.005',
  )
  row('reverted', share(reverted.length, receipts.length), '.03')
  row('revert text', quantiles(reverted.map(({ revert_error }) => revert_error!.length)), '30/59/237/808/1508/1508')
  row(
    'n_steps',
    quantiles(receipts.map((receipt) => receipt.execution_resources.n_steps)),
    '63/8000/26000/108000/425000/1224000',
  )
  describeState(sample, transactions.length)
  describeSenders(sample)
}

function describeState(sample: readonly Printed[], transactions: number): void {
  const storages = sample.map(({ state_update }) => Object.entries(state_update.state_diff.storage_diffs))
  const ordinary = storages.map((storage) => storage.filter(([address]) => address !== '0x1' && address !== '0x2'))
  const count = (storage: (typeof storages)[number]) => storage.reduce((sum, [, entries]) => sum + entries.length, 0)
  const cells = ordinary.map(count).reduce((sum, value) => sum + value, 0)
  const aliases = storages.flatMap((storage) => storage.filter(([address]) => address === '0x2'))
  row('cells per transaction, without 0x1, 0x2', (cells / transactions).toFixed(2), targets['cells']!)
  row('cells of 0x2, of all', share(count(aliases), cells + count(aliases)), 'about .2')
  row(
    'contracts written a block',
    String(Math.round(mean(ordinary.map(({ length }) => length)))),
    targets['contracts']!,
  )
  const top = (n: number) =>
    mean(
      ordinary
        .filter((storage) => count(storage) > 0)
        .map((storage) => {
          const sizes = storage.map(([, entries]) => entries.length).sort((a, b) => b - a)
          return sizes.slice(0, n).reduce((sum, size) => sum + size, 0) / count(storage)
        }),
    ).toFixed(2)
  row('share of the top 1/3/10 contracts', [1, 3, 10].map(top).join('/'), targets['top']!)
  const values = ordinary.flatMap((storage) =>
    storage.flatMap(([, entries]) => entries.map(({ value }) => bytesOf(value))),
  )
  const band = (min: number, max: number) =>
    share(values.filter((size) => size >= min && size <= max).length, values.length)
  row(
    'values of 0/1–4/5–8/9–16/17–30/31+ bytes',
    [band(0, 0), band(1, 4), band(5, 8), band(9, 16), band(17, 30), band(31, 32)].join('/'),
    '.04/.35/.36/.11/.02/.12',
  )
  const diffs = sample.map(({ state_update }) => state_update.state_diff)
  row(
    'nonces per transaction',
    share(
      diffs.reduce((sum, { nonces }) => sum + Object.keys(nonces).length, 0),
      transactions,
    ),
    '.91–.96',
  )
  row(
    'deployed, replaced per transaction',
    [
      share(
        diffs.reduce((sum, diff) => sum + diff.deployed_contracts.length, 0),
        transactions,
      ),
      share(
        diffs.reduce((sum, diff) => sum + diff.replaced_classes.length, 0),
        transactions,
      ),
    ].join(', '),
    '.03, .005',
  )
  const keysOf = (index: number) =>
    new Set(ordinary[index]!.flatMap(([address, entries]) => entries.map(({ key }) => `${address}/${key}`)))
  const shared = ordinary.slice(19).map((_, i) => {
    const [before, now] = [keysOf(i), keysOf(i + 19)]
    return now.size === 0 ? 0 : [...now].filter((cell) => before.has(cell)).length / now.size
  })
  row('cells shared with the block 19 before', shared.length === 0 ? '-' : mean(shared).toFixed(2), '.05–.17')
}

function bytesOf(value: string): number {
  return value === '0x0' ? 0 : Math.ceil((value.length - 2) / 2)
}

function describeSenders(sample: readonly Printed[]): void {
  const perBlock = sample.map(({ block }) => {
    const counts = new Map<string, number>()
    for (const { sender_address } of block.transactions) {
      if (sender_address !== undefined) counts.set(sender_address, (counts.get(sender_address) ?? 0) + 1)
    }
    const total = [...counts.values()].reduce((sum, value) => sum + value, 0)
    return { distinct: counts.size / Math.max(1, total), busiest: Math.max(0, ...counts.values()) }
  })
  const busiest = mean(perBlock.map((block) => block.busiest)).toFixed(1)
  row(
    'senders per transaction, busiest',
    `${mean(perBlock.map(({ distinct }) => distinct)).toFixed(2)}, ${busiest}`,
    targets['senders']!,
  )
}

function describeBytes(texts: readonly Buffer[], sample: readonly Printed[]): void {
  const transactions = sample.reduce((sum, { block }) => sum + block.transactions.length, 0)
  const parts = texts.map((text) => {
    const at = text.lastIndexOf('"state_update": ')
    return { block: at, update: text.length - at, gzip: gzipSync(text, { level: 6 }).length }
  })
  const sum = (pick: (part: (typeof parts)[number]) => number) => parts.reduce((total, part) => total + pick(part), 0)
  const cells = sample.reduce(
    (total, { state_update }) =>
      total + Object.values(state_update.state_diff.storage_diffs).reduce((n, entries) => n + entries.length, 0),
    0,
  )
  row(
    'JSON of a block per transaction',
    `${(sum(({ block }) => block) / transactions / 1000).toFixed(1)} KB`,
    '3.0–5.3 KB',
  )
  row('JSON of a state update per cell', `${Math.round(sum(({ update }) => update) / cells)} B`, '129–155 B')
  row('gzip factor', (sum(({ block, update }) => block + update) / sum(({ gzip }) => gzip)).toFixed(1), '4.2–7.1')
}

/** Every block with its state update and its signature, as a node asks; bytes on the wire. */
async function serveAll(url: string, count: number, headers: Record<string, string>): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY })
  const fetchBytes = (path: string) =>
    new Promise<number>((resolve, reject) => {
      get(`${url}${path}`, { agent, headers }, (response) => {
        let length = 0
        response.on('data', (chunk: Buffer) => {
          length += chunk.length
        })
        response.on('end', () => resolve(length)).on('error', reject)
      }).on('error', reject)
    })
  let [next, bytes] = [0, 0]
  const worker = async () => {
    while (next < count) {
      const number = next++
      const both = await fetchBytes(`get_state_update?blockNumber=${number}&includeBlock=true`)
      const signature = await fetchBytes(`get_signature?blockNumber=${number}`)
      bytes += both + signature
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
  agent.destroy()
  return bytes
}

function speed(what: string, count: number, bytes: number, ms: number): void {
  say(`${what}: ${((count * 1000) / ms).toFixed(1)} blocks/s, ${(bytes / 1000 / ms).toFixed(2)} MB/s`)
}

const dir = await mkdtemp(join(tmpdir(), 'bench-sequencer-'))
try {
  say(`${name}, ${blocks} blocks behind ${fill} that make ${stateCells} cells, seed 7`)
  let firstOrdinaryMs = performance.now()
  const startMs = firstOrdinaryMs
  const { bytes } = await writeChain({
    dir: join(dir, 'chain'),
    profile: name,
    seed: 7,
    blocks: fill + blocks,
    stateCells,
    onProgress: ({ written }) => {
      if (written === fill) firstOrdinaryMs = performance.now()
    },
  })
  const endMs = performance.now()
  const chain = await openStoredChain(join(dir, 'chain'))
  const numbers = Array.from({ length: Math.min(SAMPLE_MAX, blocks) }, (_, i) => fill + i)
  const texts: Buffer[] = []
  for (const number of numbers) texts.push(gunzipSync((await chain.answers.zippedStateUpdate?.(number))!))
  const sample = texts.map((text): Printed => JSON.parse(text.toString()))
  say('')
  row('', 'simulated', 'recorded, or assumed')
  describe(sample)
  describeBytes(texts, sample)
  const rawBytes = mean(texts.map(({ length }) => length)) * (fill + blocks)
  say('')
  if (fill > 0) say(`making the state: ${((firstOrdinaryMs - startMs) / 1000).toFixed(1)} s`)
  speed('making blocks, of JSON', blocks, rawBytes * (blocks / (fill + blocks)), endMs - firstOrdinaryMs)
  say(`on disk: ${(bytes / 1e6).toFixed(1)} MB`)
  const server = await FeederServer.start({ port: 0, answers: chain.answers })
  for (const [what, headers] of [
    ['serving, compressed', { 'accept-encoding': 'gzip' }],
    ['serving, plain', {}],
  ] as const) {
    const start = performance.now()
    const wire = await serveAll(server.url, fill + blocks, headers)
    speed(what, fill + blocks, wire, performance.now() - start)
  }
  const start = performance.now()
  const node = await newFull({ network: chain.network, feederUrls: [server.url], exitWhenSynced: true })
  await node.done
  speed('a node syncs it, in one thread', fill + blocks, rawBytes, performance.now() - start)
  await node.close()
  await server.close()
  await chain.close()
} finally {
  await rm(dir, { recursive: true })
}
