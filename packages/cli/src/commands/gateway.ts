import { FeederServer, openRecordedAnswers } from '@deoxys/sequencer'
import { EXIT_OK } from '../exit-codes.ts'
import type { Output } from '../output.ts'

export interface GatewayOptions {
  readonly fixtures: string
  readonly network: string
  readonly port: number
  readonly head?: number
}

/** `deoxys gateway`: serves recorded answers until `signal` says stop. */
export async function gateway(options: GatewayOptions, output: Output, signal: AbortSignal): Promise<number> {
  const { fixtures: fixturesDir, network, head, port } = options
  const answers = await openRecordedAnswers({ fixturesDir, network, ...(head === undefined ? {} : { head }) })
  const server = await FeederServer.start({ port, answers })
  output.result({ ok: true, url: server.url }, server.url)
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await server.close()
  return EXIT_OK
}
