/**
 * Operator API: channels, where alerts are told, and what was told there. The one source of what a channel may say; what no
 * schema can (addresses, templates) is in watch/notifiers/settings.ts.
 */
import { type Static, type TObject, Type } from 'typebox'
import { Cursor, Id, Instant, NextCursor, PageSize, ProjectRef, Severity } from './primitives.ts'
import { RuleName } from './rule.ts'

export const CHANNEL_KINDS = ['webhook', 'slack', 'teams', 'email', 'pagerduty', 'sms'] as const
export const ChannelKind = Type.Enum([...CHANNEL_KINDS])
export type ChannelKind = Static<typeof ChannelKind>
export const SMS_CONTENT_TYPES = ['application/json', 'application/x-www-form-urlencoded', 'text/plain'] as const
export const PAGERDUTY_URL = 'https://events.pagerduty.com/v2/enqueue'
export const CHANNEL_DEFAULTS = { groupWaitMs: 10_000, groupIntervalMs: 300_000, repeatIntervalMs: 14_400_000 } as const

const closed = { additionalProperties: false } as const
const HttpUrl = Type.String({ minLength: 10, maxLength: 2000, pattern: '^https?://', description: 'https, or http where allowPrivate is set. A redirect is never followed.' })
const Address = Type.String({ minLength: 3, maxLength: 254, pattern: '^[^\\s<>,;:"()@]+@[^\\s<>,;:"()@]+$' })
/** Printable, so that no header can be broken by one. */
const Printable = Type.String({ minLength: 1, maxLength: 400, pattern: '^[\\x20-\\x7e]+$' })

export const WebhookSettings = Type.Object(
  {
    url: HttpUrl,
    secret: Type.Optional(Type.String({
      pattern: '^whsec_[A-Za-z0-9+/]{32,88}={0,2}$', description: '`whsec_` and 24 to 64 bytes in base64. Without one it is generated, and shown once.',
    })),
  },
  closed,
)
export type WebhookSettings = Static<typeof WebhookSettings>
export const SlackSettings = Type.Object({ url: HttpUrl }, closed)
export type SlackSettings = Static<typeof SlackSettings>
export const TeamsSettings = Type.Object({ url: HttpUrl }, closed)
export type TeamsSettings = Static<typeof TeamsSettings>
export const EmailSettings = Type.Object(
  {
    to: Type.Array(Address, { minItems: 1, maxItems: 20, uniqueItems: true }),
    from: Address,
    smtp: Type.Object(
      {
        host: Type.String({ minLength: 1, maxLength: 253, pattern: '^[A-Za-z0-9.:-]+$' }),
        port: Type.Integer({ minimum: 1, maximum: 65_535 }),
        secure: Type.Optional(Type.Boolean({ description: 'TLS from the first byte, as on port 465.' })),
        startTls: Type.Optional(Type.Enum(['require', 'never'], {
          description: 'Where `secure` is not set. `require` unless said otherwise; `never`, mail in the clear, only with allowPrivate.',
        })),
        user: Type.Optional(Printable),
        password: Type.Optional(Type.String({ minLength: 1, maxLength: 400 })),
      },
      closed,
    ),
  },
  closed,
)
export type EmailSettings = Static<typeof EmailSettings>
export const PagerDutySettings = Type.Object(
  {
    routingKey: Type.String({ pattern: '^[A-Za-z0-9_-]{16,64}$', description: 'The integration key of a service (Events API v2).' }),
    url: Type.Optional({ ...HttpUrl, default: PAGERDUTY_URL }),
  },
  closed,
)
export type PagerDutySettings = Static<typeof PagerDutySettings>
export const SmsSettings = Type.Object(
  {
    url: { ...HttpUrl, description: 'May hold placeholders behind the host, for gateways that take a query.' },
    to: Type.Optional(Type.String({ minLength: 3, maxLength: 200, description: 'What {{to}} stands for: a telephone number, as the gateway wants it.' })),
    method: Type.Optional(Type.Enum(['POST', 'PUT', 'GET'])),
    headers: Type.Optional(Type.Record(Type.String({ pattern: '^[A-Za-z0-9-]{1,60}$' }), Printable, { ...closed, maxProperties: 10 })),
    bodyTemplate: Type.Optional(Type.String({
      minLength: 1, maxLength: 4000,
      description: 'With {{text}} and, as wanted, {{to}} {{severity}} {{status}} {{title}} {{rule}} {{project}} {{count}} {{id}} {{at}} {{url}} (a link into the dashboard; empty without PUBLIC_URL). Values are escaped for the content type.',
    })),
    contentType: Type.Optional(Type.Enum([...SMS_CONTENT_TYPES])),
  },
  closed,
)
export type SmsSettings = Static<typeof SmsSettings>

export const CHANNEL_SETTINGS = {
  webhook: WebhookSettings, slack: SlackSettings, teams: TeamsSettings, email: EmailSettings, pagerduty: PagerDutySettings, sms: SmsSettings,
} as const satisfies Record<ChannelKind, TObject>
export interface SettingsOf {
  webhook: WebhookSettings
  slack: SlackSettings
  teams: TeamsSettings
  email: EmailSettings
  pagerduty: PagerDutySettings
  sms: SmsSettings
}

