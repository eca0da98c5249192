import { setImmediate as nextTurn } from 'node:timers/promises'
import { parseExactJson } from '../base/exact-json.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts'
import { errorFields } from '../base/log.ts'
import type { StoreView } from '../store/store-view.ts'
import type { RpcBackend } from './backend.ts'
import { errorObject, RpcError } from './errors.ts'
import { printJson } from './json-text.ts'
import type { Method, RouteTable } from './method.ts'
import { decodeParams, type JsonParamsOf } from './params.ts'

/** Requests in one batch: as many as a client usefully sends at once, few enough to keep others from waiting long. */
export const BATCH_MAX = 100

/**
 * Characters of a batch's answer, reached with its last request: a hundred of the largest blocks would not fit into one
 * string. A single answer is bounded by what a block or class holds.
 */
export const BATCH_CHARS_MAX = 2 ** 26

/** Characters of a method's name that an error repeats. */
const NAME_CHARS_MAX = 80

type Id = string | number | bigint | null

interface Request {
  /** Undefined in a notification. */
  readonly id: Id | undefined
  readonly method: string
  readonly params: readonly JsonValue[] | JsonObject
}

type ParamsOf<M> = M extends Method<infer Params, unknown> ? JsonParamsOf<Params> | readonly JsonValue[] : never
type ResultOf<M> = M extends { handle(...args: never): infer Result } ? Awaited<Result> : never

/**
 * One version of the API over one node: JSON-RPC 2.0 by text, or typed in this process.
 *
 *     text → request → method → parameters → [ snapshot: handle ] → text
 *
 * Every request, also in a batch, is answered from one snapshot of the store. What a caller got wrong is an RpcError;
 * anything else that is thrown is logged and answered as INTERNAL_ERROR without details.
 */
export class Rpc<Routes extends RouteTable = RouteTable> {
  readonly #routes: ReadonlyMap<string, Method>
  readonly #backend: RpcBackend

  constructor({ routes, backend }: { readonly routes: Routes; readonly backend: RpcBackend }) {
    this.#routes = new Map(Object.entries(routes))
    this.#backend = backend
  }

  /**
   * The result of one method; parameters by name, or in a list by position.
   * @throws RpcError, whatever went wrong
   */
  async request<Name extends keyof Routes & string>(
    name: Name,
    params?: ParamsOf<Routes[Name]>,
  ): Promise<ResultOf<Routes[Name]>> {
    // What the method of this name takes and returns, the table says.
    const given = (params ?? []) as readonly JsonValue[] | JsonObject
    return (await this.#call(name, given)) as ResultOf<Routes[Name]>
  }

  /**
   * Answers a request or a batch: a text, its UTF-8 bytes, or the value that a text spells. Undefined when there is
   * nothing to answer, as all of it were notifications. Never rejects.
   */
  async handle(body: unknown): Promise<string | undefined> {
    let request: unknown
    try {
      request = parseBody(body)
    } catch (error) {
      return failure(null, new RpcError('PARSE_ERROR', (error as Error).message))
    }
    return Array.isArray(request) ? this.#answerBatch(request) : this.#answer(request)
  }

  async #answerBatch(requests: readonly unknown[]): Promise<string | undefined> {
    if (requests.length === 0) return failure(null, new RpcError('INVALID_REQUEST', 'the batch is empty'))
    if (requests.length > BATCH_MAX) {
      const detail = `the batch has ${requests.length} requests, more than ${BATCH_MAX}`
      return failure(null, new RpcError('INVALID_REQUEST', detail))
    }
    const answers: string[] = []
    let length = 0
    for (const request of requests) {
      const answer = await this.#answer(request, length >= BATCH_CHARS_MAX)
      await nextTurn() // Others have their turn between two of a batch.
      if (answer === undefined) continue
      answers.push(answer)
      length += answer.length
    }
    return answers.length === 0 ? undefined : `[${answers.join(',')}]`
  }

  /** Undefined for a notification. */
  async #answer(value: unknown, isFull = false): Promise<string | undefined> {
    let request: Request
    try {
      request = decodeRequest(value)
    } catch (error) {
      return failure(isJsonObject(value) && isId(value['id']) ? value['id'] : null, error as RpcError)
    }
    const { id, method, params } = request
    try {
      if (isFull) throw new RpcError('ANSWER_TOO_LARGE', 'the answers before it fill the batch')
      const result = await this.#call(method, params)
      return id === undefined ? undefined : `{"jsonrpc":"2.0","id":${printJson(id)},"result":${printJson(result)}}`
    } catch (error) {
      return id === undefined
        ? undefined
        : failure(id, error instanceof RpcError ? error : this.#internal(method, error))
    }
  }

  /** @throws RpcError */
  async #call(name: string, params: readonly JsonValue[] | JsonObject): Promise<unknown> {
    const method = this.#routes.get(name)
    if (method === undefined) throw new RpcError('METHOD_NOT_FOUND', name.slice(0, NAME_CHARS_MAX))
    const values = decodeParams(method.params, params)
    let view: StoreView | undefined
    try {
      view = this.#backend.store.snapshot()
      return await method.handle({ view, backend: this.#backend }, values)
    } catch (error) {
      throw error instanceof RpcError ? error : this.#internal(name, error)
    } finally {
      view?.[Symbol.dispose]()
    }
  }

  #internal(method: string, error: unknown): RpcError {
    const { stack } = error instanceof Error ? error : {}
    this.#backend.log.error({ method, ...errorFields(error), stack }, 'a request failed')
    return new RpcError('INTERNAL_ERROR')
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** @throws SyntaxError or TypeError for what is not UTF-8 or not JSON */
function parseBody(body: unknown): unknown {
  const text = body instanceof Uint8Array ? utf8.decode(body) : body
  return typeof text === 'string' ? parseExactJson(text) : text
}

/** Members that JSON-RPC does not name are ignored; `params: null` is none. @throws RpcError INVALID_REQUEST */
function decodeRequest(value: unknown): Request {
  if (!isJsonObject(value)) throw new RpcError('INVALID_REQUEST', 'it is not an object')
  const { jsonrpc, method, id } = value
  const params = value['params'] ?? []
  if (jsonrpc !== '2.0') throw new RpcError('INVALID_REQUEST', 'jsonrpc is not "2.0"')
  if (typeof method !== 'string') throw new RpcError('INVALID_REQUEST', 'method is not a string')
  if (id !== undefined && !isId(id))
    throw new RpcError('INVALID_REQUEST', 'id is neither a string nor a number nor null')
  if (!Array.isArray(params) && !isJsonObject(params)) {
    throw new RpcError('INVALID_REQUEST', 'params is neither a list nor an object')
  }
  return { id, method, params }
}

function isId(value: unknown): value is Id {
  const isNumber = typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))
  return isNumber || typeof value === 'string' || value === null
}

function failure(id: Id, error: RpcError): string {
  return `{"jsonrpc":"2.0","id":${printJson(id)},"error":${printJson(errorObject(error))}}`
}
