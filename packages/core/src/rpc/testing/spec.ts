import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv, type ValidateFunction } from 'ajv'
import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json.ts'

/** The published specification, kept outside the project; null where it is not at hand. */
export const SPEC_DIR: string | null = (() => {
  const shared = process.env['DEOXYS_SHARED'] ?? fileURLToPath(new URL('../../../../../../shared', import.meta.url))
  const dir = join(shared, 'rpc-specs')
  return existsSync(dir) ? dir : null
})()

/** For the name of a suite that is skipped without it. */
export const NEEDS_SPEC = SPEC_DIR === null ? ' (skipped: the specification is not at hand, see CONTRIBUTING.md)' : ''

const API = 'starknet_api_openrpc.json'

export const SPEC_FILES = [
  API,
  'starknet_trace_api_openrpc.json',
  'starknet_write_api.json',
  'starknet_ws_api.json',
  'starknet_executables.json',
]

/** A file of a version of the specification (`v0_10`). */
export function readSpec(version: string, file = API): JsonObject {
  const value: JsonValue = JSON.parse(readFileSync(join(SPEC_DIR!, version, file), 'utf8'))
  if (!isJsonObject(value)) throw new Error(`${file} is not an object`)
  return value
}

type SpecErrors = Readonly<Record<string, { readonly code: number }>>

/** Tells what is wrong with the results of methods; empty when nothing is. */
export class Spec {
  readonly #ajv = new Ajv({ strict: false, allErrors: false })
  readonly #methods = new Map<string, JsonObject>()
  readonly #errors: SpecErrors
  readonly #validators = new Map<string, ValidateFunction>()

  constructor(version: string) {
    const { components } = readSpec(version) as { readonly components: JsonObject }
    this.#errors = components['errors'] as SpecErrors
    for (const file of SPEC_FILES) {
      // Some references are to the folder above.
      this.#ajv.addSchema(unwrap(readSpec(version, file)) as JsonObject, `spec:/${file}`)
      this.#ajv.addSchema(unwrap(readSpec(version, file)) as JsonObject, `spec:/api/${file}`)
      const { methods } = readSpec(version, file)
      for (const [i, method] of (methods as readonly JsonObject[]).entries()) {
        this.#methods.set(method['name'] as string, { ...method, at: `spec:/${file}#/methods/${i}` })
      }
    }
  }

  /** Names of a method's parameters, in their order. */
  params(method: string): { readonly name: string; readonly isRequired: boolean }[] {
    const params = this.#methods.get(method)!['params'] as readonly JsonObject[]
    return params.map(({ name, required }) => ({ name: name as string, isRequired: required === true }))
  }

  /** Of the errors that the specification lets a method answer with. */
  errorCodes(method: string): JsonValue[] {
    const errors = (this.#methods.get(method)!['errors'] ?? []) as readonly { readonly $ref: string }[]
    return errors.map(({ $ref }) => this.#errors[$ref.split('/').at(-1)!]!.code)
  }

  checkResult(method: string, result: unknown): string {
    const validate = this.#validators.get(method) ?? this.#compile(method)
    return validate(result) ? '' : this.#ajv.errorsText(validate.errors)
  }

  #compile(method: string): ValidateFunction {
    const validate = this.#ajv.compile({ $ref: `${this.#methods.get(method)!['at']}/result/schema` })
    this.#validators.set(method, validate)
    return validate
  }
}

/**
 * The schema that is meant. Where the specification wraps one into `{"schema": …}` JSON Schema sees nothing to check; and
 * of results that are one of a block and a pre-confirmed block, a block would always be both.
 */
function unwrap(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(unwrap)
  if (!isJsonObject(value)) return value
  const members = Object.entries(value)
  if (members.length === 1 && members[0]![0] === 'schema') return unwrap(members[0]![1])
  return Object.fromEntries(
    members.map(([name, member]) => {
      const isChoice = name === 'oneOf' && Array.isArray(member)
      return [name, unwrap(isChoice ? member.filter((option) => !isPreConfirmed(option)) : member)]
    }),
  )
}

function isPreConfirmed(option: JsonValue): boolean {
  return isJsonObject(option) && String(option['title']).startsWith('Pre-confirmed')
}