const Name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' })
const Wait = (maximum: number): object => ({ minimum: 0, maximum })
const routing = {
  severities: Type.Optional(Type.Array(Severity, { minItems: 1, maxItems: 4, uniqueItems: true, description: 'Which alerts are told here; without it all.' })),
  rules: Type.Optional(Type.Union([Type.Array(RuleName, { minItems: 1, maxItems: 100, uniqueItems: true }), Type.Null()], { description: 'Only alerts of these rules; null: of all.' })),
  escalationsOnly: Type.Optional(Type.Boolean({ description: 'Only what nobody acknowledged in time.' })),
  groupWaitMs: Type.Optional(Type.Integer({ ...Wait(600_000), description: 'How long the first alert of a group waits for others like it. 10 seconds unless said otherwise.' })),
  groupIntervalMs: Type.Optional(Type.Integer({ ...Wait(86_400_000), description: 'How long until what is new in a group is told. 5 minutes unless said otherwise.' })),
  repeatIntervalMs: Type.Optional(Type.Integer({ minimum: 60_000, maximum: 30 * 86_400_000, description: 'How long until what still fires is told again. 4 hours unless said otherwise.' })),
  allowPrivate: Type.Optional(Type.Boolean({
    description: 'Lets the channel reach private and loopback addresses, and unencrypted ones. Takes a token of all projects. Link-local and cloud metadata addresses stay out of reach.',
  })),
}

const requestOf = <K extends ChannelKind>(kind: K) => Type.Object(
  { kind: Type.Literal(kind), name: Name, project: Type.Optional(ProjectRef), ...routing, settings: CHANNEL_SETTINGS[kind] }, closed,
)
const Requests = [requestOf('webhook'), requestOf('slack'), requestOf('teams'), requestOf('email'), requestOf('pagerduty'), requestOf('sms')] as const
export type ChannelRequest = Static<(typeof Requests)[number]>
/** `discriminator`: a mistake is explained by the kind that was meant, not by all six. */
export const ChannelRequest = Type.Unsafe<ChannelRequest>({
  type: 'object', discriminator: { propertyName: 'kind' }, required: ['kind'], properties: { kind: Type.String() }, oneOf: [...Requests],
})

/** `settings` are laid over the present ones, and `smtp` over the present server’s. */
export const ChannelPatch = Type.Object(
  { name: Type.Optional(Name), ...routing, settings: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { maxProperties: 10 })) },
  { ...closed, $id: 'ChannelPatch' },
)
export type ChannelPatch = Static<typeof ChannelPatch>
export const ChannelParams = Type.Object({ id: Id })
export const ChannelsQuery = Type.Object({ project: Type.Optional(ProjectRef) }, closed)

const channelFields = {
  id: Id,
  project: Type.Union([Id, Type.Null()], { description: 'null: alerts of all projects, and of the installation.' }),
  name: Type.String(),
  kind: ChannelKind,
  severities: Type.Array(Severity),
  rules: Type.Union([Type.Array(Type.String()), Type.Null()]),
  escalationsOnly: Type.Boolean(),
  groupWaitMs: Type.Integer(),
  groupIntervalMs: Type.Integer(),
  repeatIntervalMs: Type.Integer(),
  allowPrivate: Type.Boolean(),
  settings: Type.Record(Type.String(), Type.Any(), { description: 'Without what is secret: of a URL only the host is shown.' }),
  createdAt: Instant,
}
export const Channel = Type.Object(channelFields, { $id: 'Channel' })
export type Channel = Static<typeof Channel>
export const ChannelsAnswer = Type.Object({ channels: Type.Array(Channel) })
export const ChannelCreated = Type.Object(
  { ...channelFields, secret: Type.Optional(Type.String({ description: 'The signing secret of a webhook that was sent none. Shown once.' })) },
  { $id: 'ChannelCreated' },
)
export const ChannelTestAnswer = Type.Object({ delivered: Type.Literal(true) })

export const NOTIFICATION_STATES = ['pending', 'sent', 'dead'] as const
export const NotificationState = Type.Enum([...NOTIFICATION_STATES], { description: 'dead: given up; it can be sent again by hand.' })
export type NotificationState = Static<typeof NotificationState>
export const NotificationsQuery = Type.Object(
  { state: Type.Optional(NotificationState), cursor: Type.Optional(Cursor), limit: Type.Optional(PageSize) }, closed,
)
const NotificationId = Type.String({ pattern: '^[1-9][0-9]{0,17}$', description: 'A numeric id, as a string.' })
export const NotificationParams = Type.Object({ id: NotificationId })
export const Notification = Type.Object(
  {
    id: NotificationId,
    state: NotificationState,
    title: Type.String(),
    kind: Type.String({ description: 'alerts, or escalation.' }),
    status: Type.String(),
    severity: Severity,
    attempts: Type.Integer({ description: 'Begun so far.' }),
    createdAt: Instant,
    nextAttemptAt: Type.Union([Instant, Type.Null()]),
    sentAt: Type.Union([Instant, Type.Null()]),
    deadAt: Type.Union([Instant, Type.Null()]),
    lastError: Type.Union([Type.String(), Type.Null()]),
  },
  { $id: 'Notification' },
)
export type Notification = Static<typeof Notification>
export const NotificationsAnswer = Type.Object({ notifications: Type.Array(Notification), nextCursor: NextCursor })
