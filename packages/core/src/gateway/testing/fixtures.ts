import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const ROOT = join(process.env['DEOXYS_SHARED'] ?? join(import.meta.dirname, '../../../../../../shared'), 'fixtures')

export const hasFixtures = existsSync(ROOT)

/** Ends the name of a suite that needs the recordings. */
export const NEEDS_FIXTURES = hasFixtures ? '' : ' (skipped: no fixtures in $DEOXYS_SHARED)'

const NETWORKS = ['mainnet', 'sepolia', 'sepolia-integration', 'goerli', 'goerli2', 'integration']

export interface Fixture {
  /** As `mainnet/block/0`. */
  readonly name: string
  readonly read: () => Buffer
}

/** Every recording of a kind: `block`, `state_update`, `signature`, …; none when there are no fixtures. */
export function listFixtures(kind: string): Fixture[] {
  return NETWORKS.flatMap((network) => {
    const folder = join(ROOT, network, kind)
    if (!existsSync(folder)) return []
    return readdirSync(folder).map((file) => ({
      name: `${network}/${kind}/${basename(file, '.json')}`,
      read: () => readFileSync(join(folder, file)),
    }))
  })
}

/** One file, by its path below the fixtures. */
export function readFixture(path: string): Buffer {
  return readFileSync(join(ROOT, path))
}
