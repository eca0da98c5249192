import { expect } from 'vitest'
import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json.ts'
import type { RpcBackend } from '../backend.ts'
import { Rpc } from '../dispatcher.ts'
import { V0_10 } from '../versions.ts'
import { createSampleBackend } from './sample-node.ts'
import { SPEC_DIR, Spec } from './spec.ts'

export type MethodName = keyof typeof V0_10

const spec = SPEC_DIR === null ? undefined : new Spec('v0_10')

/**
 * Asks for `method` by text, with the parameters by name and by position, which must give one answer; a result must fit
 * the specification, an error must be one it allows. Returns the result, or `{ error }`.
 */
export type Ask = (method: MethodName, params?: JsonObject) => Promise<unknown>

export function createAsk(parts: Partial<RpcBackend> = {}): Ask {
  const rpc = new Rpc({ routes: V0_10, backend: createSampleBackend(parts) })
  return async (method, params = {}) => {
    const names = Object.keys(V0_10[method].params)
    const positions = names.map((name) => params[name] ?? null)
    while (positions.length > 0 && positions.at(-1) === null) positions.pop()
    const answer = await send(rpc, { method, params })
    if (Object.keys(params).every((name) => names.includes(name))) {
      expect(await send(rpc, { method, params: positions })).toEqual(answer)
    }
    const { result, error } = answer
    if (error === undefined) expect(spec?.checkResult(method, result) ?? '').toBe('')
    else expectAllowed(method, error)
    return error === undefined ? result : { error }
  }
}

async function send(rpc: Rpc<typeof V0_10>, request: JsonObject): Promise<JsonObject> {
  const text = await rpc.handle(JSON.stringify({ jsonrpc: '2.0', id: 1, ...request }))
  const { id, jsonrpc, ...rest }: JsonObject = JSON.parse(text!)
  expect({ id, jsonrpc }).toEqual({ id: 1, jsonrpc: '2.0' })
  return rest
}

function expectAllowed(method: MethodName, error: JsonValue): void {
  const code = isJsonObject(error) ? error['code'] : undefined
  if (spec === undefined || (typeof code === 'number' && code < 0)) return
  expect(spec.errorCodes(method)).toContain(code)
}
