/** What a monitor outside says of an endpoint it watches. */
import { type Static, Type } from 'typebox'

export const MonitorParams = Type.Object({
  name: Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,39}$', description: 'Which monitor it is: a name of its operator’s choice.' }),
})

/** `webhook-*`, as Standard Webhooks names them. Not required by the schema: without them the signature is refused, not the request’s form. */
export const MonitorHeaders = Type.Object({
  'webhook-id': Type.Optional(Type.String({ maxLength: 200, description: 'The same in each attempt to deliver one message.' })),
  'webhook-timestamp': Type.Optional(Type.String({ maxLength: 20, description: 'Seconds since the epoch.' })),
  'webhook-signature': Type.Optional(Type.String({ maxLength: 2000, description: '`v1,<base64>`; several are separated by spaces.' })),
})

export const MonitorReport = Type.Object(
  {
    status: Type.Enum(['up', 'down', 'slow']),
    target: Type.Optional(Type.String({ maxLength: 200, description: 'What was asked, such as a URL.' })),
    message: Type.Optional(Type.String({ maxLength: 500 })),
    latencyMs: Type.Optional(Type.Number({ minimum: 0, maximum: 86_400_000 })),
  },
  { additionalProperties: false, $id: 'MonitorReport' },
)
export type MonitorReport = Static<typeof MonitorReport>
