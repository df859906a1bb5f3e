/** Security API: alerts, the rules that find them, silences, and figures about all of it. */
import { type Static, Type } from 'typebox'
import { Cursor, Id, Instant, NextCursor, PageSize, ProjectRef, Reason, Severity, Uuid } from './primitives.ts'
import { RuleResponse } from './response.ts'
import { RuleName } from './rule.ts'
import { SecurityEvent } from './security.ts'
import { Mode } from './settings.ts'

export const ALERT_STATES = ['pending', 'firing', 'resolved'] as const
export const DISPOSITIONS = ['true_positive', 'false_positive', 'benign'] as const
export const AlertState = Type.Enum([...ALERT_STATES])
export const Disposition = Type.Enum([...DISPOSITIONS], { description: 'benign: it happened as the rule says, and was no harm.' })

const nullable = <Schema extends typeof Instant | ReturnType<typeof Type.String>>(schema: Schema) => Type.Union([schema, Type.Null()])
const ProjectId = Type.Union([Id, Type.Null()], { description: 'null: the installation.' })
const Ratio = Type.Union([Type.Number(), Type.Null()], { description: 'Of what people have looked at; null: nothing yet.' })
const Ms = Type.Union([Type.Number(), Type.Null()], { description: 'Milliseconds; null: there were none.' })
const Note = Type.String({ minLength: 1, maxLength: 2000, pattern: '\\S' })

export const Alert = Type.Object(
  {
    id: Uuid,
    projectId: ProjectId,
    rule: Type.String(),
    ruleVersion: Type.String({ description: 'Which text of the rule found it.' }),
    title: Type.String(),
    group: Type.Record(Type.String(), Type.String(), { description: 'Whom or what it is about: the values of the rule’s group-by.' }),
    state: AlertState,
    severity: Severity,
    startsAt: { ...Instant, description: 'The line of the ledger with which the condition first held. Milliseconds since the epoch.' },
    firesAt: nullable(Instant),
    lastAt: Instant,
    endsAt: nullable(Instant),
    detectedAt: Instant,
    value: Type.Number({ description: 'The most that was measured.' }),
    lines: Type.Integer(),
    evidence: Type.Array(Type.String(), { description: 'Ids of the first lines.' }),
    suppressed: Type.Boolean({ description: 'Another of the same group had only just ended: told to nobody, nothing done.' }),
    acknowledgedAt: nullable(Instant),
    acknowledgedBy: nullable(Type.String()),
    disposition: Type.Union([Disposition, Type.Null()]),
    disposedAt: nullable(Instant),
    disposedBy: nullable(Type.String()),
    escalations: Type.Integer({ description: 'How often it was escalated for want of an acknowledgement.' }),
  },
  { $id: 'Alert' },
)
export type Alert = Static<typeof Alert>

export const AlertsQuery = Type.Object(
  {
    project: Type.Optional(ProjectRef),
    state: Type.Optional(AlertState),
    severity: Type.Optional(Severity),
    rule: Type.Optional(RuleName),
    acknowledged: Type.Optional(Type.Boolean()),
    since: Type.Optional({ ...Instant, description: 'Begun at this time or later.' }),
    until: Type.Optional(Instant),
    cursor: Type.Optional(Cursor),
    limit: Type.Optional(PageSize),
  },
  { additionalProperties: false },
)
export type AlertsQuery = Static<typeof AlertsQuery>
export const AlertsAnswer = Type.Object({ alerts: Type.Array(Alert), nextCursor: NextCursor })

export const AlertParams = Type.Object({ id: Uuid })
export const AlertAnswer = Type.Object({
  alert: Alert,
  timeline: Type.Array(
    Type.Object({ at: Instant, kind: Type.String(), actor: Type.String(), detail: Type.Record(Type.String(), Type.Any()) }),
    { description: 'Everything that happened to it, in order; the latest 500.' },
  ),
  responses: Type.Array(RuleResponse, { description: 'What was done about it, newest first.' }),
  events: Type.Array(SecurityEvent, { description: 'Of its evidence what is a security event and still kept.' }),
})
export type AlertAnswer = Static<typeof AlertAnswer>

