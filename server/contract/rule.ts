/**
 * The rule language: Sigma’s correlation vocabulary with a short list of extensions (docs/rules.md). The one source of its
 * types, of what a rule file may say, and of the JSON Schema that editors read. What no schema can say (names, cycles,
 * fields, spans) is in watch/language/check.ts.
 *
 * A file holds one or more documents. A detection says which lines of the ledger it means and never alerts; a correlation
 * says how many of them, from whom, within what time. One with a `level` alerts; without, it is a building block.
 */
import { type Static, Type } from 'typebox'
import { Severity } from './primitives.ts'

/** Which part of the ledger a detection reads. */
export const SERVICES = ['security_events', 'decisions', 'votes', 'traffic'] as const
export type Service = (typeof SERVICES)[number]
export const CORRELATION_TYPES = [
  'event_count', 'value_count', 'value_sum', 'event_ratio', 'temporal', 'temporal_ordered', 'new_terms',
] as const
export type CorrelationType = (typeof CORRELATION_TYPES)[number]
export const ACTION_TYPES = [
  'block', 'tighten_limits', 'end_sessions', 'lock_out', 'suspend_key', 'hold_votes', 'invalidate_votes', 'require_step_up',
] as const
export type ActionType = (typeof ACTION_TYPES)[number]
/** What stands for a time when somebody said that many people would come (moderation API, expected-spikes). */
export const EXPECTED_SPIKE = 'expected-spike'

