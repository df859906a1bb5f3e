import { describe, expect, it } from 'vitest'
import { DocumentError } from '../../document-faults.ts'
import { type RuleFile, loadRules } from './load.ts'

const DETECTION = `title: A wrong key
name: wrong-key
logsource: {product: truetally, service: security_events}
detection:
  selection:
    eventType: invalid_api_key
  condition: selection
`
const ALERT = `title: Many wrong keys
name: many-wrong-keys
level: medium
tags: [owasp.api2]
triage: Look at the address.
correlation:
  type: event_count
  rules: [wrong-key]
  group-by: [ipAddress]
  timespan: 5m
  condition: {gt: 10}
`
const DECISION = `title: A vote
name: vote
logsource: {product: truetally, service: decisions}
detection:
  selection: {value: 1}
  condition: selection
`
/** The alert begins on line 9. */
const both = (alert: string): string => `${DETECTION}---\n${alert}`
const load = (text: string) => loadRules([{ file: 'a.yaml', text }])
const versionIn = (text: string): string => load(text).get('many-wrong-keys').version

function faultsIn(files: readonly RuleFile[]): readonly string[] {
  try {
    loadRules(files)
  } catch (error) {
    if (error instanceof DocumentError) return error.faults
    throw error
  }
  return []
}
const faultsOf = (text: string): readonly string[] => faultsIn([{ file: 'a.yaml', text }])

describe('rule files', () => {
  it('are rules, each with its file, line and version', () => {
    const library = load(both(ALERT))
    expect(library.size).toBe(2)
    expect(library.get('many-wrong-keys')).toMatchObject({ file: 'a.yaml', line: 9, document: { level: 'medium', correlation: { condition: { gt: 10 } } } })
    expect(library.get('wrong-key')).toMatchObject({ file: 'a.yaml', line: 1 })
    expect(library.alerting.map(({ document }) => document.name)).toEqual(['many-wrong-keys'])
    expect(library.get('many-wrong-keys').version).toMatch(/^[0-9a-f]{12}$/)
  })

  it('have versions that are of a rule’s own text', () => {
    expect(versionIn(`# a heading\n${both(ALERT)}`)).toBe(versionIn(both(ALERT)))
    expect(versionIn(both(ALERT.replace('gt: 10', 'gt: 11')))).not.toBe(versionIn(both(ALERT)))
  })

  it('are loaded as one, and know an anchor within a document', () => {
    const files = [{ file: 'b.yaml', text: ALERT }, { file: 'a.yaml', text: DETECTION.replace('eventType: invalid_api_key', '<<: &key {eventType: invalid_api_key}\n  office: {<<: *key, ipAddress: 198.51.100.1}').replace('condition: selection', 'condition: selection and not office') }]
    const { document } = loadRules(files).get('wrong-key')
    expect(document).toHaveProperty('detection.office', { eventType: 'invalid_api_key', ipAddress: '198.51.100.1' })
  })

  it('take every kind of correlation', () => {
    const second = DETECTION.replace('wrong-key', 'right-key')
    const of = (correlation: string): string => `${DETECTION}---\n${second}---\n${ALERT.split('correlation:')[0]}correlation:\n  timespan: 5m\n  group-by: [ipAddress]\n${correlation}`
    for (const correlation of [
      '  type: value_count\n  rules: [wrong-key, right-key]\n  condition: {field: endUserId, gte: 3}\n',
      '  type: value_sum\n  rules: [wrong-key, right-key]\n  condition: {field: count, gt: 3}\n  window: tumbling\n',
      '  type: event_ratio\n  rules: [wrong-key, right-key]\n  condition: {gt: 0.05}\n  minimum: 20\n',
      '  type: temporal\n  rules: [wrong-key, right-key]\n',
      '  type: temporal_ordered\n  rules: [wrong-key, right-key]\n',
      '  type: event_count\n  rules: [wrong-key, right-key]\n  condition: {gt_baseline: 3}\n  minimum: 10\n  history: 28d\n  window: session\n',
      '  type: new_terms\n  rules: [wrong-key]\n  condition: {field: detail.country}\n  history: 30d\n  after: 7d\nunless: [right-key, expected-spike]\n',
    ]) expect({ correlation, faults: faultsOf(of(correlation)) }).toEqual({ correlation, faults: [] })
  })

  it('may replace a shipped rule as a whole', () => {
    const shipped = { file: 'shipped.yaml', text: both(ALERT), shipped: true }
    const own = { file: 'own.yaml', text: ALERT.replace('gt: 10', 'gt: 50') }
    for (const files of [[shipped, own], [own, shipped]]) {
      expect(loadRules(files).get('many-wrong-keys')).toMatchObject({ file: 'own.yaml', document: { correlation: { condition: { gt: 50 } } } })
    }
    // What the shipped rule rested on may be left over.
    const other = `${DETECTION.replace('wrong-key', 'own-key')}---\n${ALERT.replace('[wrong-key]', '[own-key]')}`
    expect(loadRules([shipped, { file: 'own.yaml', text: other }]).size).toBe(3)
    expect(faultsIn([{ ...shipped, text: `${both(ALERT)}---\n${DECISION}` }])).toEqual(['shipped.yaml:22: name vote has no level and is used by no rule'])
  })

  it('never have one name twice, of the same rank', () => {
    const files = [{ file: 'a.yaml', text: both(ALERT) }, { file: 'b.yaml', text: ALERT }]
    const fault = 'b.yaml:2: name many-wrong-keys is the name of another rule, in a.yaml:9'
    expect(faultsIn(files)).toEqual([fault])
    expect(faultsIn(files.map((file) => ({ ...file, shipped: true })))).toEqual([fault])
  })
})

