/** The answers these pages read, as types. */
import type { Static } from 'typebox'
import type {
  EscalationAnswer, EventAnswer, EventsAnswer, EventsPatch, EventsPatchAnswer, SavedViewsAnswer, SummaryAnswer,
} from '../../../../contract/security.ts'

export type EventList = Static<typeof EventsAnswer>
export type OneEvent = Static<typeof EventAnswer>
export type Mark = EventsPatch
export type Marked = Static<typeof EventsPatchAnswer>
export type Summary = Static<typeof SummaryAnswer>
export type Group = Summary['groups'][number]
export type SavedViews = Static<typeof SavedViewsAnswer>
export type Told = Static<typeof EscalationAnswer>
export type { RelatedAnswer, SecurityEvent, StatsAnswer, TimelineAnswer } from '../../../../contract/security.ts'
