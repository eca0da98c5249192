import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sliceMember } from './raw-json.ts'
import { openRecordedAnswers, type RecordedAnswers } from './recorded-answers.ts'
import { createMiniFixtures, type MiniFixtures, SHARED_CLASS } from './testing/mini-fixtures.ts'

const BOTH = { includeBlock: true, includeSignature: false }
const ALL = { includeBlock: true, includeSignature: true }
const inputError = (code: string) => expect.objectContaining({ name: 'InputError', code })

let mini: MiniFixtures
let mainnet: RecordedAnswers
let sepolia: RecordedAnswers

const open = (network: string, head?: number) => openRecordedAnswers({ fixturesDir: mini.dir, network, head })
const file = (path: string) => mini.files[path]!
const text = async (answer: Promise<Uint8Array | undefined>) => {
  const bytes = await answer
  return bytes && Buffer.from(bytes).toString()
}

beforeAll(async () => {
  mini = await createMiniFixtures()
  mainnet = await open('mainnet')
  sepolia = await open('sepolia')
})

afterAll(() => mini.remove())

describe('recorded answers', () => {
  test('latest is the end of the run from 0, unless a head is given', async () => {
    expect(mainnet.latest()).toBe(2)
    expect(sepolia.latest()).toBe(0)
    expect((await open('mainnet', 5)).latest()).toBe(5)
    expect((await open('mainnet', 0)).latest()).toBe(0)
    expect((await open('goerli')).latest()).toBeUndefined()
  })

  test('parts come from their own files, byte for byte', async () => {
    expect(await text(mainnet.block(1))).toBe(file('mainnet/block/1.json'))
    expect(await text(mainnet.stateUpdate(0))).toBe(file('mainnet/state_update/0.json'))
    expect(await text(mainnet.signature(1))).toBe(file('mainnet/signature/1.json'))
    expect(await text(mainnet.blockTraces(1))).toBe(file('mainnet/traces/1.json'))
    expect(await text(mainnet.transaction('0xabc'))).toBe(file('mainnet/transaction/0xabc.json'))
    expect(await text(mainnet.contractAddresses())).toBe(file('mainnet/contract_addresses.json'))
  })

  test('else from the recording of both, byte for byte', async () => {
    const both = file('mainnet/state_update_with_block/2.json')
    const block = await text(mainnet.block(2))
    const update = await text(mainnet.stateUpdate(2))
    expect(both).toContain(`"block":${block}`)
    expect(both).toContain(`"state_update" :\t${update}}`)
    expect(JSON.parse(block!)).toMatchObject({ block_number: 2 })
    expect(await text(mainnet.stateUpdate(2, BOTH))).toBe(`{"block": ${block}, "state_update": ${update}}`)
  })

  test('includeBlock joins the exact texts, includeSignature adds the one there is', async () => {
    const [block, update] = [file('mainnet/block/1.json'), file('mainnet/state_update/1.json')]
    const both = `{"block": ${block}, "state_update": ${update}`
    expect(await text(mainnet.stateUpdate(1, BOTH))).toBe(`${both}}`)
    expect(await text(mainnet.stateUpdate(1, ALL))).toBe(`${both}, "signature": ${file('mainnet/signature/1.json')}}`)
    expect(await text(mainnet.stateUpdate(0, ALL))).not.toContain('signature')
  })

  test('numbers behind the run are answered, what is not there is not', async () => {
    expect(await text(mainnet.block(5))).toBe(file('mainnet/block/5.json'))
    expect(await text(mainnet.block(3))).toBe(file('mainnet/block/3.json'))
    expect(await mainnet.stateUpdate(3)).toBeUndefined()
    expect(await mainnet.stateUpdate(3, BOTH)).toBeUndefined()
    expect(await mainnet.stateUpdate(21, BOTH)).toBeUndefined()
    expect(await mainnet.block(4)).toBeUndefined()
    expect(await mainnet.block('pending')).toBeUndefined()
    expect(await mainnet.signature(0)).toBeUndefined()
  })

  test('pending', async () => {
    expect(await text(sepolia.block('pending'))).toBe('{"status": "PENDING"}')
    expect(await text(sepolia.stateUpdate('pending', ALL))).toBe(
      '{"block": {"status": "PENDING"}, "state_update": {"old_root": "0x1"}}',
    )
  })

  test('hashes, in their shortest form, and numbers lead to each other, broken files aside', async () => {
    for (const number of [0, 1, 2, 3, 5, 7, 21]) {
      const hash = number === 0 ? '0xa' : `0x${number}a`
      expect(await mainnet.blockNumber(hash), `block ${number}`).toBe(number)
      expect(await mainnet.blockHash(number), `block ${number}`).toBe(hash)
    }
    expect(await mainnet.blockNumber('0x4a')).toBeUndefined()
    expect(await mainnet.blockHash(4)).toBeUndefined()
  })

  test('a file that cannot be read is not the same as none', async () => {
    await expect(mainnet.block(8)).rejects.toMatchObject({ code: 'EISDIR' })
  })

  test('classes come from any network', async () => {
    expect(await text(mainnet.classByHash(SHARED_CLASS))).toBe(file(`sepolia/class/${SHARED_CLASS}.json`))
    expect(await text(mainnet.compiledClassByHash(SHARED_CLASS))).toBe('{"bytecode": []}')
    expect(await mainnet.classByHash('0x1')).toBeUndefined()
  })

  test('the public key is its own recording, else from the list', async () => {
    expect(await text(sepolia.publicKey())).toBe('"0x5e9"\n')
    expect(await text(mainnet.publicKey())).toBe('"0x3a1"')
    expect(await (await open('goerli')).publicKey()).toBeUndefined()
  })

  test('pre-confirmed: the poll that was recorded, else the whole block', async () => {
    const poll = (block: number | 'latest', blockIdentifier?: string, knownTransactionCount?: number) =>
      text(mainnet.preConfirmedBlock({ block, blockIdentifier, knownTransactionCount }))
    expect(await poll(9)).toBe('{"status": "PRE_CONFIRMED"}')
    expect(await poll(9, '', 0)).toBe('{"status": "PRE_CONFIRMED"}')
    expect(await poll('latest', '0x1c', 4)).toBe('{"changed": false}')
    expect(await poll('latest', '0x1d', 4)).toBe('{"changed": true}')
    expect(await poll(10)).toBeUndefined()
  })

  test.each([
    ['a network nobody knows', 'nowhere', undefined, 'UNKNOWN_NETWORK'],
    ['a folder that is no network', 'synthetic', undefined, 'UNKNOWN_NETWORK'],
    ['a known network without recordings', 'integration', undefined, 'BAD_FILE'],
    ['a way out of the root', '../mainnet', undefined, 'UNKNOWN_NETWORK'],
    ['a way out and in again', 'sepolia/../mainnet', undefined, 'UNKNOWN_NETWORK'],
    ['the root itself', '.', undefined, 'UNKNOWN_NETWORK'],
    ['a head that is not recorded', 'mainnet', 4, 'BAD_FLAG'],
    ['a head without a block', 'mainnet', 21, 'BAD_FLAG'],
  ])('%s is refused in one line', async (_, network, head, code) => {
    const error: unknown = await open(network, head).catch((thrown: unknown) => thrown)
    expect(error).toEqual(inputError(code))
    expect(String(error)).not.toContain('\n')
  })

  test('an unknown network, with those that are known', async () => {
    await expect(open('nowhere')).rejects.toMatchObject({
      message: 'unknown network "nowhere"',
      hint: expect.stringMatching(/^Known: mainnet, sepolia, .*, and what has a folder nowhere\/block /),
    })
  })

  test('a root that is missing, or a file, is refused', async () => {
    const missing = openRecordedAnswers({ fixturesDir: join(mini.dir, 'missing'), network: 'mainnet' })
    await expect(missing).rejects.toEqual(inputError('BAD_FILE'))
    const aFile = openRecordedAnswers({ fixturesDir: join(mini.dir, 'secret.json'), network: 'mainnet' })
    await expect(aFile).rejects.toEqual(inputError('BAD_FILE'))
  })

  test('a folder that cannot be read is refused', async () => {
    const loop = join(mini.dir, 'goerli2')
    await mkdir(loop)
    await symlink('block', join(loop, 'block'))
    await expect(open('goerli2')).rejects.toMatchObject({ code: 'BAD_FILE', cause: { code: 'ELOOP' } })
  })
})