export const AcknowledgeRequest = Type.Union([Type.Object({ note: Type.Optional(Note) }, { additionalProperties: false }), Type.Null()])
export const DispositionRequest = Type.Object(
  { disposition: Disposition, note: Type.Optional(Note) }, { additionalProperties: false, $id: 'DispositionRequest' })
export const NoteRequest = Type.Object({ note: Note }, { additionalProperties: false, $id: 'NoteRequest' })

export const Rule = Type.Object(
  {
    name: RuleName,
    title: Type.String(),
    level: Severity,
    description: nullable(Type.String()),
    tags: Type.Array(Type.String()),
    triage: nullable(Type.String()),
    falsepositives: Type.Array(Type.String()),
    status: Type.Enum(['stable', 'test', 'experimental']),
    correlation: Type.Record(Type.String(), Type.Any(), { description: 'What it counts, over what time, and from when on it holds, as the file says (docs/rules.md).' }),
    escalate: Type.Array(Type.Object({ level: Severity, condition: Type.Optional(Type.Record(Type.String(), Type.Number())), after: Type.Optional(Type.String()) })),
    mode: { ...Mode, description: 'In force. log: its actions only write down what they would do.' },
    fileMode: { ...Mode, description: 'Of the rule in its file; an action may have one of its own there.' },
    modeSetBy: Type.Enum(['file', 'operator', 'gate'], { description: 'Who says so. gate: the gate as a whole is in log mode, whatever the rule says.' }),
    modeSet: Type.Union([Type.Object({ mode: Mode, at: Instant, actor: Type.String() }), Type.Null()], {
      description: 'What was set for all of its actions, in place of the file; null: nothing.',
    }),
    actions: Type.Array(Type.Object({
      type: Type.String(), target: nullable(Type.String()), ttl: Type.String(), level: Type.Union([Severity, Type.Null()], { description: 'Only once the alert is at least this severe.' }),
      mode: { ...Mode, description: 'In force.' }, fileMode: Mode,
    })),
    version: Type.String(),
    shipped: Type.Boolean({ description: 'It comes with Truetally; false: it is this installation’s own.' }),
    file: Type.String(),
    alerts: Type.Integer({ description: 'Of the last 30 days.' }),
    falsePositiveRatio: Ratio,
    evaluation: Type.Union([
      Type.Object({ at: Instant, ms: Type.Number(), error: nullable(Type.String()) }), Type.Null(),
    ], { description: 'The last one by this node; null: there has been none.' }),
  },
  { $id: 'Rule' },
)
export type Rule = Static<typeof Rule>
export const RulesAnswer = Type.Object({ rules: Type.Array(Rule) })
export const RuleParams = Type.Object({ name: RuleName })
export const RulePatch = Type.Object(
  { mode: Type.Union([Mode, Type.Null()], { description: 'For all of its actions; null: as its file says.' }) }, { additionalProperties: false, $id: 'RulePatch' })

export const BacktestRequest = Type.Object(
  { since: Instant, until: Type.Optional({ ...Instant, description: 'Left out: now.' }), project: Type.Optional(ProjectRef) },
  { additionalProperties: false, $id: 'BacktestRequest' },
)
export const BacktestAnswer = Type.Object({
  rule: RuleName,
  version: Type.String(),
  since: Instant,
  until: Instant,
  tookMs: Type.Number(),
  found: Type.Integer({ description: 'How many alerts the rule would have raised.' }),
  alerts: Type.Array(
    Type.Object({
      projectId: ProjectId,
      group: Type.Record(Type.String(), Type.String()),
      severity: Severity,
      state: AlertState,
      startsAt: Instant,
      firesAt: nullable(Instant),
      lastAt: Instant,
      value: Type.Number(),
      lines: Type.Integer(),
      evidence: Type.Array(Type.String()),
      suppressed: Type.Boolean(),
    }),
    { description: 'The first 500.' },
  ),
})
export type BacktestAnswer = Static<typeof BacktestAnswer>

