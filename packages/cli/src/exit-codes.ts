import {
  CheckError,
  CodedError,
  GatewayError,
  InputError,
  SourcesExhaustedError,
  StoreError,
  UnsupportedVersionError,
} from '@deoxys/core'
import { FileContentError } from './files.ts'

export const EXIT_OK = 0
/** A check failed for good, or every source was exhausted. */
export const EXIT_REFUSED = 1
/** A flag, config, file, data directory or port that cannot be used. */
export const EXIT_INPUT = 2
/** A bug. */
export const EXIT_BUG = 3

/** The exit code that tells how a command failed. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof SourcesExhaustedError || error instanceof CheckError) return EXIT_REFUSED
  if (error instanceof GatewayError || error instanceof UnsupportedVersionError) return EXIT_REFUSED
  if (error instanceof InputError || error instanceof FileContentError || error instanceof StoreError) return EXIT_INPUT
  return error instanceof CodedError ? EXIT_REFUSED : EXIT_BUG
}
