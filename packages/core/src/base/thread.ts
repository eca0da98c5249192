import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { CodedError } from './errors.ts'

/** A thread ended by itself: a bug, or the memory ran out. What it was working on is lost; its owner goes down with it. */
export class ThreadError extends CodedError<{ readonly code: 'THREAD_ENDED'; readonly thread: string }> {}

/** An error as it crosses a thread: errors keep neither class nor data on the way. */
export interface PackedError {
  /** Of the class. */
  readonly name: string
  readonly message: string
  readonly data: unknown
  readonly hint: string | undefined
}

/** What a thread answers calls with; arguments and results are structured-cloneable. */
export type ThreadHandlers = Readonly<Record<string, (argument: never) => unknown>>

interface Call {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

type Message =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: PackedError }
  | { readonly event: unknown }

export interface ThreadOptions {
  /** For errors, and for who looks at the process from outside. */
  readonly name: string
  /** The module that calls `serveThread`, beside the caller's own: see `threadModule`. */
  readonly module: URL
  /** Makes an error of the thread whole again; what it does not know stays a plain Error: a bug. */
  readonly unpack: (packed: PackedError) => Error | undefined
  /** Takes what the thread tells unasked. */
  readonly onEvent?: (event: unknown) => void
}

/** The module `name` beside the caller's: `.ts` in the sources, `.js` in the published package. */
export function threadModule(caller: ImportMeta, name: string): URL {
  return new URL(`./${name}${caller.filename.endsWith('.ts') ? '.ts' : '.js'}`, caller.url)
}

/** A worker thread seen from its owner: calls by name, answered in any order. */
export class Thread {
  readonly #worker: Worker
  readonly #name: string
  readonly #unpack: ThreadOptions['unpack']
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #nextId = 0
  #ended: Error | undefined

  constructor({ name, module, unpack, onEvent }: ThreadOptions) {
    this.#name = name
    this.#unpack = unpack
    this.#worker = new Worker(module, { name })
    this.#worker.on('message', (message: Message) => {
      if ('event' in message) onEvent?.(message.event)
      else this.#settle(message)
    })
    this.#worker.on('error', (error) => this.#end(error))
    this.#worker.on('exit', () => this.#end(undefined))
  }

  /** Calls that are not answered yet. */
  get waitingCount(): number {
    return this.#waiting.size
  }

  get isAlive(): boolean {
    return this.#ended === undefined
  }

  /** @throws what the handler threw, unpacked @throws ThreadError */
  call<Result>(name: string, argument: unknown): Promise<Result> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const id = this.#nextId++
    const answer = Promise.withResolvers<unknown>()
    this.#waiting.set(id, answer)
    this.#worker.postMessage({ id, name, argument } satisfies Call)
    return answer.promise as Promise<Result>
  }

  /** Ends the thread at once; calls under way reject. */
  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #settle(message: { readonly id: number } & ({ readonly result: unknown } | { readonly error: PackedError })): void {
    const answer = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if ('result' in message) answer?.resolve(message.result)
    else answer?.reject(this.#unpack(message.error) ?? new Error(`${message.error.name}: ${message.error.message}`))
  }

  #end(cause: unknown): void {
    const reason = cause instanceof Error ? `: ${cause.message}` : ''
    const data = { code: 'THREAD_ENDED', thread: this.#name } as const
    this.#ended ??= new ThreadError(`the thread ${this.#name} ended${reason}`, data, { cause })
    for (const answer of this.#waiting.values()) answer.reject(this.#ended)
    this.#waiting.clear()
  }
}

/** The other side: answers the owner's calls, one at a time where the handler is synchronous. */
export function serveThread(handlers: ThreadHandlers): void {
  if (isMainThread || parentPort === null) throw new Error('this module is for a thread of its own')
  const port = parentPort
  port.on('message', async ({ id, name, argument }: Call) => {
    try {
      const result = await handlers[name]!(argument as never)
      port.postMessage({ id, result } satisfies Message, ownedBuffers(result))
    } catch (error) {
      port.postMessage({ id, error: packError(error) } satisfies Message)
    }
  })
}

/** Tells the owner something it did not ask for. */
export function tellOwner(event: unknown): void {
  parentPort?.postMessage({ event } satisfies Message)
}

function packError(error: unknown): PackedError {
  if (error instanceof CodedError) {
    return { name: error.name, message: error.message, data: error.data, hint: error.hint }
  }
  const { name, message, stack } = error instanceof Error ? error : { name: 'Error', message: String(error), stack: '' }
  return { name, message: stack ?? message, data: undefined, hint: undefined }
}

/** Buffers of byte arrays, one level deep, that hold nothing else: they move instead of being copied. */
function ownedBuffers(value: unknown): ArrayBuffer[] {
  if (typeof value !== 'object' || value === null) return []
  const buffers = Object.values(value)
    .filter((field) => field instanceof Uint8Array && field.length === field.buffer.byteLength)
    .map((field: Uint8Array) => field.buffer)
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer)
}
