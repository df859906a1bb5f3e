/**
 * From the texts of rule files to rules that hold together. All files are loaded as one: a rule may refer to one in another
 * file. Reading the files is the caller’s: this is part of the pure core.
 */
import { createHash } from 'node:crypto'
import type { RuleDocument } from '../../contract/rule.ts'
import { DocumentError, type DocumentFault } from '../../document-faults.ts'
import { type KnownRules, findRuleFaults, findUnused } from './check.ts'
import { RuleLibrary } from './library.ts'
import { readRule } from './shape.ts'
import { type YamlDocument, readDocuments } from './yaml-documents.ts'

export interface RuleFile {
  /** As it is named in faults. */
  file: string
  text: string
  /** One that comes with Truetally: a rule of the same name in another file takes its place. */
  shipped?: boolean
}

interface Entry {
  name: string
  /** undefined: it has no shape, and was told of already. */
  document: RuleDocument | undefined
  yaml: YamlDocument
  file: string
  shipped: boolean
}

/** @throws DocumentError with everything that is wrong at once */
export function loadRules(files: readonly RuleFile[]): RuleLibrary {
  const faults: string[] = []
  const entries = files.flatMap((file) => readEntries(file, faults))
  const chosen = chooseEntries(entries, faults)
  const known: KnownRules = {
    rules: new Map([...chosen.values()].flatMap(({ name, document }) => (document === undefined ? [] : [[name, document]]))),
    malformed: new Set([...chosen.values()].filter(({ document }) => document === undefined).map(({ name }) => name)),
  }
  const complaints = new Map<Entry, DocumentFault[]>()
  const complain = (entry: Entry, found: DocumentFault[]): void => void complaints.set(entry, [...(complaints.get(entry) ?? []), ...found])
  for (const entry of chosen.values()) if (entry.document !== undefined) complain(entry, findRuleFaults(entry.document, known))
  // Where something has no shape, who refers to what is not known in full.
  if (faults.length === 0) {
    const own = files.some(({ shipped }) => shipped !== true)
    for (const name of findUnused(known)) {
      const entry = chosen.get(name)
      // What a replaced rule of ours rested on is no concern of whoever replaced it.
      if (entry !== undefined && !(own && entry.shipped)) complain(entry, [{ path: ['name'], message: `${name} has no level and is used by no rule` }])
    }
  }
  for (const [{ yaml }, found] of complaints) faults.push(...new Set(found.map(yaml.describe)))
  if (faults.length > 0) throw new DocumentError(faults.toSorted(byPlace))
  return new RuleLibrary([...chosen.values()].flatMap(({ document, file, yaml, shipped }) =>
    (document === undefined ? [] : [{ document, file, line: yaml.line, version: versionOf(yaml.text), shipped }])))
}

/** By file and line, as somebody who goes through them would have it. */
function byPlace(a: string, b: string): number {
  const [, fileA = '', lineA = 0] = PLACE.exec(a) ?? []
  const [, fileB = '', lineB = 0] = PLACE.exec(b) ?? []
  return fileA === fileB ? Number(lineA) - Number(lineB) : fileA < fileB ? -1 : 1
}
const PLACE = /^(.*?)(?::(\d+))?: /

const versionOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12)

function readEntries({ file, text, shipped = false }: RuleFile, faults: string[]): Entry[] {
  const read = readDocuments(text, file)
  faults.push(...read.faults)
  if (read.documents.length === 0 && read.faults.length === 0) faults.push(`${file}: there is no rule in it`)
  return read.documents.flatMap((yaml): Entry[] => {
    const shape = readRule(yaml.value)
    if ('value' in shape) return [{ name: shape.value.name, document: shape.value, yaml, file, shipped }]
    faults.push(...shape.faults.map(yaml.describe))
    const { name } = (typeof yaml.value === 'object' && yaml.value !== null ? yaml.value : {}) as { name?: unknown }
    return typeof name === 'string' ? [{ name, document: undefined, yaml, file, shipped }] : []
  })
}

/** One for each name: somebody’s own before a shipped one. */
function chooseEntries(entries: readonly Entry[], faults: string[]): Map<string, Entry> {
  const chosen = new Map<string, Entry>()
  for (const entry of entries) {
    const other = chosen.get(entry.name)
    if (other !== undefined && other.shipped === entry.shipped) {
      faults.push(entry.yaml.describe({ path: ['name'], message: `${entry.name} is the name of another rule, in ${other.file}:${other.yaml.line}` }))
    } else if (other === undefined || !entry.shipped) chosen.set(entry.name, entry)
  }
  return chosen
}
