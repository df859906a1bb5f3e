/**
 * From the text of a policy file to a policy. The file is YAML, or JSON, which is YAML as well; it says only what differs
 * from the shipped policy. Reading the file is the caller’s: this is part of the pure core.
 */
import { type Document, LineCounter, parseDocument } from 'yaml'
import { DocumentError, type DocumentFault, formatPath, offsetOf } from '../../document-faults.ts'
import { detectors } from '../detectors/registry.ts'
import { findPolicyFaults } from './check.ts'
import { defaultPolicy } from './default.ts'
import { layOver } from './lay-over.ts'
import { LOG_SUFFIX } from './only-logged.ts'
import type { Policy } from './policy.ts'

export interface LoadOptions {
  base?: Policy
  /** Names of the detectors there are. */
  names?: readonly string[]
}

/**
 * @param file only named in faults
 * @throws DocumentError with everything that is wrong at once
 */
export function loadPolicy(
  text: string, file: string, { base = defaultPolicy, names = detectors.map(({ name }) => name) }: LoadOptions = {},
): Policy {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const lineAt = (offset: number): string => `${file}:${lines.linePos(offset).line}`
  if (document.errors.length > 0) {
    throw new DocumentError(document.errors.map(({ message, pos }) => `${lineAt(pos[0])}: ${message}`))
  }
  // $schema is for the editor of a JSON file (/policy.schema.json).
  const { $schema: _editor, ...given } = valueOf(document, file)
  const candidate = layOver(base, given)
  const faults = [...findVersionFault(given, base), ...findPolicyFaults(candidate, names)]
  if (faults.length === 0) return candidate as Policy
  throw new DocumentError(faults.map(({ path, message }) => {
    const offset = offsetOf(document, path)
    return `${offset === undefined ? file : lineAt(offset)}: ${formatPath(path)} ${message}`
  }))
}

function valueOf(document: Document, file: string): Record<string, unknown> {
  let value: unknown
  try {
    value = document.toJS()
  } catch (error) {
    // An alias without its anchor, or too many of them.
    throw new DocumentError([`${file}: ${error instanceof Error ? error.message : String(error)}`])
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new DocumentError([`${file}: a policy is a mapping of keys to values, such as version: my-policy-1`])
}

/** Two policies under one name could not be told apart in the ledger. */
function findVersionFault({ version }: Record<string, unknown>, base: Policy): DocumentFault[] {
  if (version === undefined) return versionFault('is missing: a policy has a name of its own')
  if (version === base.version) return versionFault(`must differ from ${base.version}, the policy it is laid over`)
  if (typeof version === 'string' && version.endsWith(LOG_SUFFIX)) {
    return versionFault(`must not end with ${LOG_SUFFIX}, which GATE_MODE=log adds`)
  }
  return []
}

const versionFault = (message: string): DocumentFault[] => [{ path: ['version'], message }]
