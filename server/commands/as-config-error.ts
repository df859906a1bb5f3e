import { ConfigError } from '../config.ts'
import { DocumentError } from '../document-faults.ts'

/** What is wrong with a document is something a person can act on: a ConfigError with the heading and a line for each fault. Another error is itself. */
export const asConfigError = (error: unknown, heading: string): unknown =>
  (error instanceof DocumentError ? new ConfigError(`${heading}\n  ${error.faults.join('\n  ')}`) : error)
