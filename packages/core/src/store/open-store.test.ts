import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { open as openLmdb } from 'lmdb'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { CodedError } from '../base/errors.ts'
import { shortString } from '../base/felt.ts'
import { getNetwork } from '../chain/network.ts'
import { LmdbEngine } from './lmdb-engine.ts'
import type { StoreOptions } from './open-store.ts'
import { Store } from './store.ts'
import { TableWrites } from './table-writes.ts'
import { CHAIN, SCHEMA, SCHEMA_VERSION, TABLES } from './tables.ts'
import type { ReaderAnswer } from './testing/reader.ts'
import { createBlock, extendChain, SAMPLE_CHAIN } from './testing/sample-chain.ts'
import { sealSample } from './testing/sample-seal.ts'

const root = mkdtempSync(join(tmpdir(), 'deoxys-open-'))
afterAll(() => rmSync(root, { recursive: true }))

let dirs = 0
const newDir = (): string => join(root, `${dirs++}`)

/** The error of opening, which must be one for the world. */
function refusal(options: StoreOptions): CodedError {
  try {
    void Store.open(options).close()
  } catch (error) {
    if (error instanceof CodedError) return error
    throw error
  }
  throw new Error('it opened')
}

const mainnet = getNetwork('mainnet')!
const sepolia = getNetwork('sepolia')!

describe('the directory of another', () => {
  test.each([
    ['network', mainnet, sepolia, 'mainnet (SN_MAIN)', 'sepolia (SN_SEPOLIA)'],
    [
      'chain id',
      { name: 'custom', chainIds: [shortString('ONE')] },
      { name: 'custom', chainIds: [shortString('TWO')] },
      'custom (ONE)',
      'custom (TWO)',
    ],
    [
      'name, of the same chain id',
      getNetwork('goerli')!,
      getNetwork('integration')!,
      'goerli (SN_GOERLI)',
      'integration (SN_GOERLI)',
    ],
  ])('%s is refused, and both are named', async (_, first, second, found, expected) => {
    const dir = newDir()
    await Store.open({ dir, chain: first }).close()
    for (const readOnly of [false, true]) {
      const error = refusal({ dir, chain: second, readOnly })
      expect(error.data).toEqual({ code: 'NETWORK_MISMATCH', dir, found, expected })
      expect(error.message).toContain(found)
      expect(error.message).toContain(expected)
    }
    await Store.open({ dir, chain: first }).close()
  })

  test('network with one more chain id at the end is the same', async () => {
    const dir = newDir()
    await Store.open({ dir, chain: SAMPLE_CHAIN }).close()
    const chainIds = [...SAMPLE_CHAIN.chainIds, shortString('NEWER')]
    await Store.open({ dir, chain: { ...SAMPLE_CHAIN, chainIds } }).close()
  })

  test.each([0, SCHEMA_VERSION + 1])('schema version, %i, is refused before anything else is read', async (version) => {
    const dir = newDir()
    await Store.open({ dir, chain: mainnet }).close()
    const engine = LmdbEngine.open(
      dir,
      TABLES.map(({ number }) => number),
      false,
    )!
    const writes = new TableWrites()
    writes.setMeta(SCHEMA, version)
    writes.setMeta(CHAIN, undefined)
    writes.apply(engine)
    await engine.close()
    expect(refusal({ dir, chain: mainnet }).data).toMatchObject({ code: 'SCHEMA_VERSION', found: version })
  })
})

