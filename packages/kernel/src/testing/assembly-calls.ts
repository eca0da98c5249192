import { readFileSync } from 'node:fs'
import { functionBody } from '../../codegen/intervals.ts'

export interface Call {
  readonly callee: string
  /** Where the result goes: the first argument. */
  readonly out: string
  readonly inputs: readonly string[]
}

/** The calls of a hand-written function of assembly/<file>.ts in their order, those within branches left out. */
export function callsOf(file: string, name: string): readonly Call[] {
  const source = readFileSync(new URL(`../../assembly/${file}.ts`, import.meta.url), 'utf8')
  const calls = functionBody(source, name).body.matchAll(/^ {2}(\w+)\(([^()]*)\)(?: \/\/.*)?$/gm)
  return Array.from(calls, ([, callee, list]) => {
    const [out, ...inputs] = list!.split(', ')
    return { callee: callee!, out: out!, inputs }
  })
}
