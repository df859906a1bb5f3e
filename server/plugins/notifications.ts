/**
 * `app.notifications`: takes what is due out of the outbox and tells it, every second and whenever it is poked. Several nodes
 * share the outbox. A few at a time, and of one channel fewer still, so that one that hangs does not hold up the others.
 */
import fp from 'fastify-plugin'
import {
  type ClaimedNotification, claimNotifications, forgetNotifications, markDead, markFailed, markSent, recordTelling, releaseNotification,
} from '../../db/queries/notifications.ts'
import { inTransaction } from '../../db/queryable.ts'
import { backoffMs, isSpent } from '../watch/notifiers/backoff.ts'
import type { Message } from '../watch/notifiers/message.ts'
import { type Outcome, undelivered } from '../watch/notifiers/outcome.ts'
import { tell } from '../watch/notifiers/registry.ts'
import { type ChannelSecrets, openSettings } from '../watch/notifiers/sealed-settings.ts'

export interface Notifications {
  /** There may be something new: looks at once. */
  poke(): void
  /** Tells all that is due, and resolves when nothing due is left and nothing is under way. */
  tick(): Promise<void>
  /** One message now, past the outbox: does the channel work? */
  test(secrets: ChannelSecrets, message: Message, id: string): Promise<Outcome>
  readonly saturation: { underWay: number }
}

declare module 'fastify' {
  interface FastifyInstance {
    notifications: Notifications
  }
}

const MAX_UNDER_WAY = 8
const MAX_PER_CHANNEL = 2
/** Well above the longest attempt (20 s for a mail server) and the writing down of what came of it. */
const LOCK_MS = 60_000
const CLOSE_MS = 10_000
/** Failing for so long is worth an event, so that somebody looks at the ledger whom no channel reaches. */
const LONG_MS = 600_000
const REPORT_EVERY_MS = 3_600_000
const HOUSEKEEPING_MS = 3_600_000
/** Arrived but not written down would be told twice: it is tried for most of the time the row is held. */
const WRITE_ATTEMPTS = 5

