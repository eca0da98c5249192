import { type FeederAnswers, FeederServer, openStoredChain } from '@deoxys/sequencer'
import { taskOf, tell } from './child.ts'

/** A stored chain as a feeder gateway, in a process of its own. Asked anything, it tells the CPU time it took so far. */
export interface GatewayTask {
  readonly dir: string
  /**
   * Blocks that it claims to have behind the last: they never come. A node seals one by one near the tip it is told of;
   * with them, all that there is lies far from it.
   */
  readonly claimed: number
}

export type GatewayMessage =
  | { readonly kind: 'open'; readonly url: string }
  | { readonly kind: 'cpu'; readonly seconds: number }

const { dir, claimed } = taskOf<GatewayTask>()
const chain = await openStoredChain(dir)
const last = chain.blockCount - 1
const { url } = await FeederServer.start({ port: 0, answers: claimMore(chain.answers) })
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  tell({ kind: 'cpu', seconds: (user + system) / 1e6 } satisfies GatewayMessage)
})
process.on('disconnect', () => process.exit())
tell({ kind: 'open', url } satisfies GatewayMessage)

function claimMore(answers: FeederAnswers): FeederAnswers {
  const never = new Promise<undefined>(() => {})
  const own: Partial<FeederAnswers> = {
    latest: () => last + claimed,
    blockHash: (number) => answers.blockHash(Math.min(number, last)),
    zippedStateUpdate: async (number) => (number > last ? never : answers.zippedStateUpdate?.(number)),
    signature: (number) => (number > last ? never : answers.signature(number)),
  }
  return new Proxy(answers, {
    get(target, name) {
      const value: unknown = Reflect.get(own, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
