import binaryen from 'assemblyscript/binaryen'
import { TABLE_PAGES_MAX } from '../src/tables.ts'

/**
 * Gives a module of assembly/shared-tables.ts its second memory. Functions imported from `tables` are instructions by
 * name: each call becomes that instruction on the memory `tables`. Both take their operands from the stack, so nothing
 * else changes.
 */
export function shareTables(text: string): Uint8Array {
  let shared = text
  for (const [statement, instruction, name] of text.matchAll(TABLE_IMPORT)) {
    const [operator, ...immediates] = instruction!.split(' ')
    shared = shared
      .replace(statement, '')
      .replaceAll(`call ${name}\n`, `${[operator, '$tables', ...immediates].join(' ')}\n`)
  }
  shared = shared.replace(OWN_MEMORY, (own) => `${own}\n ${TABLE_MEMORY}`)
  const module = binaryen.parseText(shared)
  try {
    module.setFeatures(binaryen.Features.All)
    if (!module.validate()) throw new Error('the module with shared tables is not valid')
    return module.emitBinary()
  } finally {
    module.dispose()
  }
}

/** `(import "tables" "i64.load" (func $name (param i32) (result i64)))` */
const TABLE_IMPORT = /^ \(import "tables" "([^"]+)" \(func (\S+).*\)\)$/gm

/** The first memory, the fast one of engines, is the module's own; JavaScript makes both. */
const OWN_MEMORY = /^ \(import "env" "memory" .*\)$/m
const TABLE_MEMORY = `(import "tables" "memory" (memory $tables 0 ${TABLE_PAGES_MAX} shared))`
