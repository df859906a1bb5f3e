/**
 * Why the embedded PostgreSQL is not to be had. `code` is stable:
 * - `unsupported`: no binaries for this machine, or none that run here; set DATABASE_URL
 * - `directory_in_use`: another process has this data directory open
 * - `incompatible_data`: the directory was written by another major version
 * - `start_failed`: initdb or postgres ended with an error; the message carries the last lines it wrote
 */
export type EmbeddedPostgresCode = 'unsupported' | 'directory_in_use' | 'incompatible_data' | 'start_failed'

export class EmbeddedPostgresError extends Error {
  readonly code: EmbeddedPostgresCode

  constructor(code: EmbeddedPostgresCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EmbeddedPostgresError'
    this.code = code
  }
}

/** The `code` of a Node or PostgreSQL error (`ENOENT`, `3D000`), or undefined. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}