describe('what is no data directory', () => {
  const chain = SAMPLE_CHAIN

  test('a file', () => {
    const dir = newDir()
    writeFileSync(dir, 'no directory')
    expect(refusal({ dir, chain }).code).toBe('DATA_DIR_UNUSABLE')
    expect(refusal({ dir: join(dir, 'below'), chain }).code).toBe('DATA_DIR_UNUSABLE')
    expect(refusal({ dir, chain, readOnly: true }).code).toBe('DATA_DIR_UNUSABLE')
  })

  test.each([
    ['text', Buffer.from('no database')],
    ['zeros', Buffer.alloc(100_000)],
    ['noise', Buffer.alloc(100_000, 5)],
  ])('one whose data.mdb holds %s', (_, content) => {
    const dir = newDir()
    mkdirSync(dir)
    writeFileSync(join(dir, 'data.mdb'), content)
    for (const readOnly of [false, true]) expect(refusal({ dir, chain, readOnly }).code).toBe('DATA_DIR_UNUSABLE')
    expect(readFileSync(join(dir, 'data.mdb')).equals(content)).toBe(true)
    expect(existsSync(join(dir, 'writer.lock'))).toBe(false)
  })

  test.each(['segments', 'data.mdb', 'writer.lock'])('one where %s is of another kind', (name) => {
    const dir = newDir()
    mkdirSync(name === 'segments' ? dir : join(dir, name), { recursive: true })
    if (name === 'segments') writeFileSync(join(dir, name), 'a file')
    expect(refusal({ dir, chain }).code).toBe('DATA_DIR_UNUSABLE')
  })

  test('the database of another program', async () => {
    const dir = newDir()
    const other = openLmdb(dir, { noSubdir: false })
    other.openDB({ name: 'their table' })
    await other.close()
    for (const readOnly of [false, true]) expect(refusal({ dir, chain, readOnly }).code).toBe('DATA_DIR_UNUSABLE')
  })

  test('for reading, one that was created and never written to', async () => {
    const dir = newDir()
    mkdirSync(dir)
    await LmdbEngine.open(
      dir,
      TABLES.map(({ number }) => number),
      false,
    )!.close()
    expect(refusal({ dir, chain, readOnly: true }).code).toBe('DATA_DIR_UNUSABLE')
    await Store.open({ dir, chain }).close()
    await Store.open({ dir, chain, readOnly: true }).close()
  })

  test('but an empty data.mdb is a new one', async () => {
    const dir = newDir()
    mkdirSync(dir)
    writeFileSync(join(dir, 'data.mdb'), '')
    await Store.open({ dir, chain }).close()
  })

  test('for reading, an empty one and none', () => {
    const dir = newDir()
    expect(refusal({ dir, chain, readOnly: true }).code).toBe('DATA_DIR_UNUSABLE')
    expect(existsSync(dir)).toBe(false)
    mkdirSync(dir)
    expect(refusal({ dir, chain, readOnly: true }).code).toBe('DATA_DIR_UNUSABLE')
  })

  test('one on a disk that takes no more', () => {
    const dir = newDir()
    const apply = vi.spyOn(TableWrites.prototype, 'apply').mockImplementationOnce(() => {
      throw new Error('Input/output error')
    })
    const error = refusal({ dir, chain })
    expect(apply).toHaveBeenCalledOnce()
    apply.mockRestore()
    expect(error.code).toBe('DATA_DIR_UNUSABLE')
    expect(error.message).toContain('Input/output error')
    expect(error.hint).toBeDefined()
    expect(existsSync(join(dir, 'writer.lock'))).toBe(false)
  })

  test.skipIf(process.getuid?.() === 0)('one without the right to write (skipped for root, who has it)', () => {
    const dir = newDir()
    mkdirSync(dir, { mode: 0o500 })
    expect(refusal({ dir, chain }).code).toBe('DATA_DIR_UNUSABLE')
    chmodSync(dir, 0o700)
  })
})

test('a store that misses a segment is one error, and stays as it is', async () => {
  const dir = newDir()
  const store = Store.open({ dir, chain: SAMPLE_CHAIN })
  sealSample(store, [createBlock(undefined, 'segment')])
  await store.close()
  const path = join(dir, 'segments', '00000000.seg')
  const content = readFileSync(path)
  rmSync(path)
  expect(refusal({ dir, chain: SAMPLE_CHAIN }).data).toEqual({ code: 'SEGMENT_MISSING', segment: 0, path })
  writeFileSync(path, content)
  await Store.open({ dir, chain: SAMPLE_CHAIN }).close()
})

