import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Recorded answers of real gateways, kept outside the project; null where they are not at hand. */
export const RECORDINGS_DIR: string | null = (() => {
  const shared = process.env['DEOXYS_SHARED'] ?? fileURLToPath(new URL('../../../../../../shared', import.meta.url))
  const dir = `${shared}/fixtures`
  return existsSync(dir) ? dir : null
})()

/** For the name of a suite that is skipped without them. */
export const NEEDS_RECORDINGS = RECORDINGS_DIR === null ? ' (skipped: no recorded answers, see CONTRIBUTING.md)' : ''

export const RECORDED_NETWORKS = ['mainnet', 'sepolia', 'sepolia-integration', 'integration', 'goerli', 'goerli2']

export function readRecording(path: string): Uint8Array | undefined {
  const file = `${RECORDINGS_DIR}/${path}`
  return existsSync(file) ? readFileSync(file) : undefined
}

export function listRecordings(folder: string): string[] {
  const dir = `${RECORDINGS_DIR}/${folder}`
  return existsSync(dir) ? readdirSync(dir).sort() : []
}

export interface RecordedBlock {
  readonly network: string
  readonly number: number
  /** A block, or a block with its state update. */
  readonly answer: Uint8Array
  readonly stateUpdate: Uint8Array | undefined
  readonly signature: Uint8Array | undefined
}

/** Every block there is, each once. */
export function recordedBlocks(): RecordedBlock[] {
  return RECORDED_NETWORKS.flatMap((network) => {
    const files = new Set(['block', 'state_update_with_block'].flatMap((part) => listRecordings(`${network}/${part}`)))
    return [...files].map((file) => {
      const read = (part: string) => readRecording(`${network}/${part}/${file}`)
      const block = read('block')
      return {
        network,
        number: Number.parseInt(file, 10),
        answer: block ?? read('state_update_with_block')!,
        stateUpdate: read('state_update') ?? (block === undefined ? undefined : read('state_update_with_block')),
        signature: read('signature'),
      }
    })
  })
}
