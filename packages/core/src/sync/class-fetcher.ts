import { CheckError } from '../base/errors.ts'
import { equalFelts, type Felt, hexFromFelt } from '../base/felt.ts'
import { eachPair, namedClasses, type StateDiff } from '../chain/state-update.ts'
import { isUnrecomputable } from '../chain/unrecomputable-classes.ts'
import type { BlockSource } from '../gateway/block-source.ts'
import { GatewayError } from '../gateway/gateway-error.ts'
import type { ClassBody } from '../seal/letter.ts'
import type { HashedClass, Verifier } from './verifier.ts'
import type { VerifyPolicy } from './verify.ts'

/** Classes of one block that are asked for at the same time. */
const FETCHES_MAX = 8

/** Texts kept for the blocks in flight around the one that named them first, so that a class is fetched once. */
const CACHE_BYTES_MAX = 64 * 2 ** 20

export interface ClassFetcherOptions {
  readonly verifier: Verifier
  readonly policy: VerifyPolicy
  /** Whether compiled classes are fetched and checked with the classes. */
  readonly withCompiled: boolean
  /** Whether the class is stored, so that nobody needs its body. */
  readonly isStored: (hash: Felt) => boolean
  readonly onWarning: (error: CheckError) => void
}

export type ClassSource = Pick<BlockSource, 'fetchClass' | 'fetchCompiledClass'>

/** Fetches and verifies the classes that blocks name and the store does not have. */
export class ClassFetcher {
  readonly #options: ClassFetcherOptions
  /** Asked for by a block, and wanted by others that are in flight with it. */
  readonly #pending = new Map<string, Promise<ClassBody>>()
  /** Without compiled classes; oldest first. */
  readonly #cache = new Map<string, ClassBody>()
  #cacheBytes = 0

  constructor(options: ClassFetcherOptions) {
    this.#options = options
  }

  /** @throws CheckError class_hash @throws DecodeError, GatewayError */
  async fetchMissing(source: ClassSource, block: number, diff: StateDiff, signal: AbortSignal): Promise<ClassBody[]> {
    const missing = namedClasses(diff).filter((hash) => !this.#options.isStored(hash))
    const compiled = new Map([...eachPair(diff.declaredClasses)].map(([hash, value]) => [hexFromFelt(hash), value]))
    const bodies: ClassBody[] = []
    for (let start = 0; start < missing.length; start += FETCHES_MAX) {
      const some = missing.slice(start, start + FETCHES_MAX)
      const fetches = some.map((hash) => this.#get(source, block, hash, compiled.get(hexFromFelt(hash)), signal))
      bodies.push(...(await Promise.all(fetches)))
    }
    return bodies
  }

  /** The block that declares a class has its compiled class too; others in flight with it may name the class first. */
  async #get(
    source: ClassSource,
    block: number,
    hash: Felt,
    compiledHash: Felt | undefined,
    signal: AbortSignal,
  ): Promise<ClassBody> {
    const body = await this.#getBody(source, block, hash, signal)
    if (!this.#options.withCompiled || body.kind !== 'sierra' || compiledHash === undefined) return body
    return { ...body, compiled: await this.#fetchCompiled(source, block, hash, compiledHash, signal) }
  }

  async #getBody(source: ClassSource, block: number, hash: Felt, signal: AbortSignal): Promise<ClassBody> {
    const name = hexFromFelt(hash)
    const known = this.#cache.get(name) ?? this.#pending.get(name)
    if (known !== undefined) return known
    const fetching = this.#fetchBody(source, block, hash, signal)
    this.#pending.set(name, fetching)
    try {
      const body = await fetching
      this.#keep(body)
      return body
    } finally {
      this.#pending.delete(name)
    }
  }

  async #fetchBody(source: ClassSource, block: number, hash: Felt, signal: AbortSignal): Promise<ClassBody> {
    const text = await source.fetchClass(hash, signal).catch((error: unknown) => refuseUnknown(error, block, hash))
    const hashed = await this.#options.verifier.hashClass(text)
    return { hash, kind: hashed.kind, text, isVerified: this.#check(block, hash, hashed), compiled: undefined }
  }

  #check(block: number, hash: Felt, { kind, hash: computed }: HashedClass): boolean {
    if (equalFelts(computed, hash)) return true
    const error = mismatch('class_hash', block, hash, computed)
    if (this.#options.policy === 'strict' && !(kind === 'cairo0' && isUnrecomputable(hash))) throw error
    this.#options.onWarning(error)
    return false
  }

  /**
   * The compiled class, if it gives the hash of its leaf in either version. The gateway may serve what a newer compiler
   * made of an old class (protocol 6.3): that is a warning, and nothing is kept.
   */
  async #fetchCompiled(
    source: ClassSource,
    block: number,
    hash: Felt,
    compiledHash: Felt,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const text = await source.fetchCompiledClass(hash, signal)
    const computed = await checkCompiledClass(this.#options.verifier, text, compiledHash)
    if (computed === undefined) return text
    this.#options.onWarning(mismatch('compiled_class_hash', block, compiledHash, computed))
    return undefined
  }

  #keep(body: ClassBody): void {
    const name = hexFromFelt(body.hash)
    if (this.#cache.has(name)) return
    this.#cache.set(name, body)
    this.#cacheBytes += body.text.length
    for (const [oldest, old] of this.#cache) {
      if (this.#cacheBytes <= CACHE_BYTES_MAX) return
      this.#cache.delete(oldest)
      this.#cacheBytes -= old.text.length
    }
  }
}

/** Undefined when the text of a compiled class gives `expected`, by the hash of either version; else the first's. */
async function checkCompiledClass(verifier: Verifier, text: Uint8Array, expected: Felt): Promise<Felt | undefined> {
  const hashes = await verifier.hashCompiledClass(text)
  return hashes.some((hash) => equalFelts(hash, expected)) ? undefined : hashes[0]
}

/**
 * The compiled class of a stored Sierra class, from the first source whose answer gives `expected`.
 * @throws CheckError compiled_class_hash, GatewayError, DecodeError: what the last source failed with
 */
export async function fetchCompiledClass(
  verifier: Verifier,
  sources: readonly BlockSource[],
  hash: Felt,
  expected: Felt,
  signal: AbortSignal,
): Promise<Uint8Array> {
  let refusal: unknown
  for (const source of sources) {
    try {
      const text = await source.fetchCompiledClass(hash, signal)
      const computed = await checkCompiledClass(verifier, text, expected)
      if (computed === undefined) return text
      refusal = mismatch('compiled_class_hash', undefined, expected, computed)
    } catch (error) {
      signal.throwIfAborted()
      refusal = error
    }
  }
  throw refusal
}

/** That the gateway does not know a class speaks against the block that names it. */
function refuseUnknown(error: unknown, block: number, hash: Felt): never {
  if (!(error instanceof GatewayError && error.code === 'GATEWAY_REFUSED')) throw error
  const data = { code: 'CHECK_FAILED', check: 'classes', block, expected: hexFromFelt(hash) } as const
  throw new CheckError(`block ${block} names class ${data.expected}, which the gateway does not have`, data, {
    cause: error,
  })
}

function mismatch(check: string, block: number | undefined, expected: Felt, computed: Felt): CheckError {
  const [expectedHex, computedHex] = [hexFromFelt(expected), hexFromFelt(computed)]
  const place = block === undefined ? '' : `block ${block}: `
  return new CheckError(`${place}${check} of the class is ${computedHex}, not ${expectedHex}`, {
    code: 'CHECK_FAILED',
    check,
    ...(block === undefined ? {} : { block }),
    expected: expectedHex,
    computed: computedHex,
  })
}