const closed = { additionalProperties: false } as const
export const RuleName = Type.String({ pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$', maxLength: 64, description: 'Its name, in kebab-case; rules refer to each other by it.' })
export const FieldName = Type.String({ pattern: '^[a-zA-Z][a-zA-Z0-9]*(\\.[a-zA-Z][a-zA-Z0-9_]*)?$', maxLength: 64 })
export const Duration = Type.String({ pattern: '^[1-9][0-9]{0,5}(s|m|h|d)$', description: 'Such as 30s, 5m, 1h, 7d.' })
const Title = Type.String({ minLength: 1, maxLength: 120 })
const Text = Type.String({ minLength: 1, maxLength: 4000 })
const Mode = Type.Enum(['log', 'enforce'], { description: 'log: write down what would have been done.' })

const Scalar = Type.Union([Type.String({ maxLength: 400 }), Type.Number(), Type.Boolean(), Type.Null()])
/** `field`, or `field|modifier|modifier`. */
const FIELD_WITH_MODIFIERS = '^[a-zA-Z][a-zA-Z0-9]*(\\.[a-zA-Z][a-zA-Z0-9_]*)?(\\|[a-z]+)*$'
export const SearchMap = Type.Record(
  Type.String({ pattern: FIELD_WITH_MODIFIERS }), Type.Union([Scalar, Type.Array(Scalar, { minItems: 1, maxItems: 200 })]),
  { ...closed, description: 'Every field must match; of a list of values any one does, or with |all each of them.' },
)
export type SearchMap = Static<typeof SearchMap>
export const Search = Type.Union([SearchMap, Type.Array(SearchMap, { minItems: 1, maxItems: 50, description: 'Any one of them.' })])
export type Search = Static<typeof Search>

const heading = {
  title: Title,
  name: RuleName,
  description: Type.Optional(Text),
  id: Type.Optional(Type.String({ format: 'uuid' })),
  status: Type.Optional(Type.Enum(['stable', 'test', 'experimental'])),
  author: Type.Optional(Title),
  date: Type.Optional(Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' })),
  references: Type.Optional(Type.Array(Text, { maxItems: 20 })),
}

export const DetectionDocument = Type.Object(
  {
    ...heading,
    logsource: Type.Object({ product: Type.Literal('truetally'), service: Type.Enum([...SERVICES]) }, closed),
    /** Searches by name, and `condition`: `selection and not (office or 1 of filter_*)`. */
    detection: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]*$', maxLength: 64 }), Type.Union([Search, Type.String({ maxLength: 400 })]), closed),
  },
  closed,
)
export type DetectionDocument = Static<typeof DetectionDocument>

const bound = Type.Optional(Type.Number())
export const Condition = Type.Object(
  {
    field: Type.Optional({ ...FieldName, description: 'For value_count the field whose different values are counted, for value_sum the one that is added up, for new_terms the one whose value is new.' }),
    gt: bound, gte: bound, lt: bound, lte: bound, eq: bound,
    gt_baseline: Type.Optional(Type.Number({
      exclusiveMinimum: 1, maximum: 1000, description: 'More than so many times what is usual at this hour of the week.',
    })),
  },
  closed,
)
export type Condition = Static<typeof Condition>

export const Correlation = Type.Object(
  {
    type: Type.Enum([...CORRELATION_TYPES]),
    rules: Type.Array(RuleName, { minItems: 1, maxItems: 20 }),
    'group-by': Type.Optional(Type.Array(FieldName, { maxItems: 4, description: 'Lines that lack one of these fields are left out. The project is always part of the group, unless scope is installation.' })),
    aliases: Type.Optional(Type.Record(FieldName, Type.Record(RuleName, FieldName, closed), {
      ...closed, description: 'A group-by name, and what each rule calls it.',
    })),
    timespan: { ...Duration, description: 'How long lines are taken together; of a session window the pause that ends it.' },
    window: Type.Optional(Type.Enum(['sliding', 'tumbling', 'session'])),
    condition: Type.Optional({ ...Condition, description: 'Not for temporal and temporal_ordered, whose condition is that every rule was seen.' }),
    minimum: Type.Optional(Type.Number({ minimum: 0, description: 'event_ratio: no ratio of fewer lines than this. gt_baseline: nothing up to this is too many.' })),
    history: Type.Optional({ ...Duration, description: 'new_terms and gt_baseline: how far back counts as known.' }),
    after: Type.Optional({ ...Duration, description: 'new_terms: the group must have been known for so long before something in it is new.' }),
  },
  closed,
)
export type Correlation = Static<typeof Correlation>

const Backoff = Type.Object(
  {
    factor: Type.Number({ minimum: 1, maximum: 10, description: 'Each further time the same target is met within 24 hours takes so many times as long.' }),
    max: Duration,
  },
  closed,
)
export const Action = Type.Object(
  {
    type: Type.Enum([...ACTION_TYPES]),
    target: Type.Optional({ ...FieldName, description: 'Which group-by field names what is acted on. hold_votes and invalidate_votes take all of them.' }),
    ttl: { ...Duration, description: 'It ends by itself after this long.' },
    backoff: Type.Optional(Backoff),
    mode: Type.Optional(Mode),
    level: Type.Optional({ ...Severity, description: 'Only once the alert is at least this severe.' }),
  },
  closed,
)
export type Action = Static<typeof Action>
export const Escalation = Type.Object(
  {
    level: Severity,
    condition: Type.Optional(Type.Object({ gt: bound, gte: bound }, { ...closed, description: 'When the measured value reaches this.' })),
    after: Type.Optional({ ...Duration, description: 'When it has been firing for this long.' }),
  },
  closed,
)
export type Escalation = Static<typeof Escalation>

export const CorrelationDocument = Type.Object(
  {
    ...heading,
    level: Type.Optional({ ...Severity, description: 'Alerts, and how grave it is. Without it a building block for other rules.' }),
    tags: Type.Optional(Type.Array(Type.String({ pattern: '^[a-z0-9]+(\\.[a-z0-9_-]+)+$', maxLength: 80 }), { maxItems: 20, description: 'owasp.api1 … owasp.api10 (API Top 10 2023), owasp.oat-001 … (automated threats), attack.t1110 (ATT&CK), truetally.<attack class>.' })),
    falsepositives: Type.Optional(Type.Array(Text, { maxItems: 10 })),
    triage: Type.Optional({ ...Text, description: 'What to look at first, and what to do. Required with a level.' }),
    correlation: Correlation,
    scope: Type.Optional(Type.Enum(['project', 'installation'], { description: 'installation: lines of all projects are taken together.' })),
    for: Type.Optional({ ...Duration, description: 'Pending until it has held for this long.' }),
    keep_firing_for: Type.Optional({ ...Duration, description: 'Goes on firing for this long after it last held. Default: the timespan, at most 15m.' }),
    suppress: Type.Optional({ ...Duration, description: 'Within this long after an alert that was told ended, another of the same group tells nobody, unless it reaches a step of `escalate` that one had not. Its actions are taken all the same.' }),
    mode: Type.Optional({ ...Mode, description: 'log: its actions only write down what they would do. Default enforce.' }),
    actions: Type.Optional(Type.Array(Action, { maxItems: 8 })),
    escalate: Type.Optional(Type.Array(Escalation, { maxItems: 8 })),
    unless: Type.Optional(Type.Array(Type.Union([RuleName, Type.Literal(EXPECTED_SPIKE)]), { maxItems: 8, description: 'Not while one of these was seen in the same group within the timespan.' })),
    inhibits: Type.Optional(Type.Array(RuleName, { maxItems: 20, description: 'While this alert fires, alerts of these rules about the same source or item that are no graver tell nobody.' })),
  },
  closed,
)
export type CorrelationDocument = Static<typeof CorrelationDocument>

export const RuleDocument = Type.Union([DetectionDocument, CorrelationDocument])
export type RuleDocument = Static<typeof RuleDocument>

export const isCorrelation = (document: RuleDocument): document is CorrelationDocument => 'correlation' in document
