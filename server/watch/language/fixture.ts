/**
 * Fixtures of rules: a short ledger, written down as its lines, and the alerts that a rule makes of it. One file beside each
 * rule file, one document for each rule; docs/rules.md has an example.
 */
import { type Static, Type } from 'typebox'
import { SEVERITIES, Severity } from '../../contract/primitives.ts'
import { FieldName, RuleName, SERVICES } from '../../contract/rule.ts'
import { DocumentError, type DocumentFault } from '../../document-faults.ts'
import { ALERT_STATES } from '../alerts/alert.ts'
import { durationMs } from './duration.ts'
import { type FixtureLine, type LineDraft, expandLine, groupOf } from './fixture-lines.ts'
import { shapeReader } from './shape.ts'
import { type YamlDocument, readDocuments } from './yaml-documents.ts'

/** A Monday at midnight, UTC: what `at: 0s` is. */
export const FIXTURE_EPOCH = Date.UTC(2026, 2, 2)

export const CASE_KINDS = ['firing', 'threshold', 'benign'] as const
export type CaseKind = (typeof CASE_KINDS)[number]

const closed = { additionalProperties: false } as const
const Offset = Type.String({ pattern: '^(0s|[1-9][0-9]{0,5}(s|m|h|d))$' })
const Scalar = Type.Union([Type.String({ maxLength: 400 }), Type.Number(), Type.Boolean(), Type.Null()])
const Project = Type.Integer({ minimum: 0, maximum: 1000 })
const Line = Type.Object(
  {
    service: Type.Optional(Type.Enum([...SERVICES])),
    at: Offset,
    project: Type.Optional(Project),
    /** So many lines, `every` so long; `{n}`, `{n%7}` and `{ip:198.51.100.0/24}` in texts count them. */
    repeat: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
    every: Type.Optional(Offset),
    detail: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { additionalProperties: Type.Union([Scalar, Type.Array(Scalar)]) },
)
const ExpectedAlert = Type.Object(
  {
    group: Type.Record(FieldName, Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
    project: Type.Optional(Project),
    level: Type.Optional(Severity),
    /** When the condition first held. */
    at: Type.Optional(Offset),
    lines: Type.Optional(Type.Integer({ minimum: 1 })),
    state: Type.Optional(Type.Enum([...ALERT_STATES])),
    suppressed: Type.Optional(Type.Boolean()),
  },
  closed,
)
const Case = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    kind: Type.Optional(Type.Enum([...CASE_KINDS])),
    lines: Type.Array(Line, { minItems: 1, maxItems: 500 }),
    expected_spikes: Type.Optional(Type.Array(
      Type.Object({ from: Offset, to: Offset, itemId: Type.Optional(Type.Integer({ minimum: 1 })), project: Type.Optional(Project) }, closed), { maxItems: 20 },
    )),
    /** The end of the ledger; default: the last line. */
    until: Type.Optional(Offset),
    alerts: Type.Array(ExpectedAlert, { maxItems: 100 }),
  },
  closed,
)
const FixtureDocument = Type.Object({ rule: RuleName, cases: Type.Array(Case, { minItems: 1, maxItems: 50 }) }, closed)

export interface ExpectedSpike {
  projectId: number
  from: number
  to: number
  itemId: number | undefined
}
export interface FixtureAlert {
  projectId: number
  group: Record<string, string>
  level: Severity | undefined
  at: number | undefined
  lines: number | undefined
  state: (typeof ALERT_STATES)[number]
  suppressed: boolean | undefined
}
export interface FixtureCase {
  name: string
  kind: CaseKind
  /** In the order of their times, which are milliseconds since the epoch. */
  lines: FixtureLine[]
  expectedSpikes: ExpectedSpike[]
  /** Just before the first line. */
  since: number
  until: number
  alerts: FixtureAlert[]
}
export interface Fixture {
  rule: string
  file: string
  line: number
  cases: FixtureCase[]
}

const MAX_LINES = 50_000
const readShape = shapeReader(FixtureDocument, 'a fixture')
const instantOf = (offset: string): number => FIXTURE_EPOCH + (offset === '0s' ? 0 : durationMs(offset))

/** @throws DocumentError with everything that is wrong at once */
export function readFixture(text: string, file: string): Fixture[] {
  const { documents, faults } = readDocuments(text, file)
  if (documents.length === 0 && faults.length === 0) faults.push(`${file}: there is no fixture in it`)
  const fixtures = documents.flatMap((yaml) => {
    const shape = readShape(yaml.value)
    if ('faults' in shape) {
      faults.push(...shape.faults.map(yaml.describe))
      return []
    }
    return [fixtureOf(shape.value, yaml, file, (fault) => void faults.push(yaml.describe(fault)))]
  })
  if (faults.length > 0) throw new DocumentError([...new Set(faults)])
  return fixtures
}

