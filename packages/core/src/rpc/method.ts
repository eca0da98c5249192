import type { StoreView } from '../store/store-view.ts'
import type { RpcBackend } from './backend.ts'
import type { ParamTable, ValuesOf } from './params.ts'

/** What one request is answered from. */
export interface RpcContext {
  /** The store as of the request, for all of it. */
  readonly view: StoreView
  readonly backend: RpcBackend
}

/**
 * One method: the parameters in the order of their positions, and what is made of them. A plain value, so that an older
 * version of the specification can be the same method with other parameters or a converted result.
 */
export interface Method<Params extends ParamTable = ParamTable, Result = unknown> {
  readonly params: Params
  /** The result is what `JSON.stringify` can print; `bigint` prints as an integer. @throws RpcError */
  handle(context: RpcContext, params: ValuesOf<Params>): Result | Promise<Result>
}

/** Full name → method: one version of the specification. */
export type RouteTable = Readonly<Record<string, Method>>

/** Infers the types of a method. */
export function defineMethod<Params extends ParamTable, Result>(
  method: Method<Params, Result>,
): Method<Params, Result> {
  return method
}