const FIXTURES = join(process.env['DEOXYS_SHARED'] ?? join(import.meta.dirname, '../../../../shared'), 'fixtures')

describe.skipIf(!existsSync(FIXTURES))(
  'recorded answers of the real gateway (skipped where the fixtures are absent)',
  () => {
    const recorded = (network: string) => openRecordedAnswers({ fixturesDir: FIXTURES, network })
    const onDisk = (path: string) => readFileSync(join(FIXTURES, path), 'utf8')

    test.each([
      ['mainnet', 9],
      ['sepolia', 7],
      ['goerli2', 6],
      ['integration', 1],
      ['goerli', 0],
      ['sepolia-integration', 0],
    ])('%s runs to block %i, each block linked to the one before', async (network, end) => {
      const answers = await recorded(network)
      expect(answers.latest()).toBe(end)
      let parent: string | undefined = '0x0'
      for (let number = 0; number <= end; number++) {
        const { block, state_update, signature } = JSON.parse((await text(answers.stateUpdate(number, ALL)))!)
        expect(block).toEqual(JSON.parse((await text(answers.block(number)))!))
        expect(state_update).toEqual(JSON.parse((await text(answers.stateUpdate(number)))!))
        expect(signature).toEqual(JSON.parse((await text(answers.signature(number))) ?? 'null') ?? undefined)
        expect(block.parent_block_hash).toBe(parent)
        parent = await answers.blockHash(number)
        expect(state_update.block_hash).toBe(parent)
        expect(await answers.blockNumber(parent!)).toBe(number)
      }
    })

    test('what is there apart goes out as it is, what is not is cut out of the recording of both', async () => {
      const answers = await recorded('mainnet')
      expect(await text(answers.block(0))).toBe(onDisk('mainnet/block/0.json'))
      expect(await text(answers.stateUpdate(2240))).toBe(onDisk('mainnet/state_update/2240.json'))
      const both = onDisk('mainnet/state_update_with_block/350000.json')
      const block = await answers.block(350000)
      expect(both).toContain(Buffer.from(block!).toString())
      expect(JSON.parse(both).block).toEqual(JSON.parse(Buffer.from(block!).toString()))
    })

    test('every class and compiled class serves every network', async () => {
      for (const network of ['mainnet', 'goerli2', 'sepolia-integration']) {
        const answers = await recorded(network)
        for (const owner of ['mainnet', 'sepolia', 'integration', 'goerli', 'goerli2']) {
          for (const name of readdirSync(join(FIXTURES, owner, 'class')).slice(0, 3)) {
            const bytes = await answers.classByHash(name.replace('.json', ''))
            expect(sliceMember(bytes!, 'entry_points_by_type'), `${owner}/${name}`).toBeDefined()
          }
        }
      }
      const mainnet = await recorded('mainnet')
      const hash = '0x3cc90db763e736ca9b6c581ea4008408842b1a125947ab087438676a7e40b7b'
      expect(await text(mainnet.compiledClassByHash(hash))).toBe(onDisk(`sepolia/compiled_class/${hash}.json`))
    })

    test('public keys', async () => {
      expect(await text((await recorded('integration')).publicKey())).toBe(onDisk('integration/public_key.json'))
      const key = '"0x48253ff2c3bed7af18bde0b611b083b39445959102d4947c51c4db6aa4f4e58"'
      expect(await text((await recorded('mainnet')).publicKey())).toBe(key)
    })

    test('deltas of a pre-confirmed block', async () => {
      const answers = await recorded('sepolia')
      const poll = async (blockIdentifier: string, knownTransactionCount: number) =>
        JSON.parse(
          (await text(answers.preConfirmedBlock({ block: 'latest', blockIdentifier, knownTransactionCount })))!,
        )
      expect(await poll('', 0)).toMatchObject({ status: 'PRE_CONFIRMED', block_identifier: '0x1cbe25d9' })
      expect((await poll('0x1cbe25d9', 3)).transactions).toHaveLength(1)
      expect(await poll('0x1cbe25d9', 4)).toEqual({ changed: false })
    })
  },
)
