import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { LmdbEngine } from './lmdb-engine.ts'
import { MemoryEngine } from './memory-engine.ts'
import { CONTRACT_TABLES, describeEngine } from './testing/engine-contract.ts'

const dirs: string[] = []
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true })
})

describeEngine('memory', async () => new MemoryEngine())

describeEngine('LMDB', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'deoxys-engine-'))
  dirs.push(dir)
  return LmdbEngine.open(dir, CONTRACT_TABLES, false)!
})
