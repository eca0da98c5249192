import type { BlockId, BlockOptions, FeederAnswers, PreConfirmedQuery, StateUpdateOptions } from './feeder-answers.ts'
import { FeederError } from './feeder-error.ts'
import type { RawJson } from './raw-json.ts'

/** What was asked: the name of the method, and of its arguments those it has. */
export interface TamperRequest {
  readonly endpoint: AnswerName
  readonly at?: BlockId
  /** The class or transaction hash. */
  readonly hash?: string
  readonly includeBlock?: boolean
}

/**
 * Turns the true answer into the one that is given; `undefined` stands for nothing there. It may throw a `FeederError`
 * for another status, and take as long as it likes.
 */
export type Tamper = (
  answer: RawJson | undefined,
  request: TamperRequest,
) => RawJson | undefined | Promise<RawJson | undefined>

/** The methods of `FeederAnswers` that give a JSON text. */
export type AnswerName = Exclude<keyof FeederAnswers, 'latest' | 'blockNumber' | 'blockHash' | 'zippedStateUpdate'>

export interface TamperHooks extends Readonly<Partial<Record<AnswerName, Tamper>>> {
  /** The number that `latest` means. */
  readonly latest?: (number: number | undefined) => number | undefined
  /** The hash that `headerOnly` gives. */
  readonly blockHash?: (hash: string | undefined, number: number) => string | undefined
}

/** `answers` seen through hooks, which can be changed and switched off while a server gives them out. */
export function tamper(answers: FeederAnswers, hooks: TamperHooks): TamperedAnswers {
  return new TamperedAnswers(answers, hooks)
}

/** See `tamper`. A request sees the hooks that are on when its true answer is there. */
export class TamperedAnswers implements FeederAnswers {
  hooks: TamperHooks
  /** While false, every answer is the true one. */
  on = true
  readonly #answers: FeederAnswers

  constructor(answers: FeederAnswers, hooks: TamperHooks) {
    this.#answers = answers
    this.hooks = hooks
  }

  latest(): number | undefined {
    const number = this.#answers.latest()
    return this.on && this.hooks.latest ? this.hooks.latest(number) : number
  }

  async blockNumber(hash: string): Promise<number | undefined> {
    return this.#answers.blockNumber(hash)
  }

  async blockHash(number: number): Promise<string | undefined> {
    const hash = await this.#answers.blockHash(number)
    return this.on && this.hooks.blockHash ? this.hooks.blockHash(hash, number) : hash
  }

  async block(at: BlockId, options?: BlockOptions): Promise<RawJson | undefined> {
    return this.#through(await this.#answers.block(at, options), { endpoint: 'block', at })
  }

  async stateUpdate(at: BlockId, options: StateUpdateOptions): Promise<RawJson | undefined> {
    const { includeBlock } = options
    return this.#through(await this.#answers.stateUpdate(at, options), { endpoint: 'stateUpdate', at, includeBlock })
  }

  async signature(at: number): Promise<RawJson | undefined> {
    return this.#through(await this.#answers.signature(at), { endpoint: 'signature', at })
  }

  async blockTraces(at: BlockId): Promise<RawJson | undefined> {
    return this.#through(await this.#answers.blockTraces(at), { endpoint: 'blockTraces', at })
  }

  async preConfirmedBlock(query: PreConfirmedQuery): Promise<RawJson | undefined> {
    const at = query.block === 'latest' ? {} : { at: query.block }
    return this.#through(await this.#answers.preConfirmedBlock(query), { endpoint: 'preConfirmedBlock', ...at })
  }

  async transaction(hash: string): Promise<RawJson | undefined> {
    return this.#through(await this.#answers.transaction(hash), { endpoint: 'transaction', hash })
  }

  async classByHash(hash: string): Promise<RawJson | undefined> {
    return this.#through(await this.#answers.classByHash(hash), { endpoint: 'classByHash', hash })
  }

  async compiledClassByHash(hash: string): Promise<RawJson | undefined> {
    return this.#through(await this.#answers.compiledClassByHash(hash), { endpoint: 'compiledClassByHash', hash })
  }

  async publicKey(): Promise<RawJson | undefined> {
    return this.#through(await this.#answers.publicKey(), { endpoint: 'publicKey' })
  }

  async contractAddresses(): Promise<RawJson | undefined> {
    return this.#through(await this.#answers.contractAddresses(), { endpoint: 'contractAddresses' })
  }

  async #through(answer: RawJson | undefined, request: TamperRequest): Promise<RawJson | undefined> {
    const hook = this.on ? this.hooks[request.endpoint] : undefined
    return hook === undefined ? answer : hook(answer, request)
  }
}

/** Tampers with the answers about the given blocks alone. */
export function atBlocks(blocks: readonly BlockId[], hook: Tamper): Tamper {
  return (answer, request) => (request.at !== undefined && blocks.includes(request.at) ? hook(answer, request) : answer)
}

/**
 * Tampers with the parsed answer: what `edit` returns goes out, be it the value it was given or another. `Answer` is the
 * caller's word for what the endpoint answers. Integers past 2^53 do not survive, so classes are not for editing.
 */
export function editJson<Answer>(edit: (answer: Answer, request: TamperRequest) => unknown): Tamper {
  return (answer, request) => {
    if (answer === undefined) return undefined
    const value: Answer = JSON.parse(Buffer.from(answer).toString())
    const edited = edit(value, request)
    if (edited === undefined) throw new Error(`the edit of ${request.endpoint} returned nothing`)
    return Buffer.from(JSON.stringify(edited))
  }
}

/** Sets the value at a path such as `['block', 'transactions', 0, 'nonce']`; `undefined` takes it away. */
export function setJson(path: readonly [...(string | number)[], string | number], value: unknown): Tamper {
  return editJson<JsonContainer>((answer) => {
    let target = answer
    for (const key of path.slice(0, -1)) {
      const next = target[key]
      if (typeof next !== 'object' || next === null) throw new Error(`nothing to set at ${path.join('.')}`)
      target = next as JsonContainer
    }
    target[path.at(-1)!] = value
    return answer
  })
}

type JsonContainer = Record<string | number, unknown>

/** Gives only the first `bytes` of the answer; a negative number leaves out so many at the end. */
export function truncate(bytes: number): Tamper {
  return (answer) => answer?.subarray(0, bytes)
}

/** Gives `json`, or any other text, whatever the true answer is. */
export function replaceWith(json: string | RawJson): Tamper {
  return () => (typeof json === 'string' ? Buffer.from(json) : json)
}

/** Refuses with an HTTP status; `body` and `headers` (names in lower case) as given. */
export function refuseWith(
  status: number,
  options: { readonly code?: string; readonly body?: string; readonly headers?: Record<string, string> } = {},
): Tamper {
  const { code = String(status), body, headers = {} } = options
  return () => {
    throw new FeederError(
      status,
      code,
      `${status}: refused`,
      body === undefined ? { headers } : { headers, body: Buffer.from(body) },
    )
  }
}