describe('the text of a rule file', () => {
  it.each<[string, string, string]>([
    ['a quote that never ends', 'title: "a', 'a.yaml:1: Missing closing "quote'],
    ['a key twice', both(`${ALERT}level: high\n`), 'a.yaml:20: Map keys must be unique'],
    ['an alias to nothing', both(ALERT.replace('medium', '*level')), 'a.yaml:9: Unresolved alias (the anchor must be set before the alias): level'],
    ['nothing', '# later\n', 'a.yaml: there is no rule in it'],
    ['a list', '- title: a\n', 'a.yaml:1: a rule is a mapping of keys to values'],
    ['something else', 'version: my-policy-1\n', 'a.yaml:1: a rule has a detection (and its logsource) or a correlation'],
    ['an unknown key', both(`${ALERT}keep_firing: 5m\n`), 'a.yaml:20: keep_firing is not a key of a correlation; did you mean keep_firing_for?'],
    ['a mistyped key', both(ALERT.replace('level: ', 'levle: ')), 'a.yaml:11: levle is not a key of a correlation; did you mean level?'],
    ['a key of the other kind', both(`${ALERT}detection: {}\n`), 'a.yaml:20: detection is not a key of a correlation'],
    ['an unknown key of a detection', DETECTION.replace('logsource', 'level: high\nlogsource'), 'a.yaml:3: level is not a key of a detection'],
    ['a missing key', both(ALERT.replace('  timespan: 5m\n', '')), 'a.yaml:14: correlation.timespan is missing'],
    ['a type that is none', both(ALERT.replace('event_count', 'count')),
      'a.yaml:15: correlation.type must be one of event_count, value_count, value_sum, event_ratio, temporal, temporal_ordered, new_terms'],
    ['a time without a unit', both(ALERT.replace('5m', '300')), 'a.yaml:18: correlation.timespan must be string'],
    ['a time of nothing', both(ALERT.replace('5m', '0s')), 'a.yaml:18: correlation.timespan must be a time such as 30s, 5m, 1h or 7d'],
    ['a name in capitals', both(ALERT.replace('name: many', 'name: Many')), 'a.yaml:10: name must be in kebab-case, such as failed-auth-burst'],
    ['a search’s name that is none', DETECTION.replace('  selection:', '  My Search:'), 'a.yaml:5: detection."My Search" is no name for a search: lower-case letters, digits and _'],
    ['a search that is a number', DETECTION.replace('  selection:\n    eventType: invalid_api_key', '  selection: 5'), 'a.yaml:5: detection.selection must be fields and their values, or a list of such'],
    ['a search that is a text', both(ALERT).replace('  selection:\n    eventType: invalid_api_key', '  selection: keyword'), 'a.yaml:5: detection.selection must be fields and their values, or a list of such'],
    ['a field with a space', DETECTION.replace('eventType', 'event type'), 'a.yaml:6: detection.selection."event type" is not a field with its modifiers, such as ipAddress or errorMessage|contains'],
    ['a value that is a mapping', DETECTION.replace('invalid_api_key', '{a: 1}'), 'a.yaml:6: detection.selection.eventType must be a value, or a list of values'],
    ['a value in a list that is a list', DETECTION.replace('invalid_api_key', '[[a]]'), 'a.yaml:6: detection.selection.eventType[0] must be a value, or a list of values'],
    ['an alias of a rule that is none', both(ALERT.replace('  timespan', '  aliases: {ipAddress: {Wrong: origin}}\n  timespan')), 'a.yaml:18: correlation.aliases.ipAddress.Wrong is not a name that can stand here'],
    ['an id that is none', both(`${ALERT}id: 7f\n`), 'a.yaml:20: id must match format "uuid"'],
  ])('%s', (_title, text, fault) => expect(faultsOf(text)).toEqual([fault]))

  it('is told everything at once, through all files', () => {
    expect(faultsIn([
      { file: 'a.yaml', text: 'title: [' },
      { file: 'b.yaml', text: both(ALERT.replace('[wrong-key]', '[wrong-kee]').replace('gt: 10', 'field: count')) },
      { file: 'c.yaml', text: DECISION.replace('value: 1', 'value: yes, scoer: 1') },
    ])).toEqual([
      'a.yaml:1: Flow sequence in block collection must be sufficiently indented and end with a ]',
      'b.yaml:16: correlation.rules[0] there is no rule wrong-kee; did you mean wrong-key?',
      'b.yaml:19: correlation.condition.field is not for event_count',
      'b.yaml:19: correlation.condition needs a bound: gt, gte, lt, lte, eq, gt_baseline',
      'c.yaml:5: detection.selection.value is a number, not "yes"',
      'c.yaml:5: detection.selection.scoer is no field of decisions; did you mean score?',
    ])
  })

  it('does not complain twice about what refers to a rule without a shape', () => {
    expect(faultsOf(both(ALERT).replace('logsource: {product', 'logsource: {prodct'))).toEqual([
      'a.yaml:3: logsource.product is missing', 'a.yaml:3: logsource.prodct is not a key of a detection; did you mean product?',
    ])
  })
})
