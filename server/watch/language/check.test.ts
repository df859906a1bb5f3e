import { describe, expect, it } from 'vitest'
import { DocumentError } from '../../document-faults.ts'
import { loadRules } from './load.ts'

const ABC = 'abcdefghijklmnopqrstuvwxyz'
/** What is wrong with these documents, by file and line: each begins on line 1 of a file of its own, `a.yaml`, `b.yaml` … */
function faultsOf(...texts: string[]): readonly string[] {
  try {
    loadRules(texts.map((text, index) => ({ file: `${ABC[index]}.yaml`, text })))
  } catch (error) {
    if (error instanceof DocumentError) return error.faults
    throw error
  }
  return []
}

const detection = (name: string, service: string, search: string, more = ''): string => `title: D
name: ${name}
logsource: {product: truetally, service: ${service}}
detection:
  selection: ${search}
${more}  condition: selection
`
const EVENT = detection('event', 'security_events', '{severity: high}')
const VOTE = detection('vote', 'decisions', '{value: 1}')

/** A rule over `event`, and over `vote` unless `correlation` says otherwise. Its correlation begins on line 7. */
const rule = (correlation: string, more = '', name = 'rule', level = 'level: medium\ntriage: Look.\ntags: [owasp.api4]'): string =>
  `title: R\nname: ${name}\n${level}\ncorrelation:\n${correlation.replaceAll(/^/gm, '  ')}\n${more}`
const COUNT = 'type: event_count\nrules: [event]\ntimespan: 5m\ncondition: {gt: 10}'
const BY_ADDRESS = `${COUNT}\ngroup-by: [ipAddress]`
/** What is wrong once something of `event` has been changed. */
const faultsWith = (from: string, to: string): readonly string[] => faultsOf(EVENT.replace(from, to), rule(COUNT))
/** A rule over another. */
const over = (name: string, inner: string, timespan = '1h'): string =>
  rule(`type: event_count\nrules: [${inner}]\ntimespan: ${timespan}\ncondition: {gt: 1}`, '', name)
const alert = (more: string, correlation = BY_ADDRESS): readonly string[] => faultsOf(rule(correlation, more), EVENT)

