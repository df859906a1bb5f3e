import { describe, expect, it } from 'vitest'
import { DocumentError } from '../../document-faults.ts'
import { FIXTURE_EPOCH, type FixtureCase, differencesOf, readFixture } from './fixture.ts'
import { uuidOf } from './fixture-lines.ts'

const SILENT = `  - {name: quiet, kind: threshold, lines: [{at: 0s, eventType: invalid_api_key}], alerts: []}
  - {name: well, kind: benign, lines: [{at: 0s, eventType: invalid_api_key}], alerts: []}
`
/** One document, whose first case has these lines; they begin on line 5. */
const fixture = (lines: string, alerts = '[{group: {ipAddress: 198.51.100.7}}]', more = ''): string =>
  `rule: many-wrong-keys\ncases:\n  - name: fires\n    lines:\n${lines.replaceAll(/^/gm, '      ')}\n    alerts: ${alerts}\n${more}${SILENT}`
const first = (lines: string, alerts?: string, more?: string): FixtureCase => {
  const [found] = readFixture(fixture(lines, alerts, more), 'a.test.yaml')
  if (found?.cases[0] === undefined) throw new Error('there is no case')
  return found.cases[0]
}
/** The first three hundred of a network. */
const addresses = (network: string): unknown[] =>
  first(`- {at: 0s, eventType: invalid_api_key, repeat: 300, ipAddress: "{ip:${network}}"}`).lines.map(({ fields }) => fields['ipAddress'])

function faultsOf(text: string): readonly string[] {
  try {
    readFixture(text, 'a.test.yaml')
  } catch (error) {
    if (error instanceof DocumentError) return error.faults
    throw error
  }
  return []
}

describe('a fixture', () => {
  it('is a ledger and what a rule makes of it', () => {
    expect(first('- {at: 1m, eventType: invalid_api_key, detail: {key: pk_x}}\n- {at: 0s, service: decisions, project: 2, itemId: 3, voter: anna, detectors: webdriver}',
      '[{group: {voter: anna, itemId: 3}, level: high, at: 20s, lines: 2, project: 2}]', '    until: 2m\n    expected_spikes: [{from: 0s, to: 1h, itemId: 3}]\n')).toEqual({
      name: 'fires', kind: 'firing', since: FIXTURE_EPOCH - 1, until: FIXTURE_EPOCH + 120_000,
      lines: [
        { service: 'decisions', at: FIXTURE_EPOCH, projectId: 2, fields: { itemId: 3, voter: uuidOf('anna'), detectors: ['webdriver'] }, detail: {} },
        { service: 'security_events', at: FIXTURE_EPOCH + 60_000, projectId: 1, fields: { eventType: 'invalid_api_key' }, detail: { key: 'pk_x' } },
      ],
      expectedSpikes: [{ projectId: 1, from: FIXTURE_EPOCH, to: FIXTURE_EPOCH + 3_600_000, itemId: 3 }],
      alerts: [{
        projectId: 2, group: { voter: uuidOf('anna'), itemId: '3' }, level: 'high', at: FIXTURE_EPOCH + 20_000, lines: 2, state: 'firing', suppressed: undefined,
      }],
    })
  })

  it('counts out what repeats', () => {
    const { lines } = first('- {at: 10s, eventType: invalid_api_key, repeat: 3, every: 20s, ipAddress: "{ip:198.51.100.0/24}", endUserId: "user-{n}", count: "{n}", detail: {part: "{n%2} of {n}"}}')
    expect(lines.map(({ at, fields, detail }) => [(at - FIXTURE_EPOCH) / 1000, fields['ipAddress'], fields['endUserId'], fields['count'], detail['part']])).toEqual([
      [10, '198.51.100.1', 'user-1', 1, '1 of 1'], [30, '198.51.100.2', 'user-2', 2, '0 of 2'], [50, '198.51.100.3', 'user-3', 3, '1 of 3'],
    ])
  })

  it('counts addresses over the end of a byte, in either family', () => {
    expect(addresses('10.0.0.0/8').slice(254, 257)).toEqual(['10.0.0.255', '10.0.1.0', '10.0.1.1'])
    expect(addresses('2001:db8::/32').slice(254, 257)).toEqual(['2001:db8::ff', '2001:db8::100', '2001:db8::101'])
    expect(new Set(addresses('198.51.100.0/30')).size).toBe(4)
  })

  it('gives every vote a voter of its own, always the same, unless it says who', () => {
    const voters = (): unknown[] => first('- {service: decisions, at: 0s, repeat: 3}\n- {service: decisions, at: 0s}').lines.map(({ fields }) => fields['voter'])
    expect(new Set(voters()).size).toBe(4)
    expect(voters()).toEqual(voters())
    const { lines } = first('- {service: decisions, at: 0s, device: 00000000-0000-4000-8000-000000000001}')
    expect(lines[0]?.fields['device']).toBe('00000000-0000-4000-8000-000000000001')
  })

  it('may be one of several in a file', () => {
    const text = fixture('- {at: 0s, eventType: invalid_api_key}')
    expect(readFixture(`${text}---\n${text.replace('many-', 'other-')}`, 'a.test.yaml').map(({ rule, line }) => [rule, line])).toEqual([
      ['many-wrong-keys', 1], ['other-wrong-keys', 10],
    ])
  })
})

