import { CodedError } from '../base/errors.ts'
import { type Felt, hexFromFelt } from '../base/felt.ts'
import { RpcError } from './errors.ts'
import { defineMethod, type RouteTable } from './method.ts'
import { felt, optional } from './params.ts'

/** The commands of manual sealing, as the admin listener hands them on. */
export interface AdminCommands {
  /** Undefined when no verified block waits. */
  sealNewBlock(parent: Felt | undefined): Promise<{ readonly number: number; readonly hash: Felt } | undefined>
  finalizeBlock(hash: Felt): Promise<void>
}

/** `engine_createBlock` and `engine_finalizeBlock`, for a listener of their own. */
export function adminMethods(commands: AdminCommands): RouteTable {
  return {
    /** Seals the block that waits; refused unless the head is `parent_hash`, where that is given. */
    engine_createBlock: defineMethod({
      params: { parent_hash: optional(felt) },
      async handle(_context, { parent_hash: parent }) {
        const sealed = await commands.sealNewBlock(parent).catch(refuse)
        if (sealed === undefined) throw new RpcError('UNEXPECTED_ERROR', 'no verified block waits to be sealed')
        return { block_number: sealed.number, block_hash: hexFromFelt(sealed.hash) }
      },
    }),
    /** True once the block survives a power cut. */
    engine_finalizeBlock: defineMethod({
      params: { block_hash: felt },
      async handle(_context, { block_hash: hash }) {
        await commands.finalizeBlock(hash).catch(refuse)
        return true
      },
    }),
  }
}

/** What sealing refuses is told; what is broken is not. */
function refuse(error: unknown): never {
  if (error instanceof CodedError) throw new RpcError('UNEXPECTED_ERROR', error.message)
  throw error
}