describe('a detection', () => {
  it.each<[string, string]>([
    ['{ipAdress: 198.51.100.1}', 'ipAdress is no field of security_events; did you mean ipAddress?'],
    ['{score: 1}', 'score is no field of security_events'],
    ['{severity|contians: hi}', 'severity|contians has an unknown modifier contians; did you mean contains?'],
    ['{errorMessage|contains|startswith: a}', 'errorMessage|contains|startswith has more than one modifier; only |all goes with another'],
    ['{errorMessage|contains|all: a}', 'errorMessage|contains|all |all goes with a list of values, and with contains, startswith, endswith or re'],
    ['{severity|all: [low, high]}', 'severity|all |all goes with a list of values, and with contains, startswith, endswith or re'],
    ['{ipAddress|contains: "198."}', 'ipAddress|contains is an address, which |contains is not for; it takes |cidr, |exists'],
    ['{count|contains: 1}', 'count|contains is a number, which |contains is not for; it takes |gt, |gte, |lt, |lte, |exists'],
    ['{errorMessage|gt: 1}', 'errorMessage|gt is a text, which |gt is not for; it takes |contains, |startswith, |endswith, |re, |exists'],
    ['{projectId|gt: 1}', 'projectId|gt is an id, which |gt is not for; it takes |exists'],
    ['{origin|exists: 1}', 'origin|exists |exists takes true or false'],
    ['{count|gt: "1"}', 'count|gt |gt takes a number, not "1"'],
    ['{errorMessage|contains: ""}', 'errorMessage|contains |contains takes a text, not ""'],
    ['{errorMessage|contains: 404}', 'errorMessage|contains |contains takes a text, not 404'],
    ['{errorMessage|contains: null}', 'errorMessage|contains |contains takes a value; null alone means that there is none'],
    ['{errorMessage: "a\\0"}', 'errorMessage has a NUL character, which no text in the ledger has'],
    ['{errorMessage: true}', 'errorMessage is a text, not true'],
    ['{errorMessage|re: (a+)+$}', 'errorMessage|re "(a+)+$" repeats a group that has *, +, ? or {n,m} in it, which explodes'],
    ['{errorMessage|re: 5}', 'errorMessage|re 5 must be a text'],
    ['{severity: hihg}', 'severity is one of low, medium, high, critical, not "hihg"; did you mean high?'],
    ['{eventType: [invalid_api_key, key]}',
      'eventType is one of origin_mismatch, rate_limit_exceeded, invalid_api_key, fingerprint_change, jwt_validation_failed, suspicious_activity, not "key"'],
    ['{count: many}', 'count is a number, not "many"'],
    ['{ipAddress: 198.51.100.0/24}', 'ipAddress is an address such as 203.0.113.7, not "198.51.100.0/24"; |cidr takes a network'],
    ['{ipAddress|cidr: 198.51.100.1}', 'ipAddress|cidr "198.51.100.1" is no network such as 203.0.113.0/24'],
    ['{ipAddress|cidr: 198.51.100.7/24}', 'ipAddress|cidr 198.51.100.7/24 is not the beginning of a network; write 198.51.100.0/24'],
    ['{ipAddress|cidr: 198.51.100.0/33}', 'ipAddress|cidr "198.51.100.0/33" is no network such as 203.0.113.0/24'],
    ['{network: 198.51.100.1}', 'network "198.51.100.1" is no network such as 203.0.113.0/24'],
    ['{projectId: shop}', 'projectId is the number of a row, not "shop"'],
    ['{projectId: 3000000000}', 'projectId is the number of a row, not 3000000000'],
    ['{}', ' names no field'],
    ['[{count: 1}, {}]', '[1] names no field'],
  ])('%s', (search, fault) => {
    const key = fault.startsWith(' ') || fault.startsWith('[') ? fault : ` ${fault}`
    const [path = '', ...message] = key.trim().split(' ')
    const place = key.startsWith(' names') ? 'detection.selection names' : path.startsWith('[') ? `detection.selection${path}` : `detection.selection.${/^\w+$/.test(path) ? path : JSON.stringify(path)}`
    expect(faultsOf(detection('event', 'security_events', search), rule(COUNT))).toEqual([`a.yaml:5: ${place} ${message.join(' ')}`])
  })

  it('takes what the fields are', () => {
    for (const search of [
      '{errorMessage|contains|all: [a, b]}', '{errorMessage: "Invalid*"}', '{detail.reason: alg_none}', '{detail.status|gte: 500}', '{detail.flag: true}', '{origin: null}',
      '{origin|exists: false}', '{ipAddress|cidr: [198.51.100.0/24, "2001:db8::/32"]}', '{ipAddress: "2001:db8::1"}', '{network: 198.51.100.0/24}', '{projectId: [1, "2"]}',
      '{eventType: "*_key"}', String.raw`{endpoint|re: '^GET /\.env$'}`, '[{count: 1}, {count|gt: 5, severity: [high, critical]}]',
    ]) expect({ search, faults: faultsOf(detection('event', 'security_events', search), rule(COUNT)) }).toEqual({ search, faults: [] })
    for (const search of ['{voter: 00000000-0000-4000-8000-000000000000, itemId: 3}', '{hosting: true}', '{detectors|contains: sequential-users}', '{wouldHave: block, action: allow}']) {
      expect({ search, faults: faultsOf(detection('event', 'decisions', search), rule(COUNT)) }).toEqual({ search, faults: [] })
    }
  })

  it('knows the ids of voters and devices', () => {
    expect(faultsOf(detection('event', 'decisions', '{voter: 7, hosting: 1}'), rule(COUNT))).toEqual([
      'a.yaml:5: detection.selection.voter is a UUID, not 7', 'a.yaml:5: detection.selection.hosting is true or false, not 1',
    ])
  })

  it('needs a condition, which names every search', () => {
    expect(faultsWith('  condition: selection\n', '')).toEqual(['a.yaml:4: detection.condition is missing: it says which searches must match, such as "selection and not office"'])
    expect(faultsWith('condition: selection', 'condition: {a: 1}')).toEqual(['a.yaml:6: detection.condition must be a text such as "selection and not office"'])
    expect(faultsWith('condition: selection', 'condition: selection and office')).toEqual(['a.yaml:6: detection.condition column 15: there is no search office'])
    expect(faultsWith('  condition', '  office: {ipAddress: 198.51.100.1}\n  condition')).toEqual(['a.yaml:6: detection.office is not asked for by the condition'])
    expect(faultsWith('  selection: {severity: high}\n  condition: selection', '  them: {severity: high}\n  condition: all of them')).toEqual([
      'a.yaml:5: detection.them is a word of the condition; give the search another name',
    ])
  })
})