describe('what is no fixture', () => {
  const LINE = '- {at: 0s, eventType: invalid_api_key}'

  it.each<[string, string, string[]]>([
    ['a missing kind of case', fixture(LINE).replace('kind: threshold', 'kind: benign'), ['a.test.yaml:2: cases has no case that is threshold']],
    ['a silent case of no kind', fixture(LINE, '[]'), ['a.test.yaml:3: cases[0].kind is missing: a case without alerts is threshold or benign', 'a.test.yaml:2: cases has no case that is firing']],
    ['a firing case without alerts', fixture(LINE, '[]\n    kind: firing'), ['a.test.yaml:6: cases[0].alerts are none in a case that is firing']],
    ['a benign case with alerts', fixture(LINE).replace('kind: benign, lines: [{at: 0s, eventType: invalid_api_key}], alerts: []', 'kind: benign, lines: [{at: 0s, eventType: invalid_api_key}], alerts: [{group: {}}]'),
      ['a.test.yaml:8: cases[2].alerts must be none in a case that is benign']],
    ['two cases of one name', fixture(LINE).replace('name: quiet', 'name: fires'), ['a.test.yaml:7: cases[1].name is the name of another case']],
    ['an unknown key', fixture(LINE, '[{group: {}, severity: high}]'), ['a.test.yaml:6: cases[0].alerts[0].severity is not a key of a fixture']],
    ['an unknown key of a case', fixture(LINE, undefined, '    alert: []\n'), ['a.test.yaml:7: cases[0].alert is not a key of a fixture; did you mean alerts?']],
    ['an offset that is none', fixture('- {at: 5, eventType: invalid_api_key}'), ['a.test.yaml:5: cases[0].lines[0].at must be string']],
    ['no event type', fixture('- {at: 0s, ipAddress: 198.51.100.7}'), ['a.test.yaml:5: cases[0].lines[0].eventType is missing']],
    ['an unknown field', fixture('- {at: 0s, eventType: invalid_api_key, ipAdress: 198.51.100.7, repeat: 5}'),
      ['a.test.yaml:5: cases[0].lines[0].ipAdress is no field of security_events; did you mean ipAddress?']],
    ['a field that follows', fixture('- {at: 0s, eventType: invalid_api_key, network: 198.51.100.0/24}'), ['a.test.yaml:5: cases[0].lines[0].network is not written down: it follows from ipAddress']],
    ['a project as a field', fixture('- {at: 0s, eventType: invalid_api_key, projectId: 2}'), ['a.test.yaml:5: cases[0].lines[0].projectId is not written down: say project']],
    ['values of another type', fixture('- {at: 0s, service: decisions, itemId: a, score: b, ipAddress: c, hosting: d, state: e}'), [
      'a.test.yaml:5: cases[0].lines[0].itemId is the number of a row, not "a"', 'a.test.yaml:5: cases[0].lines[0].score is a number, not "b"',
      'a.test.yaml:5: cases[0].lines[0].ipAddress is an address, not "c"', 'a.test.yaml:5: cases[0].lines[0].hosting is true or false, not "d"',
      'a.test.yaml:5: cases[0].lines[0].state is one of counted, held, invalidated, not "e"',
    ]],
    ['a list where one value belongs', fixture('- {at: 0s, eventType: [invalid_api_key]}'), ['a.test.yaml:5: cases[0].lines[0].eventType must be one value']],
    ['detail of a decision', fixture('- {at: 0s, service: decisions, detail: {a: 1}}'), ['a.test.yaml:5: cases[0].lines[0].detail is only for security_events']],
    ['one vote twice', fixture('- {at: 0s, service: votes, itemId: 3, voter: anna, repeat: 2}'), ['a.test.yaml:4: cases[0].lines have two votes of one voter on item 3; the second would be the same row']],
    ['an end before the last line', fixture('- {at: 1h, eventType: invalid_api_key}', undefined, '    until: 30m\n'), ['a.test.yaml:7: cases[0].until is before the last line']],
    ['a rush that ends before it begins', fixture(LINE, undefined, '    expected_spikes: [{from: 2h, to: 1h}]\n'), ['a.test.yaml:7: cases[0].expected_spikes[0].to must be after from']],
    ['too many lines', fixture(Array.from({ length: 6 }, () => '- {at: 0s, eventType: invalid_api_key, repeat: 10000}').join('\n')), ['a.test.yaml:4: cases[0].lines are 60000 in all; 50000 is the most']],
    ['nothing', '', ['a.test.yaml: there is no fixture in it']],
    ['no YAML', 'rule: [', ['a.test.yaml:1: Flow sequence in block collection must be sufficiently indented and end with a ]']],
  ])('%s', (_title, text, faults) => expect(faultsOf(text)).toEqual(faults))
})

