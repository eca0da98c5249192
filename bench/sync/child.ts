import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** A process of the bench: what it is to do is its only argument, what it has to say are messages. */
export class Child<Message extends { readonly kind: string }> {
  readonly #process: ChildProcess
  readonly #name: string
  readonly #messages: Message[] = []
  #wake = () => {}

  /** @param module beside this one */
  constructor(module: string, task: unknown) {
    this.#name = module
    const path = new URL(`./${module}.ts`, import.meta.url)
    this.#process = fork(path, [JSON.stringify(task)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#process.on('message', (message) => {
      this.#messages.push(message as Message)
      this.#wake()
    })
    this.#process.on('exit', () => this.#wake())
  }

  /** The next message of that kind; those before it are dropped. @throws Error when the process ends without one */
  async next<Kind extends Message['kind']>(kind: Kind): Promise<Extract<Message, { readonly kind: Kind }>> {
    for (;;) {
      for (let message = this.#messages.shift(); message !== undefined; message = this.#messages.shift()) {
        if (message.kind === kind) return message as Extract<Message, { readonly kind: Kind }>
      }
      const { exitCode, signalCode } = this.#process
      if (exitCode !== null || signalCode !== null)
        throw new Error(`${this.#name} ended with ${exitCode ?? signalCode}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  ask(question: string): void {
    this.#process.send(question)
  }

  /** Resolves once it has ended by itself. */
  async ended(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, 'exit')
  }

  async stop(): Promise<void> {
    this.#process.kill()
    await this.ended()
  }
}

/** In the child: its task. */
export function taskOf<Task>(): Task {
  return JSON.parse(process.argv[2]!)
}

/** In the child. */
export function tell<Message extends { readonly kind: string }>(message: Message): void {
  process.send?.(message)
}