describe('the lock', () => {
  const chain = SAMPLE_CHAIN

  test('of this process keeps a second writer out, until it is closed', async () => {
    const dir = newDir()
    const first = Store.open({ dir, chain })
    expect(refusal({ dir, chain }).data).toEqual({ code: 'DATA_DIR_LOCKED', dir, pid: process.pid })
    sealSample(first, [createBlock(undefined, 'still works')])
    await first.close()
    await Store.open({ dir, chain }).close()
    expect(existsSync(join(dir, 'writer.lock'))).toBe(false)
  })

  test('of another process that lives keeps a writer out', () => {
    const dir = newDir()
    mkdirSync(dir)
    const parent = process.ppid
    const start = readStart(parent)
    writeFileSync(join(dir, 'writer.lock'), `${parent} ${start}`)
    expect(refusal({ dir, chain }).data).toEqual({ code: 'DATA_DIR_LOCKED', dir, pid: parent })
  })

  test.each([
    ['a dead process', () => `${spawnSync('true').pid} 1 boot\n`],
    ['an id that another process has now', () => `${process.pid} 1 boot\n`],
    ['a power cut, empty', () => ''],
  ])('of %s is taken over', async (_, content) => {
    const dir = newDir()
    mkdirSync(dir)
    writeFileSync(join(dir, 'writer.lock'), content())
    const store = Store.open({ dir, chain })
    expect(readFileSync(join(dir, 'writer.lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} `))
    await store.close()
  })

  test('is left alone on closing when it is no longer ours', async () => {
    const dir = newDir()
    const store = Store.open({ dir, chain })
    writeFileSync(join(dir, 'writer.lock'), 'another')
    await store.close()
    expect(readFileSync(join(dir, 'writer.lock'), 'utf8')).toBe('another')
  })

  test('that a dead process left goes to one of those who want it', async () => {
    const dir = newDir()
    mkdirSync(dir)
    writeFileSync(join(dir, 'writer.lock'), `${spawnSync('true').pid} 1 boot\n`)
    const script = join(import.meta.dirname, 'testing/lock-taker.ts')
    const takers = [1, 2, 3, 4].map(() => fork(script, [dir]))
    const answers = await Promise.all(takers.map(async (taker) => (await once(taker, 'message'))[0]))
    expect(answers.sort()).toEqual(['DATA_DIR_LOCKED', 'DATA_DIR_LOCKED', 'DATA_DIR_LOCKED', 'taken'])
    for (const taker of takers) taker.disconnect()
  })

  test('does not concern readers, who see each commit at once', async () => {
    const dir = newDir()
    const store = Store.open({ dir, chain })
    const script = join(import.meta.dirname, 'testing/reader.ts')
    const thread = new Worker(script)
    const child = fork(script, { stdio: 'inherit', serialization: 'advanced' })
    for (const block of extendChain([], 3, 'readers')) {
      sealSample(store, [block])
      const expected = { head: block.number, digest: store.digest() }
      thread.postMessage(dir)
      child.send(dir)
      const [[fromThread], [fromChild]] = (await Promise.all([once(thread, 'message'), once(child, 'message')])) as [
        [ReaderAnswer],
        [ReaderAnswer],
      ]
      expect(fromThread).toEqual(expected)
      expect(fromChild).toEqual(expected)
    }
    thread.postMessage('')
    child.send('')
    await Promise.all([once(thread, 'exit'), once(child, 'exit')])
    await store.close()
  })

  test('does not concern readers, who see a commit even in the same turn of their event loop', async () => {
    const dir = newDir()
    const store = Store.open({ dir, chain })
    const thread = new Worker(join(import.meta.dirname, 'testing/reader.ts'))
    const gate = new Int32Array(new SharedArrayBuffer(4))
    const [block] = extendChain([], 1, 'same turn')
    thread.postMessage({ dir, gate })
    expect(await once(thread, 'message')).toEqual([undefined])
    sealSample(store, [block!])
    Atomics.store(gate, 0, 1)
    Atomics.notify(gate, 0)
    expect(await once(thread, 'message')).toEqual([0])
    thread.postMessage('')
    await once(thread, 'exit')
    await store.close()
  })

  test('is not taken by one who reads, and writing is refused', async () => {
    const dir = newDir()
    const store = Store.open({ dir, chain })
    await using reader = Store.open({ dir, chain, readOnly: true })
    expect(() => reader.beginBatch()).toThrow('for reading')
    await store.close()
  })
})

/** What the lock file has after the process id; where the system has no /proc, nothing. */
function readStart(pid: number): string {
  if (!existsSync('/proc/self/stat')) return ' \n'
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const start = fields.slice(fields.lastIndexOf(')') + 2).split(' ')[19]
  return `${start} ${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}\n`
}
