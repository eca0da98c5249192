import { newFull } from '@deoxys/core'
import {
  createSimulatedChain,
  FeederServer,
  refuseWith,
  replaceWith,
  setJson,
  type Tamper,
  tamper,
  truncate,
} from '@deoxys/sequencer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { instantClock } from '../support/instant-clock.ts'

const BLOCK = 3
const UNTIL = 5

/** Sets a field of the block, in both answers that hold it. */
function setInBlock(field: string, value: unknown): Tamper {
  return (answer, request) => {
    const path = request.endpoint === 'block' ? [field] : ['block', field]
    return setJson(path as [string], value)(answer, request)
  }
}

/** What a gateway may send in place of an answer, and what the node's one line about it says. */
const BAD: readonly (readonly [name: string, message: RegExp, hook: Tamper])[] = [
  ['cut off', /is not JSON, or is cut off/, truncate(-100)],
  ['an empty body', /is empty/, replaceWith('')],
  ['HTML', /is HTML, not JSON/, replaceWith('<!doctype html><title>Bad gateway</title>')],
  ['another type', /block\.transactions is not a list/, setInBlock('transactions', 'none')],
  ['a missing field', /block\.timestamp is missing/, setInBlock('timestamp', undefined)],
  [
    'a felt out of range',
    /block\.parent_block_hash is not a felt/,
    setInBlock('parent_block_hash', `0x${'f'.repeat(64)}`),
  ],
  ['a list', /the answer is not an object/, replaceWith('[1, 2]')],
  ['300 MB', /larger than|more than|too large/i, () => Buffer.alloc(300 * 2 ** 20, ' ')],
  [
    'an error of the gateway',
    /UNDECLARED|refused|MALFORMED/i,
    refuseWith(400, { code: 'StarkErrorCode.MALFORMED_REQUEST' }),
  ],
  ['status 503', /503/, refuseWith(503)],
  ['an unknown version', /0\.15\.0.*does not know/, setInBlock('starknet_version', '0.15.0')],
]

describe('a gateway that sends', () => {
  let server: FeederServer
  let answers: ReturnType<typeof tamper>
  let config: Parameters<typeof newFull>[0]
  let digest: string

  beforeAll(async () => {
    const chain = await createSimulatedChain({ seed: 3, blocks: UNTIL + 1 })
    answers = tamper(chain.answers, {})
    server = await FeederServer.start({ port: 0, answers })
    config = { network: chain.network, feederUrls: [server.url], exitWhenSynced: true, clock: instantClock }
    await using node = await newFull(config)
    await node.done
    digest = node.digest()
  })

  afterAll(() => server.close())

  test.for(BAD)('%s: one clear line, nothing lost', async ([, message, hook]) => {
    const atBlock: Tamper = (answer, request) => (request.at === BLOCK ? hook(answer, request) : answer)
    answers.hooks = { stateUpdate: atBlock, block: atBlock }
    const node = await newFull(config)
    const error = await node.done.then(
      () => undefined,
      (reason: unknown) => reason as Error,
    )
    expect(error?.message).toMatch(message)
    expect(error?.message).not.toContain('\n')
    expect(node.head()?.number).toBe(BLOCK - 1)
    await node.close()

    answers.hooks = {}
    await using honest = await newFull(config)
    await honest.done
    expect(honest.digest()).toBe(digest)
  })
})
