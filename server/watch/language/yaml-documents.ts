/** A text of YAML documents, each with the lines that its parts are on. Strict: a key twice is a fault. */
import { type Document, LineCounter, parseAllDocuments } from 'yaml'
import { type DocumentFault, formatPath, offsetOf } from '../../document-faults.ts'

export interface YamlDocument {
  value: unknown
  /** Of its first key. */
  line: number
  text: string
  /** `file:line: key.path what is wrong` */
  describe(fault: DocumentFault): string
}

/**
 * Anchors and merge keys hold within one document, as YAML has it. Documents that are empty are left out.
 * @param file only named in faults
 */
export function readDocuments(text: string, file: string): { documents: YamlDocument[]; faults: string[] } {
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, merge: true })
  const documents: YamlDocument[] = []
  const faults: string[] = []
  for (const document of 'empty' in parsed ? [] : parsed) {
    const { errors, contents } = document
    const lineAt = (offset: number): string => `${file}:${lines.linePos(offset).line}`
    const [from, , to] = contents?.range ?? document.range ?? [0, 0, 0]
    if (errors.length > 0) {
      faults.push(...errors.map(({ message, pos }) => `${lineAt(pos[0])}: ${message}`))
      continue
    }
    try {
      // An alias without its anchor, or too many of them, shows only here.
      const value: unknown = document.toJS()
      if (value === null) continue
      documents.push({
        value, line: lines.linePos(from).line, text: text.slice(from, to).trim(),
        describe: ({ path, message }) => `${lineAt(offsetOf(document as Document, path) ?? from)}: ${[formatPath(path), message].filter((part) => part !== '').join(' ')}`,
      })
    } catch (error) {
      faults.push(`${lineAt(from)}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return { documents, faults }
}
