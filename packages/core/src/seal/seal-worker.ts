import { createKernel, type SharedTables } from '@deoxys/kernel'
import type { Felt } from '../base/felt.ts'
import { serveThread, tellOwner } from '../base/thread.ts'
import { Store } from '../store/store.ts'
import type { ChainIdentity, Head } from '../store/tables.ts'
import { ConsensusDataProvider } from './consensus-data-provider.ts'
import { SealEngine } from './engine.ts'
import type { Letter } from './letter.ts'

export interface SealWorkerOptions {
  readonly dir: string
  readonly chain: ChainIdentity
  /** Of the owner's kernel, where they are shared. */
  readonly tables: SharedTables | undefined
}

/** The thread of `SealThread`: letters come with the commands that seal them. */
interface Room {
  readonly store: Store
  readonly engine: SealEngine
  readonly letters: Letter[]
}

let room: Room | undefined

serveThread({
  async open({ dir, chain, tables }: SealWorkerOptions): Promise<void> {
    const store = Store.open({ dir, chain })
    const letters: Letter[] = []
    const provider = new ConsensusDataProvider({ take: () => letters.shift() })
    const kernel = await createKernel(tables && { tables })
    const onHead = (head: Head | undefined) => head !== undefined && tellOwner(head)
    room = { store, letters, engine: new SealEngine({ store, kernel, provider, onHead }) }
  },
  sealNewBlock: ({ letters, parent }: { readonly letters: readonly Letter[]; readonly parent: Felt | undefined }) =>
    seal(letters, ({ engine }) => engine.sealNewBlock(parent)),
  sealNewBlocks: ({ letters }: { readonly letters: readonly Letter[] }) =>
    seal(letters, async ({ engine, letters: waiting }) => {
      let head: Head | undefined
      // A range is bounded by bytes too, so a command may take several.
      do head = await engine.sealNewBlocks(letters.length)
      while (waiting.length > 0)
      return head
    }),
  finalizeBlock: (hash: Felt) => room!.engine.finalizeBlock(hash),
  rewindTo: (number: number) => room!.engine.rewindTo(number),
  putCompiledClass: ({ classHash, text }: { readonly classHash: Felt; readonly text: Uint8Array }) =>
    room!.engine.putCompiledClass(classHash, text),
  async close(): Promise<void> {
    await room?.engine.close()
    await room?.store.close()
  },
})

/** What a failure leaves of the letters goes: they do not go on the head any more. */
async function seal<T>(letters: readonly Letter[], run: (room: Room) => Promise<T>): Promise<T> {
  const { letters: waiting } = room!
  waiting.push(...letters)
  try {
    return await run(room!)
  } finally {
    waiting.length = 0
  }
}
