/**
 * What the watch does about alerts that nobody answers. Numbers, no code: the one source of their types and of what a settings
 * file may say. What no schema can say is in watch/settings.ts.
 */
import { type Static, Type } from 'typebox'

const YEAR_MS = 31_536_000_000
const closed = { additionalProperties: false } as const
const length = Type.Integer({ minimum: 0, maximum: YEAR_MS, description: 'Milliseconds.' })
const positive = Type.Integer({ minimum: 1000, maximum: YEAR_MS, description: 'Milliseconds, a second at least.' })

export const WatchSettings = Type.Object(
  {
    responseTimesMs: Type.Object(
      { critical: length, high: length, medium: length, low: length },
      { ...closed, description: 'An alert that nobody has acknowledged for so long is escalated. 0: at once.' },
    ),
    escalationRepeatMs: { ...positive, description: 'It is escalated again every so often, until somebody acknowledges it. Milliseconds.' },
    raiseAfterMs: Type.Object(
      { low: positive, medium: positive, high: positive },
      { ...closed, description: 'An alert that goes on for so long with this severity, and that nobody has acknowledged, is one step graver.' },
    ),
    maxOpenPerRule: Type.Integer({ minimum: 1, maximum: 10_000, description: 'No rule has more open alerts than this in one project.' }),
  },
  closed,
)
export type WatchSettings = Static<typeof WatchSettings>