const Matchers = Type.Array(
  Type.Object(
    {
      name: Type.String({ pattern: '^[a-zA-Z][a-zA-Z0-9]*(\\.[a-zA-Z][a-zA-Z0-9_]*)?$', maxLength: 64, description: 'rule, severity, project (its id), or a field of the alert’s group.' }),
      value: Type.String({ minLength: 1, maxLength: 400, description: '`*` stands for anything.' }),
    },
    { additionalProperties: false },
  ),
  { minItems: 1, maxItems: 10, description: 'All must match.' },
)
export const SilenceRequest = Type.Object(
  {
    project: Type.Optional({ ...ProjectRef, description: 'Left out: everything your token reaches.' }),
    matchers: Matchers,
    reason: Reason,
    startsAt: Type.Optional({ ...Instant, description: 'Left out: now.' }),
    endsAt: { ...Instant, description: 'At most 30 days after its start. Milliseconds since the epoch.' },
  },
  { additionalProperties: false, $id: 'SilenceRequest' },
)
export const Silence = Type.Object(
  {
    id: Id,
    projectId: ProjectId,
    matchers: Matchers,
    reason: Type.String(),
    actor: Type.String(),
    createdAt: Instant,
    startsAt: Instant,
    endsAt: Instant,
    endedAt: { ...nullable(Instant), description: 'Ended early.' },
    endedBy: nullable(Type.String()),
  },
  { $id: 'Silence' },
)
export type Silence = Static<typeof Silence>
export const SilencesQuery = Type.Object(
  { project: Type.Optional(ProjectRef), standing: Type.Optional(Type.Boolean({ description: 'Only what has not ended, or only what has.' })) },
  { additionalProperties: false },
)
export const SilencesAnswer = Type.Object({ silences: Type.Array(Silence) })
export const SilenceParams = Type.Object({ id: Id })

export const FiguresQuery = Type.Object(
  { project: Type.Optional(ProjectRef), since: Type.Optional({ ...Instant, description: 'Left out: 30 days ago.' }) }, { additionalProperties: false })
const Catalogue = Type.Object({
  covered: Type.Integer(),
  of: Type.Integer(),
  entries: Type.Array(Type.Object({ id: Type.String(), title: Type.String(), rules: Type.Array(Type.String()) }), { description: 'Without a rule: not covered.' }),
})
export const FiguresAnswer = Type.Object(
  {
    since: Instant,
    alerts: Type.Object({
      fired: Type.Integer(),
      bySeverity: Type.Object({ low: Type.Integer(), medium: Type.Integer(), high: Type.Integer(), critical: Type.Integer() }),
      byState: Type.Object({ pending: Type.Integer(), firing: Type.Integer(), resolved: Type.Integer() }, { description: 'pending counts those begun since then.' }),
    }),
    meanTimeToDetectMs: { ...Ms, description: 'From the moment an alert fires by the ledger to its being stored. null: there were none.' },
    p95TimeToDetectMs: Ms,
    meanTimeToRespondMs: {
      ...Ms, description: 'From there to the first of an acknowledgement, a response in force and a disposition, of the alerts that have one. null: none has.',
    },
    p95TimeToRespondMs: Ms,
    unanswered: Type.Integer({ description: 'Alerts that nobody and nothing has answered yet. Suppressed ones do not count.' }),
    falsePositiveRatio: Ratio,
    rules: Type.Array(Type.Object({
      rule: Type.String(), alerts: Type.Integer(), disposed: Type.Integer(), falsePositives: Type.Integer(), falsePositiveRatio: Ratio,
    })),
    coverage: Type.Object({ owaspApiTop10: Catalogue, owaspAutomatedThreats: Catalogue, attackClasses: Catalogue }),
  },
  { $id: 'Figures' },
)
export type FiguresAnswer = Static<typeof FiguresAnswer>
