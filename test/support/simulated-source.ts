import { type BlockSource, felt, GatewayError, hexFromFelt, parseFelt } from '@deoxys/core'
import type { SimulatedChain } from '@deoxys/sequencer'
import type { EventClock } from './event-clock.ts'

export interface SimulatedSourceOptions {
  readonly clock: EventClock
  /** Of every answer. */
  readonly latencyMs: number
  /** Of the block under construction: `classic` before 0.14.3. */
  readonly preConfirmed?: 'delta' | 'classic'
}

/** A simulated chain as a source without HTTP. */
export function createSimulatedSource({ answers }: SimulatedChain, options: SimulatedSourceOptions): BlockSource {
  const { clock, latencyMs, preConfirmed = 'delta' } = options
  const get = async <T>(answer: () => Promise<T | undefined>, signal: AbortSignal): Promise<T> => {
    const found = await clock.during(answer)
    await clock.sleep(latencyMs, signal)
    if (found !== undefined) return found
    throw new GatewayError('not found', { code: 'BLOCK_NOT_FOUND', urlPath: '', retryable: false })
  }
  const bytes = async (answer: () => Promise<Uint8Array | undefined>, signal: AbortSignal) =>
    Uint8Array.from(await get(answer, signal))
  const header = (number: number, signal: AbortSignal) =>
    get(async () => {
      const hash = await answers.blockHash(number)
      return hash === undefined ? undefined : { number, hash: felt(hash) }
    }, signal)
  const stateUpdate = (number: number, includeBlock: boolean, signal: AbortSignal) =>
    bytes(() => answers.stateUpdate(number, { includeBlock, includeSignature: false }), signal)
  return {
    name: 'simulated',
    fetchStateUpdateWithBlock: (number, signal) => stateUpdate(number, true, signal),
    fetchStateUpdate: (number, signal) => stateUpdate(number, false, signal),
    fetchBlock: (number, signal) => bytes(() => answers.block(number), signal),
    fetchSignature: (number, signal) => bytes(() => answers.signature(number), signal),
    fetchClass: (hash, signal) => bytes(() => answers.classByHash(hexFromFelt(hash)), signal),
    fetchCompiledClass: (hash, signal) => bytes(() => answers.compiledClassByHash(hexFromFelt(hash)), signal),
    fetchPublicKey: async (signal) => parseFelt(JSON.parse(String(await get(() => answers.publicKey(), signal))))!,
    fetchContractAddresses: () => Promise.reject(new Error('nobody asks for them')),
    fetchHeader: header,
    fetchLatestHeader: (signal) => header(answers.latest() ?? 0, signal),
    fetchPreConfirmedBlock: ({ block, identifier = '', knownCount }, signal) => {
      const known = preConfirmed === 'delta' ? identifier : undefined
      const query = { block, blockIdentifier: known, knownTransactionCount: knownCount }
      return bytes(() => answers.preConfirmedBlock(query), signal)
    },
  }
}