function fixtureOf(
  { rule, cases }: Static<typeof FixtureDocument>, { line }: YamlDocument, file: string, complain: (fault: DocumentFault) => void,
): Fixture {
  const read = cases.map((one, index) => caseOf(one, ['cases', String(index)], complain))
  for (const kind of CASE_KINDS) {
    if (!read.some((one) => one.kind === kind)) complain({ path: ['cases'], message: `has no case that is ${kind}` })
  }
  for (const [index, { name }] of cases.entries()) {
    if (cases.findIndex((one) => one.name === name) < index) complain({ path: ['cases', String(index), 'name'], message: 'is the name of another case' })
  }
  return { rule, file, line, cases: read }
}

function caseOf(given: Static<typeof Case>, path: readonly string[], complain: (fault: DocumentFault) => void): FixtureCase {
  const lines = given.lines.flatMap((line, index) => {
    const place = [...path, 'lines', String(index)]
    const { at, every, ...draft } = line
    return expandLine(
      { ...draft, at: instantOf(at), everyMs: every === undefined ? 0 : instantOf(every) - FIXTURE_EPOCH } as LineDraft, index,
      (field, message) => complain({ path: field === '' ? place : [...place, field], message }),
    )
  }).toSorted((a, b) => a.at - b.at)
  if (lines.length > MAX_LINES) complain({ path: [...path, 'lines'], message: `are ${lines.length} in all; ${MAX_LINES} is the most` })
  const twice = findVoteTwice(lines)
  if (twice !== undefined) complain({ path: [...path, 'lines'], message: `have two votes of one voter on item ${twice}; the second would be the same row` })
  const kind = given.kind ?? (given.alerts.length > 0 ? 'firing' : undefined)
  if (kind === undefined) complain({ path: [...path, 'kind'], message: 'is missing: a case without alerts is threshold or benign' })
  if (kind === 'firing' && given.alerts.length === 0) complain({ path: [...path, 'alerts'], message: 'are none in a case that is firing' })
  if (kind === 'benign' && given.alerts.length > 0) complain({ path: [...path, 'alerts'], message: 'must be none in a case that is benign' })
  const last = lines.at(-1)?.at ?? FIXTURE_EPOCH
  const until = given.until === undefined ? last : instantOf(given.until)
  if (until < last) complain({ path: [...path, 'until'], message: 'is before the last line' })
  return {
    name: given.name, kind: kind ?? 'benign', lines, since: (lines[0]?.at ?? FIXTURE_EPOCH) - 1, until,
    expectedSpikes: (given.expected_spikes ?? []).map(({ from, to, itemId, project = 1 }, index) => {
      if (instantOf(to) <= instantOf(from)) complain({ path: [...path, 'expected_spikes', String(index), 'to'], message: 'must be after from' })
      return { projectId: project, from: instantOf(from), to: instantOf(to), itemId }
    }),
    alerts: given.alerts.map(({ group, project = 1, level, at, lines: count, state = 'firing', suppressed }) => ({
      projectId: project, group: groupOf(group), level, at: at === undefined ? undefined : instantOf(at), lines: count, state, suppressed,
    })),
  }
}

function findVoteTwice(lines: readonly FixtureLine[]): string | undefined {
  const seen = new Set<string>()
  for (const { service, projectId, fields } of lines) {
    if (service !== 'votes') continue
    const key = `${projectId} ${String(fields['itemId'])} ${String(fields['voter'])}`
    if (seen.has(key)) return String(fields['itemId'])
    seen.add(key)
  }
  return undefined
}

/** What a replay says, as far as fixtures look at it. */
export interface SeenAlert {
  projectId: number
  group: Readonly<Record<string, string>>
  severity: Severity
  state: FixtureAlert['state']
  startsAt: number
  lines: number
  suppressed: boolean
}

/** How what was seen differs from what was expected, a line each; nothing: not at all. */
export function differencesOf(expected: readonly FixtureAlert[], seen: readonly SeenAlert[]): string[] {
  const left = seen.toSorted((a, b) => a.startsAt - b.startsAt)
  const differences: string[] = []
  for (const alert of expected) {
    const key = keyOf(alert)
    const index = left.findIndex((one) => keyOf(one) === key)
    const [found] = index < 0 ? [] : left.splice(index, 1)
    if (found === undefined) {
      differences.push(`no alert for ${key}`)
      continue
    }
    const compare = (what: string, wanted: unknown, got: unknown): void => {
      if (wanted !== undefined && wanted !== got) differences.push(`${key}: ${what} is ${String(got)}, not ${String(wanted)}`)
    }
    compare('level', alert.level, found.severity)
    compare('state', alert.state, found.state)
    compare('lines', alert.lines, found.lines)
    compare('suppressed', alert.suppressed, found.suppressed)
    compare('at', alert.at === undefined ? undefined : offsetOf(alert.at), offsetOf(found.startsAt))
  }
  for (const found of left.toSorted((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity))) {
    differences.push(`an alert for ${keyOf(found)} that is not expected: ${found.severity}, ${found.state}, at ${offsetOf(found.startsAt)}, ${found.lines} lines`)
  }
  return differences
}

const offsetOf = (at: number): string => `${(at - FIXTURE_EPOCH) / 1000}s`
const keyOf = ({ projectId, group }: Pick<SeenAlert, 'projectId' | 'group'>): string =>
  [`project ${projectId}`, ...Object.keys(group).toSorted().map((name) => `${name} ${group[name]}`)].join(', ')
