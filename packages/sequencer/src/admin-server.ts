import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { CodedError } from '@deoxys/core'
import { decodeFaultPlan } from './faults/fault-plan.ts'
import type { Faults } from './faults/faults.ts'
import { readFields } from './faults/read-fields.ts'
import { closeServer, LOOPBACK, listen } from './listen.ts'
import type { SimulatedChain } from './simulated/create-simulated-chain.ts'

/** The largest body that is read: room for any fault plan. */
const BODY_BYTES_MAX = 2 ** 20

/** Blocks that one command may add. */
const BLOCKS_MAX = 10_000

export interface AdminServerOptions {
  /** 0 takes any free one. */
  readonly port: number
  readonly chain: SimulatedChain
  readonly faults: Faults
}

/** What a command did, or why not. */
interface Result {
  readonly status: number
  readonly json: object
}

type Command = (body: unknown, options: AdminServerOptions) => object

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  [
    'POST /admin/faults',
    (body, { faults }) => {
      faults.use(decodeFaultPlan(body))
      return { faults: faults.counts.length }
    },
  ],
  [
    'POST /admin/reorg',
    (body, { chain }) => {
      const fields = readFields(body, 'the command')
      const depth = fields.integer('depth', 1, Number.MAX_SAFE_INTEGER)
      fields.end()
      return { latest: chain.reorg(depth) }
    },
  ],
  [
    'POST /admin/blocks',
    (body, { chain }) => {
      const fields = readFields(body, 'the command')
      const count = fields.integer('count', 1, BLOCKS_MAX)
      fields.end()
      return { latest: chain.grow(count) }
    },
  ],
  ['GET /admin', (_, { chain, faults }) => ({ latest: chain.blockCount - 1, struck: faults.counts })],
])

/**
 * The hand on a running chain, on the loopback:
 *
 *     GET  /admin                            {"latest", "struck": how often each fault of the plan has struck}
 *     POST /admin/faults   a fault plan      replaces the one in force; {"faults": []} ends all misbehaviour
 *     POST /admin/reorg    {"depth": 3}      the last blocks go
 *     POST /admin/blocks   {"count": 3}      more blocks come
 *
 * Answers `{"ok": true, …}`, or `{"ok": false, "error": {"code", "message"}}` with status 400. What comes from a web page
 * is refused.
 */
export class AdminServer {
  /** With `/admin`. */
  readonly url: string
  readonly #server: Server

  private constructor(server: Server, origin: string) {
    this.#server = server
    this.url = `${origin}/admin`
  }

  /** Resolves once it listens. @throws InputError PORT_IN_USE, BAD_FLAG */
  static async start(options: AdminServerOptions): Promise<AdminServer> {
    const server = createServer((request, response) => void respond(request, response, options))
    return new AdminServer(server, await listen(server, LOOPBACK, options.port))
  }

  /** Resolves once the port is free. */
  close(): Promise<void> {
    return closeServer(this.#server)
  }
}

/** Never rejects. */
async function respond(request: IncomingMessage, response: ServerResponse, options: AdminServerOptions): Promise<void> {
  response.on('error', () => {}) // Who asked is gone.
  const { status, json } = await execute(request, options).catch(refusal)
  const body = Buffer.from(`${JSON.stringify(json)}\n`)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
}

async function execute(request: IncomingMessage, options: AdminServerOptions): Promise<Result> {
  if (request.headers.origin !== undefined) return no(403, 'FORBIDDEN', 'not for web pages')
  const path = (request.url ?? '').replace(/\/+$/, '')
  const command = COMMANDS.get(`${request.method} ${path}`)
  if (command === undefined) return no(404, 'NOT_FOUND', `there is no ${request.method} ${path}`)
  const body = request.method === 'GET' ? undefined : await readJson(request)
  return { status: 200, json: { ok: true, ...command(body, options) } }
}

/** @throws RangeError, SyntaxError */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > BODY_BYTES_MAX) throw new RangeError(`the body has more than ${BODY_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString())
}

/** Of a command that cannot be: everything it may throw says why. */
function refusal(error: unknown): Result {
  const message = error instanceof Error ? error.message : String(error)
  return no(400, error instanceof CodedError ? error.code : 'BAD_COMMAND', message)
}

function no(status: number, code: string, message: string): Result {
  return { status, json: { ok: false, error: { code, message } } }
}
