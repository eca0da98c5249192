import { defineMethod } from '../method.ts'

/** `starknet_specVersion`: the version of the specification whose route table this is in. */
export function specVersion(version: string) {
  return defineMethod({ params: {}, handle: () => version })
}