describe('a correlation', () => {
  it.each<[string, string, string[]]>([
    ['event_count without a bound', 'type: event_count\nrules: [event]\ntimespan: 5m', ['correlation.condition needs a bound: gt, gte, lt, lte, eq, gt_baseline']],
    ['event_count of a field', COUNT.replace('gt: 10', 'gt: 10, field: origin'), ['correlation.condition.field is not for event_count']],
    ['value_count without a field', COUNT.replace('event_count', 'value_count'), ['correlation.condition.field is missing: value_count looks at the values of a field']],
    ['value_count without a bound', COUNT.replace('event_count', 'value_count').replace('gt: 10', 'field: origin'), ['correlation.condition needs a bound: gt, gte, lt, lte, eq']],
    ['value_count of an unknown field', COUNT.replace('event_count', 'value_count').replace('gt: 10', 'field: orign, gt: 1'),
      ['correlation.condition.field orign, asked of event, is no field of security_events; did you mean origin?']],
    ['value_sum of a text', COUNT.replace('event_count', 'value_sum').replace('gt: 10', 'field: origin, gt: 1'),
      ['correlation.condition.field must be a number for value_sum; origin of event is not']],
    ['value_count against what is usual', COUNT.replace('event_count', 'value_count').replace('gt: 10', 'field: origin, gt_baseline: 3') + '\nminimum: 5\nhistory: 28d',
      ['correlation.condition.gt_baseline is only for event_count and value_sum']],
    ['gt_baseline alone', COUNT.replace('gt: 10', 'gt_baseline: 3'),
      ['correlation.minimum is missing: where next to nothing is usual, anything is a multiple of it', 'correlation.history is missing: gt_baseline compares with it']],
    ['event_ratio of one rule', COUNT.replace('event_count', 'event_ratio').replace('gt: 10', 'gt: 0.1') + '\nminimum: 5',
      ['correlation.rules must be two for event_ratio: what is counted, and all other outcomes']],
    ['event_ratio without a minimum, above 1', 'type: event_ratio\nrules: [event, vote]\ntimespan: 5m\ncondition: {gt: 5}',
      ['correlation.condition.gt must be between 0 and 1: it is a part of all', 'correlation.minimum is missing: one of one is a ratio of 1']],
    ['temporal with a condition', 'type: temporal\nrules: [event, vote]\ntimespan: 5m\ncondition: {gt: 1}', ['correlation.condition is not for temporal, whose condition is that every rule was seen']],
    ['temporal_ordered of one rule', 'type: temporal_ordered\nrules: [event]\ntimespan: 5m', ['correlation.rules must be at least 2 for temporal_ordered']],
    ['a rule twice', 'type: temporal\nrules: [event, event]\ntimespan: 5m', ['correlation.rules[1] names event twice']],
    ['new_terms with a bound, of two rules, without a history', 'type: new_terms\nrules: [event, vote]\ntimespan: 5m\ncondition: {gt: 1}',
      ['correlation.rules must be one rule for new_terms', 'correlation.condition.field is missing: new_terms looks at the values of a field',
        'correlation.condition.gt is not for new_terms', 'correlation.history is missing: new_terms compares with it']],
    ['what other types have', `${COUNT}\nminimum: 5\nhistory: 7d\nafter: 1d`,
      ['correlation.minimum is only for event_ratio and gt_baseline', 'correlation.history is only for new_terms and gt_baseline', 'correlation.after is only for new_terms']],
    ['a session of values', COUNT.replace('event_count', 'value_count').replace('gt: 10', 'field: origin, gt: 1') + '\nwindow: session',
      ['correlation.window must be sliding for value_count; session is for event_count and value_sum']],
    ['one bound twice', COUNT.replace('gt: 10', 'gt: 10, gte: 12, lt: 20, lte: 21'), ['correlation.condition.gte says with gt twice from where on', 'correlation.condition.lte says with lt twice up to where']],
    ['bounds that exclude each other', COUNT.replace('gt: 10', 'gt: 10, lt: 10'), ['correlation.condition can never be met']],
    ['an equal with another bound', COUNT.replace('gt: 10', 'eq: 10, lt: 10'), ['correlation.condition.eq goes with no other bound']],
    ['more than a month', COUNT.replace('5m', '31d'), ['correlation.timespan must be at most 30d']],
    ['a history without end', 'type: new_terms\nrules: [event]\ntimespan: 5m\ncondition: {field: origin}\nhistory: 91d\nafter: 92d',
      ['correlation.history must be at most 90d', 'correlation.after must not be longer than the history, 91d: nothing is known from before that']],
    ['a history shorter than the timespan', 'type: new_terms\nrules: [event]\ntimespan: 2d\ncondition: {field: origin}\nhistory: 1d', ['correlation.history must not be shorter than the timespan, 2d']],
    ['a group of fields that are none', `${COUNT}\ngroup-by: [ipAdress, ipAddress, ipAddress]`,
      ['correlation.group-by[0] ipAdress, asked of event, is no field of security_events; did you mean ipAddress?', 'correlation.group-by[2] names ipAddress twice']],
    ['a group that one of its rules does not have', 'type: temporal\nrules: [event, vote]\ntimespan: 5m\ngroup-by: [endUser]',
      ['correlation.group-by[0] endUser, asked of event, is no field of security_events; did you mean endUserId?']],
    ['an alias of nothing', `${BY_ADDRESS}\naliases: {origin: {event: origin}, ipAddress: {vote: ipAddress}}`,
      ['correlation.aliases.origin is neither a group-by field nor the field of the condition', 'correlation.aliases.ipAddress.vote is not one of the rules']],
  ])('%s', (_title, correlation, faults) => {
    // `vote` is a building block of another rule, so that it is in use whatever this rule is about.
    const other = rule('type: event_count\nrules: [vote]\ntimespan: 5m\ncondition: {gt: 1}', '', 'other')
    const found = faultsOf(rule(correlation), EVENT, VOTE, other, rule(COUNT, '', 'another'))
    expect(found.map((fault) => fault.replace(/^a\.yaml:\d+: /, '')).toSorted()).toEqual(faults.toSorted())
    for (const fault of found) expect(Number(/^a\.yaml:(\d+): correlation/.exec(fault)?.[1])).toBeGreaterThanOrEqual(6)
  })

  it('may call the fields of its group by other names', () => {
    expect(faultsOf(rule('type: temporal\nrules: [event, vote]\ntimespan: 5m\ngroup-by: [user]\naliases: {user: {event: endUserId, vote: endUser}}'), EVENT, VOTE)).toEqual([])
    expect(faultsOf(rule('type: temporal\nrules: [event, vote]\ntimespan: 5m\ngroup-by: [user]\naliases: {user: {event: endUserId}}'), EVENT, VOTE)).toEqual([
      'a.yaml:10: correlation.group-by[0] user, asked of vote, is no field of decisions; did you mean userAgent?',
    ])
  })

  it('groups a correlation only by what that one groups by', () => {
    const block = rule('type: event_count\nrules: [event]\ntimespan: 5m\ngroup-by: [ipAddress, origin]\ncondition: {gt: 1}', '', 'block', 'description: A block.')
    const grouped = (group: string): readonly string[] => faultsOf(rule(`type: event_count\nrules: [block]\ntimespan: 1h\ngroup-by: [${group}]\ncondition: {gt: 1}`), EVENT, block)
    expect(grouped('ipAddress')).toEqual([])
    expect(grouped('ipAddress, projectId')).toEqual([])
    expect(grouped('fingerprint')).toEqual(['a.yaml:10: correlation.group-by[0] fingerprint is not in the group-by of block'])
    expect(faultsOf(rule('type: value_sum\nrules: [block]\ntimespan: 1h\ncondition: {field: origin, gt: 1}'), EVENT, block)).toEqual([
      'a.yaml:10: correlation.condition.field must be a number for value_sum; origin of block is not',
    ])
  })
})

