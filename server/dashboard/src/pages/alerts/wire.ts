/** The answers these pages read, as types. */
import type { Static } from 'typebox'
import type { AlertAnswer, AlertsAnswer, RulesAnswer, SilenceRequest, SilencesAnswer } from '../../../../contract/alert.ts'
import type { BlocksAnswer } from '../../../../contract/moderation.ts'
import type { AllowedSourcesAnswer, ResponseUndoAnswer, ResponsesAnswer } from '../../../../contract/response.ts'

export type AlertList = Static<typeof AlertsAnswer>
export type OneAlert = Static<typeof AlertAnswer>
export type RuleList = Static<typeof RulesAnswer>
export type NewSilence = Static<typeof SilenceRequest>
export type SilenceList = Static<typeof SilencesAnswer>
export type BlockList = Static<typeof BlocksAnswer>
export type AllowedList = Static<typeof AllowedSourcesAnswer>
export type ResponseList = Static<typeof ResponsesAnswer>
export type UndoneResponse = Static<typeof ResponseUndoAnswer>
export type Matcher = NewSilence['matchers'][number]