export default fp<{ everyMs: number }>(
  async (app, { everyMs }) => {
    const underWay = new Map<string, Promise<void>>()
    const busy = new Map<number, number>()
    /** By channel; no more than there are channels. */
    const reported = new Map<number, number>()
    const stop = new AbortController()
    let closing = false

    const claim = async (): Promise<number> => {
      if (closing || underWay.size >= MAX_UNDER_WAY) return 0
      const claimed = await claimNotifications(app.db, app.clock(), {
        limit: MAX_UNDER_WAY - underWay.size, perChannel: MAX_PER_CHANNEL, busy, lockMs: LOCK_MS,
      })
      for (const notification of claimed) begin(notification)
      return claimed.length
    }

    function begin(notification: ClaimedNotification): void {
      const { id: channelId } = notification.channel
      busy.set(channelId, (busy.get(channelId) ?? 0) + 1)
      const work = deliver(notification)
        .catch((error: unknown) => app.log.error({ err: error, notification: notification.id }, 'what came of a notification could not be written; it is tried again'))
        .finally(() => {
          underWay.delete(notification.id)
          const left = (busy.get(channelId) ?? 1) - 1
          if (left === 0) busy.delete(channelId)
          else busy.set(channelId, left)
          poke()
        })
      underWay.set(notification.id, work)
    }

    const attempt = async (secrets: ChannelSecrets, message: Message, id: string): Promise<Outcome> =>
      tell(message, secrets.channel, { id, now: app.clock(), allowPrivate: secrets.allowPrivate, signal: stop.signal })

    async function deliver(notification: ClaimedNotification): Promise<void> {
      let outcome: Outcome
      try {
        const secrets = openSettings(app.keys.vault, notification.channel.sealedSettings, notification.channel)
        outcome = await attempt(secrets, notification.message, `ntf_${notification.id}`)
      } catch (error) {
        // A fault of ours, or another master secret: nothing the receiver did.
        app.log.error({ err: error, channel: notification.channel.name }, 'a notification could not be made')
        outcome = undelivered('This server could not make the notification; its log says why')
      }
      if (!outcome.delivered && closing && stop.signal.aborted) {
        await releaseNotification(app.db, notification)
        return
      }
      await insist(() => settle(notification, outcome))
    }

    /** The database may be away for a moment just when a message has arrived. */
    async function insist(write: () => Promise<void>): Promise<void> {
      for (let tries = 1; ; tries += 1) {
        try {
          await write()
          return
        } catch (error) {
          if (tries === WRITE_ATTEMPTS || closing) throw error
          await new Promise((resolve) => void setTimeout(resolve, 1000 * tries))
        }
      }
    }

    async function settle(notification: ClaimedNotification, outcome: Outcome): Promise<void> {
      const { projectId, message, attempts, channel, id } = notification
      const now = app.clock()
      const dead = !outcome.delivered && (outcome.final || isSpent(notification, now))
      await inTransaction(app.db, async (client) => {
        if (outcome.delivered) await markSent(client, notification, now)
        else if (dead) {
          if (!await markDead(client, notification, outcome.reason, now)) return
        } else {
          const pause = Math.max(outcome.retryAfterMs ?? 0, backoffMs(attempts, Math.random()))
          if (!await markFailed(client, notification, outcome.reason, now + pause)) return
        }
        // The first failure and the last: a hundred lines in between would bury the alert’s own story.
        if (!outcome.delivered && !dead && attempts > 1) return
        const detail = outcome.delivered
          ? { attempts, ...(outcome.note === undefined ? {} : { note: outcome.note }) }
          : { attempts, error: outcome.reason, final: dead }
        await recordTelling(client, {
          projectId, at: now, kind: outcome.delivered ? 'delivered' : 'undelivered', actor: `channel:${channel.name}`,
          detail: { channelId: String(channel.id), notificationId: id, status: message.status, ...detail },
        }, message.alerts.map((alert) => alert.id))
      })
      if (!outcome.delivered && (dead || now - notification.createdAt >= LONG_MS)) report(notification, outcome.reason, dead, now)
    }

    function report({ channel, attempts }: ClaimedNotification, reason: string, dead: boolean, now: number): void {
      if (now - (reported.get(channel.id) ?? -Infinity) < REPORT_EVERY_MS) return
      reported.set(channel.id, now)
      app.ledger.write({
        projectId: channel.projectId, eventType: 'suspicious_activity', severity: 'medium', endpoint: 'notifications',
        errorMessage: `Channel ${channel.name} ${dead ? 'gave a notification up' : 'has been failing'}: ${reason}`,
        detail: { kind: 'channel', channel: String(channel.id), channelKind: channel.kind, attempts, dead },
      })
    }

    let claiming: Promise<number> | undefined
    let again = false
    /** One claim at a time on this node. A poke that comes during one is answered by another. */
    const pump = async (): Promise<void> => {
      again = true
      if (claiming !== undefined) {
        await claiming
        return
      }
      while (again) {
        again = false
        claiming = claim()
        try {
          await claiming
        } finally {
          claiming = undefined
        }
      }
    }
    const poke = (): void => {
      if (everyMs === 0 || closing) return
      pump().catch((error: unknown) => app.log.error({ err: error }, 'the outbox could not be read; the next second tries again'))
    }

    app.decorate('notifications', {
      poke,
      tick: async () => {
        do {
          await pump()
          if (underWay.size > 0) await Promise.race(underWay.values())
        } while (underWay.size > 0 || await claim() > 0)
      },
      test: attempt,
      get saturation() {
        return { underWay: underWay.size }
      },
    })

    const timers = everyMs === 0 ? [] : [setInterval(poke, everyMs)]
    timers.push(setInterval(() => {
      forgetNotifications(app.db, app.clock() - app.modes.retentionDays.value * 86_400_000).catch((error: unknown) =>
        app.log.error({ err: error }, 'old notifications could not be deleted; the next hour tries again'))
    }, HOUSEKEEPING_MS))
    for (const timer of timers) timer.unref()

    app.addHook('onClose', async () => {
      closing = true
      for (const timer of timers) clearInterval(timer)
      await claiming?.catch(() => undefined)
      const patience = setTimeout(() => stop.abort(), CLOSE_MS)
      // A claim that was under way may have begun some after the flag was set.
      while (underWay.size > 0) await Promise.all(underWay.values())
      clearTimeout(patience)
    })
  },
  { name: 'notifications', dependencies: ['database', 'clock', 'keys', 'ledger', 'modes'] },
)