describe('rules that refer to each other', () => {
  it('exist', () => {
    expect(faultsOf(over('a', 'evnet'), EVENT, rule(COUNT, 'unless: [evant]\ninhibits: [nobody, event]'))).toEqual([
      'a.yaml:8: correlation.rules[0] there is no rule evnet; did you mean event?',
      'c.yaml:11: unless[0] there is no rule evant; did you mean event?',
      'c.yaml:12: inhibits[0] there is no rule nobody',
      'c.yaml:12: inhibits[1] event has no level: it never alerts',
    ])
  })

  it('never go round in a circle', () => {
    expect(faultsOf(over('a', 'b'), over('b', 'c'), over('c', 'a'))).toEqual([
      'a.yaml:8: correlation.rules go round in a circle: a -> b -> c -> a',
      'b.yaml:8: correlation.rules go round in a circle: b -> c -> a -> b',
      'c.yaml:8: correlation.rules go round in a circle: c -> a -> b -> c',
    ])
    expect(faultsOf(over('a', 'a'))).toEqual(['a.yaml:8: correlation.rules go round in a circle: a -> a'])
    expect(faultsOf(`${over('a', 'event')}unless: [b]\n`, over('b', 'a'), EVENT)).toEqual([
      'a.yaml:8: correlation.rules go round in a circle: a -> b -> a', 'b.yaml:8: correlation.rules go round in a circle: b -> a -> b',
    ])
  })

  it('never silence each other', () => {
    expect(faultsOf(`${over('a', 'event')}inhibits: [b]\n`, `${over('b', 'event')}inhibits: [a]\n`, EVENT)).toEqual([
      'a.yaml:11: inhibits go round in a circle, so that nobody would be told: a -> b -> a',
      'b.yaml:11: inhibits go round in a circle, so that nobody would be told: b -> a -> b',
    ])
  })

  it('look back sixty days in all', () => {
    expect(faultsOf(over('a', 'b', '20d'), over('b', 'c', '20d'), over('c', 'event', '20d'), EVENT)).toEqual([])
    expect(faultsOf(over('a', 'b', '20d'), over('b', 'c', '20d'), over('c', 'event', '21d'), EVENT)).toEqual([
      'a.yaml:9: correlation.timespan is 61d with those of the rules below it; 60d is the most',
    ])
  })

  it('are all of use', () => {
    expect(faultsOf(rule(COUNT), EVENT, VOTE, rule(COUNT, '', 'block', 'description: A block.'))).toEqual([
      'c.yaml:2: name vote has no level and is used by no rule', 'd.yaml:2: name block has no level and is used by no rule',
    ])
  })

  it('are not loaded for long, however many refer to each other', () => {
    const layers = Array.from({ length: 60 }, (_, index) =>
      rule(`type: event_count\nrules: [${index === 0 ? 'event' : `x${index - 1}, y${index - 1}`}]\ntimespan: 1s\ncondition: {gt: 1}`, '', `x${index}`))
    const text = [EVENT, ...layers, ...layers.map((layer) => layer.replace(/^name: x/m, 'name: y'))].join('---\n')
    const begun = process.cpuUsage()
    expect(faultsOf(text)).toEqual([])
    const { user } = process.cpuUsage(begun)
    // Of the processor, however busy the machine is: following each of them by each way takes for ever.
    expect(user / 1000).toBeLessThan(5000)
  }, 60_000)
})