describe('what differs', () => {
  const { alerts } = first('- {at: 0s, eventType: invalid_api_key}', '[{group: {ipAddress: 198.51.100.7}, level: high, at: 200s, lines: 11}]')
  const seen = { projectId: 1, group: { ipAddress: '198.51.100.7' }, severity: 'high', state: 'firing', startsAt: FIXTURE_EPOCH + 200_000, lines: 11, suppressed: false } as const

  it('is nothing where all is as it should be', () => {
    expect(differencesOf(alerts, [seen])).toEqual([])
    expect(differencesOf([], [])).toEqual([])
  })

  it('is said of each alert', () => {
    expect(differencesOf(alerts, [{ ...seen, severity: 'medium', state: 'pending', startsAt: FIXTURE_EPOCH, lines: 10 }])).toEqual([
      'project 1, ipAddress 198.51.100.7: level is medium, not high',
      'project 1, ipAddress 198.51.100.7: state is pending, not firing',
      'project 1, ipAddress 198.51.100.7: lines is 10, not 11',
      'project 1, ipAddress 198.51.100.7: at is 0s, not 200s',
    ])
    expect(differencesOf(alerts, [])).toEqual(['no alert for project 1, ipAddress 198.51.100.7'])
    expect(differencesOf([], [seen])).toEqual(['an alert for project 1, ipAddress 198.51.100.7 that is not expected: high, firing, at 200s, 11 lines'])
  })

  it('takes several alerts of one group in their order', () => {
    const again = { ...seen, startsAt: seen.startsAt + 60_000 }
    const [alert] = alerts
    if (alert === undefined) throw new Error('there is no alert')
    expect(differencesOf([alert, { ...alert, at: again.startsAt }], [again, seen])).toEqual([])
    expect(differencesOf([alert], [seen, again])).toHaveLength(1)
  })
})
