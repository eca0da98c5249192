/** Where a component reports what happens. A pino logger fits: fields first, then the message. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

const ignore = () => {}

/** Says nothing. */
export const SILENT_LOG: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** An error as log fields: its code and data if it has them, else its message. */
export function errorFields(error: unknown): { readonly error: unknown } {
  if (!(error instanceof Error)) return { error: String(error) }
  return { error: 'data' in error ? { message: error.message, ...(error.data as object) } : { message: error.message } }
}