describe('what goes with a level', () => {
  it('is a triage note and a tag, and without a level nothing about alerts', () => {
    expect(faultsOf(rule(COUNT, '', 'rule', 'level: low'), EVENT)).toEqual([
      'a.yaml:1: triage is missing: whoever is told wants to know what to look at first',
      'a.yaml:1: tags must have at least one of owasp.api1 to owasp.api10 and owasp.oat-001 to owasp.oat-021',
    ])
    expect(faultsOf(rule(COUNT, '', 'rule', 'level: low\ntriage: Look.\ntags: [owasp.api11, attack.t1110, owasp.oat-022]'), EVENT)).toEqual([
      'a.yaml:5: tags[0] must be one of owasp.api1 to owasp.api10 and owasp.oat-001 to owasp.oat-021',
      'a.yaml:5: tags[2] must be one of owasp.api1 to owasp.api10 and owasp.oat-001 to owasp.oat-021',
    ])
    const block = rule(BY_ADDRESS, `triage: Look.
scope: project
for: 1m
keep_firing_for: 1m
suppress: 1m
mode: log
actions: [{type: block, target: ipAddress, ttl: 1h}]
escalate: [{level: high, after: 1h}]
inhibits: [rule]
`, 'block', 'description: A block.')
    expect(faultsOf(rule('type: event_count\nrules: [block]\ntimespan: 5m\ncondition: {gt: 1}'), EVENT, block)).toEqual(
      ['triage', 'scope', 'for', 'keep_firing_for', 'suppress', 'mode', 'actions', 'escalate', 'inhibits']
        .map((key, index) => `c.yaml:${10 + index}: ${key} is only for rules that alert, which have a level`),
    )
  })

  it.each<[string, string, string]>([
    ['no target', '{type: block, ttl: 1h}', '.target is missing: which group-by field block acts on'],
    ['a target that the action does not know', '{type: lock_out, target: ipAddress, ttl: 1h}', '.target must be one of voter for lock_out'],
    ['a mistyped target', '{type: block, target: ipAdress, ttl: 1h}', '.target must be one of ipAddress, network, fingerprint, origin, device, voter for block; did you mean ipAddress?'],
    ['a target that is not in the group', '{type: block, target: origin, ttl: 1h}', '.target must be one of the group-by fields: ipAddress'],
    ['a target of votes', '{type: hold_votes, target: ipAddress, ttl: 1h}', '.target is not for hold_votes, which takes all group-by fields'],
    ['too long', '{type: block, target: ipAddress, ttl: 31d}', '.ttl must be at most 30d'],
    ['a backoff that is shorter', '{type: block, target: ipAddress, ttl: 1h, backoff: {factor: 2, max: 30m}}', '.backoff.max must not be shorter than the ttl, 1h'],
    ['a backoff without end', '{type: block, target: ipAddress, ttl: 1h, backoff: {factor: 2, max: 91d}}', '.backoff.max must be at most 90d'],
    ['an action that is none', '{type: ban, target: ipAddress, ttl: 1h}',
      '.type must be one of block, tighten_limits, end_sessions, lock_out, suspend_key, hold_votes, invalidate_votes, require_step_up'],
  ])('an action with %s is refused', (_title, action, fault) => expect(alert(`actions:\n  - ${action}\n`)).toEqual([`a.yaml:13: actions[0]${fault}`]))

  it('lets no action mean everybody', () => {
    expect(alert('actions: [{type: hold_votes, ttl: 1h}]\n', `${COUNT}\ngroup-by: [origin]`)).toEqual([
      'a.yaml:12: actions[0].type needs one of itemId, ipAddress, network, fingerprint, core, voter in the group-by: it would mean all votes',
    ])
    expect(alert('actions: [{type: block, target: ipAddress, ttl: 1h}]\n', COUNT)).toEqual(['a.yaml:11: actions[0].target must be one of the group-by fields, of which there are none'])
    expect(alert('scope: installation\nactions: [{type: hold_votes, ttl: 1h}]\n')).toEqual(['a.yaml:13: actions[0].type needs projectId in the group-by: whose votes they are'])
    expect(alert('actions: [{type: suspend_key, target: projectId, ttl: 1h}]\n')).toEqual([])
    expect(alert('scope: installation\nactions: [{type: suspend_key, target: projectId, ttl: 1h}]\n')).toEqual(['a.yaml:13: actions[0].target must be one of the group-by fields: ipAddress'])
  })

  it.each<[string, string, string]>([
    ['nothing to wait for', '{level: high}', 'escalate[0] needs either a condition or after'],
    ['two things', '{level: high, after: 1h, condition: {gt: 50}}', 'escalate[0] needs either a condition or after'],
    ['two bounds', '{level: high, condition: {gt: 50, gte: 51}}', 'escalate[0].condition needs either gt or gte'],
    ['no higher level', '{level: medium, after: 1h}', 'escalate[0].level must be above medium, the rule’s own'],
    ['more than a month', '{level: high, after: 31d}', 'escalate[0].after must be at most 30d'],
  ])('an escalation with %s is refused', (_title, entry, fault) => expect(alert(`escalate:\n  - ${entry}\n`)).toEqual([`a.yaml:13: ${fault}`]))

  it('keeps its times to a month, and its name and references to itself apart', () => {
    expect(alert('for: 31d\nkeep_firing_for: 31d\nsuppress: 31d\n')).toEqual([
      'a.yaml:12: for must be at most 30d', 'a.yaml:13: keep_firing_for must be at most 30d', 'a.yaml:14: suppress must be at most 30d',
    ])
    expect(alert('inhibits: [rule]\n')).toEqual([
      'a.yaml:12: inhibits[0] is the rule itself', 'a.yaml:12: inhibits go round in a circle, so that nobody would be told: rule -> rule',
    ])
    expect(faultsOf(rule(COUNT, '', 'expected-spike'), EVENT)).toEqual(['a.yaml:2: name is what rules call an announced rush; choose another'])
    expect(alert('unless: [expected-spike]\n')).toEqual([])
  })
})
