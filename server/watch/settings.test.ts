import { describe, expect, it } from 'vitest'
import { DocumentError } from '../document-faults.ts'
import { defaultWatchSettings, loadWatchSettings } from './settings.ts'

const load = (text: string) => loadWatchSettings(text, 'watch.yaml')

function faultsOf(text: string): readonly string[] {
  try {
    load(text)
  } catch (error) {
    if (error instanceof DocumentError) return error.faults
    throw error
  }
  return []
}

describe('a settings file', () => {
  it('says only what differs', () => {
    const before = structuredClone(defaultWatchSettings)
    expect(load('responseTimesMs: { high: 60000 }\nmaxOpenPerRule: 5\n')).toEqual({
      ...defaultWatchSettings, responseTimesMs: { ...defaultWatchSettings.responseTimesMs, high: 60_000 }, maxOpenPerRule: 5,
    })
    expect(defaultWatchSettings).toEqual(before)
  })

  it('may give all severities the same time', () => {
    expect(load('responseTimesMs: { critical: 5000, high: 5000, medium: 5000, low: 5000 }').responseTimesMs.critical).toBe(5000)
  })
})

describe('a file that is none', () => {
  it.each<[string, string, string]>([
    ['an unknown key', 'maxOpenPerRule: 5\nraiseAfter: 3\n', 'watch.yaml:2: raiseAfter is not a key of the watch’s settings; did you mean raiseAfterMs?'],
    ['an unknown severity', 'raiseAfterMs:\n  critical: 3000\n', 'watch.yaml:2: raiseAfterMs.critical is not a key of the watch’s settings'],
    ['a time that is none', 'escalationRepeatMs: 1h\n', 'watch.yaml:1: escalationRepeatMs must be integer'],
    ['a repeat without a pause', '\nescalationRepeatMs: 0\n', 'watch.yaml:2: escalationRepeatMs must be >= 1000'],
    ['a graver alert that may wait longer', 'responseTimesMs:\n  critical: 900001\n',
      'watch.yaml:2: responseTimesMs.critical must not be above 900000, the response time of high'],
    ['a list', '- 1\n', 'watch.yaml: settings are a mapping of keys to values, such as maxOpenPerRule: 100'],
    ['nothing', '', 'watch.yaml: settings are a mapping of keys to values, such as maxOpenPerRule: 100'],
    ['two documents', 'maxOpenPerRule: 5\n---\nmaxOpenPerRule: 6\n', 'watch.yaml:3: settings are one document, and this is a second'],
    ['a quote that never ends', 'maxOpenPerRule: "5', 'watch.yaml:1: Missing closing "quote'],
  ])('%s', (_title, text, fault) => expect(faultsOf(text)[0]).toBe(fault))

  it('is told everything at once', () => {
    expect(faultsOf('maxOpenPerRule: 0\nextra: 1\nresponseTimesMs: { low: -1 }\n')).toHaveLength(3)
  })
})
