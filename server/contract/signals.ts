/**
 * What the widget observed about one interaction. Statistics only: no raw path, no key names, no text.
 * A fact that is missing is missing; it is never guessed and never held against the voter.
 */
import { type Static, Type } from 'typebox'

const count = Type.Integer({ minimum: 0, maximum: 100_000 })
const duration = Type.Number({ minimum: 0, maximum: 86_400_000, description: 'Milliseconds.' })
const share = Type.Number({ minimum: 0, maximum: 1 })

export const Signals = Type.Object(
  {
    webdriver: Type.Optional(Type.Boolean({ description: 'navigator.webdriver' })),
    trusted: Type.Optional(Type.Boolean({ description: 'isTrusted of the event that cast the vote' })),
    input: Type.Optional(Type.Enum(['mouse', 'touch', 'pen', 'keyboard', 'assistive'])),
    dwellMs: Type.Optional(duration),
    firstInputMs: Type.Optional(duration),
    pressMs: Type.Optional(duration),
    hoverMs: Type.Optional(duration),
    pressure: Type.Optional(share),
    moves: Type.Optional(count),
    coalescedMoves: Type.Optional(count),
    straightness: Type.Optional({ ...share, description: 'Chord over path length; 1 is a ruler line.' }),
    pathHash: Type.Optional(Type.String({ pattern: '^[0-9a-f]{16,64}$', description: 'Hash of the pointer path; the path stays in the page.' })),
    offCentre: Type.Optional({ ...share, description: 'Distance of the click from the control’s centre, over its half-diagonal.' }),
    keys: Type.Optional(count),
    scrolls: Type.Optional(count),
    languages: Type.Optional(count),
    timezoneOffset: Type.Optional(Type.Integer({ minimum: -1000, maximum: 1000, description: 'Minutes, as Date#getTimezoneOffset.' })),
    visible: Type.Optional(Type.Boolean({ description: 'document.visibilityState was visible' })),
    automationGlobals: Type.Optional(Type.Boolean({ description: 'A global that drivers leave in the page' })),
    workerMismatch: Type.Optional(Type.Boolean({ description: 'navigator says something else in a worker than in the page' })),
    language: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9-]{1,35}$', description: 'navigator.language' })),
    platform: Type.Optional(Type.String({ pattern: '^[ -~]{0,40}$', description: 'navigator.userAgentData.platform, or navigator.platform' })),
    mobile: Type.Optional(Type.Boolean({ description: 'navigator.userAgentData.mobile' })),
    timeZone: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_+/-]{1,64}$', description: 'IANA name.' })),
    core: Type.Optional(Type.String({
      pattern: '^[0-9a-f]{16,64}$', description: 'Hash of what the machine is, whatever the profile says: only where a fingerprint may be taken.',
    })),
  },
  { additionalProperties: false, $id: 'Signals' },
)
export type Signals = Static<typeof Signals>
