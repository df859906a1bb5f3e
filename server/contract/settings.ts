/** Operator API: what can be changed while the server runs, the policy in force, and what it would have done. */
import { type Static, Type } from 'typebox'
import { Policy } from './policy.ts'
import { Instant } from './primitives.ts'

const closed = { additionalProperties: false } as const
export const MODES = ['log', 'enforce'] as const
export const Mode = Type.Enum([...MODES], { description: 'log: only write down what would have been done.' })
export type Mode = Static<typeof Mode>
export const SETTERS = ['environment', 'operator', 'default'] as const

const setting = {
  setBy: Type.Enum([...SETTERS], { description: 'operator: somebody, in the dashboard or with a token. What the environment sets cannot be changed here.' }),
  setAt: Type.Union([Instant, Type.Null()], { description: 'Of what an operator set.' }),
  actor: Type.Union([Type.String(), Type.Null()]),
}
const RetentionDays = Type.Integer({ minimum: 1, maximum: 3650 })
export const Settings = Type.Object(
  {
    gateMode: Type.Object({ value: Mode, ...setting }, { description: 'Of the policy’s bands, of cohorts and of what rules do.' }),
    retentionDays: Type.Object({ value: RetentionDays, ...setting }, { description: 'How long events, decisions and what follows from them are kept. Votes are kept.' }),
  },
  { $id: 'Settings' },
)
export type Settings = Static<typeof Settings>

/** What a shorter retention deletes. */
export const RetentionLoss = Type.Object({
  before: { ...Instant, description: 'All that is older. Milliseconds since the epoch.' },
  days: Type.Integer({ description: 'Whole days of the ledger.' }),
  securityEvents: Type.Integer({ description: 'About so many: the database’s own estimate.' }),
  decisions: Type.Integer({ description: 'About so many.' }),
  alerts: Type.Integer({ description: 'Resolved ones.' }),
  feedbackAddresses: Type.Integer({ description: 'Feedback that stays, without the address it came from.' }),
})
export type RetentionLoss = Static<typeof RetentionLoss>

/** Null takes back what was set here: the default holds again. */
export const SettingsPatch = Type.Object(
  {
    gateMode: Type.Optional(Type.Union([Mode, Type.Null()])),
    retentionDays: Type.Optional(Type.Union([RetentionDays, Type.Null()])),
    dryRun: Type.Optional(Type.Boolean({ description: 'Changes nothing, and says what a shorter retention would delete.' })),
    confirm: Type.Optional(Type.Boolean({ description: 'A shorter retention deletes what is older; without this it is refused.' })),
  },
  { ...closed, $id: 'SettingsPatch' },
)
export type SettingsPatch = Static<typeof SettingsPatch>
export const SettingsPatchAnswer = Type.Object({
  settings: Settings,
  loss: Type.Union([RetentionLoss, Type.Null()], { description: 'What goes with the next housekeeping, within the hour. null: nothing is shortened.' }),
})
export type SettingsPatchAnswer = Static<typeof SettingsPatchAnswer>

const Judged = Type.Object({
  action: Type.String({ description: 'allow, or the band that acted.' }),
  wouldHave: Type.Union([Type.String(), Type.Null()], { description: 'What a band in log mode would have done instead.' }),
  enforced: Type.String({ description: 'What would be done with the gate in enforce mode. The same as `action`: it would change nothing.' }),
  votes: Type.Integer(),
  items: Type.Integer({ description: 'On so many different items.' }),
})
const Answered = Type.Object({
  rule: Type.String(), action: Type.String(), mode: Mode, times: Type.Integer(), votes: Type.Integer({ description: 'Held or invalidated, or would have been.' }),
})
export const PolicyAnswer = Type.Object(
  {
    version: Type.String(),
    mode: Mode,
    policy: { ...Policy, description: 'As it is in force: with the gate in log mode every band and cohort has the mode log.' },
    own: Type.Object(
      { 'POST sessions': Policy.properties.bands.properties['POST sessions'], 'PUT vote': Policy.properties.bands.properties['PUT vote'], 'POST feedback': Policy.properties.bands.properties['POST feedback'] },
      { description: 'The bands with the modes of the policy itself: as they are when the gate enforces.' },
    ),
    cohortsOwn: Mode,
    detectors: Type.Array(Type.Object({ name: Type.String(), group: Type.String(), weight: Type.Number() })),
    shadow: Type.Union([Type.String(), Type.Null()], { description: 'Version of the policy on trial; its figures: GET /api/security/v1/shadow.' }),
    lastDay: Type.Object(
      {
        since: Instant,
        votes: Type.Array(Judged, { description: 'Recorded changes of votes, by what was done and would have been done; the most frequent first.' }),
        cohorts: Type.Object({ held: Type.Integer(), wouldHold: Type.Integer() }, { description: 'Findings of votes of one mind.' }),
        responses: Type.Array(Answered, { description: 'What rules did, or would have done; the most frequent first.' }),
      },
      { description: 'The last 24 hours.' },
    ),
  },
  { $id: 'PolicyInForce' },
)
export type PolicyAnswer = Static<typeof PolicyAnswer>
