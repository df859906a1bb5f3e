/** A signed webhook as Standard Webhooks describes it (github.com/standard-webhooks/standard-webhooks): three headers and a JSON body. */
import { createHmac, randomBytes } from 'node:crypto'
import type { WebhookSettings } from '../../contract/channel.ts'
import type { HttpRequest } from './http-request.ts'
import type { Message } from './message.ts'

/** 32 random bytes, in the form every Standard Webhooks library takes. */
export const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`

/** HMAC-SHA256 over `id.timestamp.body`; `timestamp` in seconds. */
export function signWebhook(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

/** The id and the body are the same over all attempts; timestamp and signature are of this one. */
export function formatWebhook(message: Message, settings: WebhookSettings & { secret: string }, { id, now }: { id: string; now: number }): HttpRequest {
  const type = message.kind === 'test' ? 'test' : message.kind === 'escalation' ? 'alerts.escalated' : `alerts.${message.status}`
  const body = JSON.stringify({ type, timestamp: new Date(message.at).toISOString(), data: message })
  const timestamp = Math.floor(now / 1000)
  return {
    url: settings.url,
    method: 'POST',
    headers: {
      'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': String(timestamp),
      'webhook-signature': signWebhook(settings.secret, id, timestamp, body),
    },
    body,
  }
}
