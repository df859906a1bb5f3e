/** Every kind of channel: how a message becomes what its service takes, and how that gets there. */
import type { ChannelKind, SettingsOf } from '../../contract/channel.ts'
import { formatEmail, sendEmail } from './email.ts'
import { sendRequest } from './http-request.ts'
import type { Message } from './message.ts'
import type { Envelope, Outcome } from './outcome.ts'
import { formatPagerDuty } from './pagerduty.ts'
import { formatSlack } from './slack.ts'
import { formatSms } from './sms.ts'
import { formatTeams, readTeamsAnswer } from './teams.ts'
import { formatWebhook } from './webhook.ts'

/** A channel’s settings with its kind, as they are sealed. A webhook has its secret by then. */
export type StoredSettings = { [K in ChannelKind]: { kind: K; settings: K extends 'webhook' ? SettingsOf[K] & { secret: string } : SettingsOf[K] } }[ChannelKind]

/** One attempt. Never throws for what the receiver does. */
export async function tell(message: Message, channel: StoredSettings, envelope: Envelope): Promise<Outcome> {
  switch (channel.kind) {
    case 'webhook':
      return outcomeOf(await sendRequest(formatWebhook(message, channel.settings, envelope), envelope))
    case 'slack':
      return outcomeOf(await sendRequest(formatSlack(message, channel.settings), envelope))
    case 'teams': {
      const answer = await sendRequest(formatTeams(message, channel.settings), envelope)
      return answer.delivered ? readTeamsAnswer(answer.body ?? '') : outcomeOf(answer)
    }
    case 'email':
      return sendEmail(formatEmail(message, channel.settings, envelope), channel.settings, envelope)
    case 'pagerduty':
      return outcomeOf(await sendRequest(formatPagerDuty(message, channel.settings), envelope))
    case 'sms':
      return outcomeOf(await sendRequest(formatSms(message, channel.settings, envelope), envelope))
  }
}

function outcomeOf({ body: _body, ...outcome }: Outcome & { body?: string }): Outcome {
  return outcome
}
