/**
 * What the watch does about alerts that nobody answers, and how a file changes it. The file is YAML, says only what differs from
 * what is shipped, and is read by the caller.
 */
import { DocumentError, type DocumentFault } from '../document-faults.ts'
import { SEVERITIES } from '../contract/primitives.ts'
import { WatchSettings } from '../contract/watch-settings.ts'
import { isObject, layOver } from '../gate/policies/lay-over.ts'
import { shapeReader } from './language/shape.ts'
import { readDocuments } from './language/yaml-documents.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

export const defaultWatchSettings: WatchSettings = {
  responseTimesMs: { critical: 0, high: 15 * MINUTE, medium: HOUR, low: 24 * HOUR },
  escalationRepeatMs: HOUR,
  raiseAfterMs: { low: 24 * HOUR, medium: 4 * HOUR, high: HOUR },
  maxOpenPerRule: 200,
}

const readSettings = shapeReader(WatchSettings, 'the watch’s settings')

/**
 * @param file only named in faults
 * @throws DocumentError with everything that is wrong at once
 */
export function loadWatchSettings(text: string, file: string, base: WatchSettings = defaultWatchSettings): WatchSettings {
  const { documents: [document, second], faults } = readDocuments(text, file)
  if (faults.length > 0) throw new DocumentError(faults)
  if (document === undefined || !isObject(document.value)) {
    throw new DocumentError([`${file}: settings are a mapping of keys to values, such as maxOpenPerRule: 100`])
  }
  if (second !== undefined) throw new DocumentError([`${file}:${second.line}: settings are one document, and this is a second`])
  const shape = readSettings(layOver(base, document.value))
  const wrong = 'faults' in shape ? shape.faults : findContradictions(shape.value)
  if ('faults' in shape || wrong.length > 0) throw new DocumentError(wrong.map((fault) => document.describe(fault)))
  return shape.value
}

/** Somebody must not have to answer the milder alert sooner. */
function findContradictions({ responseTimesMs }: WatchSettings): DocumentFault[] {
  return SEVERITIES.flatMap((severity, index) => {
    const milder = SEVERITIES[index - 1]
    return milder === undefined || responseTimesMs[severity] <= responseTimesMs[milder]
      ? []
      : [{ path: ['responseTimesMs', severity], message: `must not be above ${responseTimesMs[milder]}, the response time of ${milder}` }]
  })
}
