/** A channel as the audit log has it: where it leads and what it is told, without what would let one send there. */
import { isDeepStrictEqual } from 'node:util'
import type { ChannelRow } from '../../../db/queries/channels.ts'
import { changedFields } from '../../ledger/audit-detail.ts'
import { maskId } from '../../ledger/mask.ts'
import type { ChannelSecrets } from '../../watch/notifiers/sealed-settings.ts'
import { showSettings } from '../../watch/notifiers/settings.ts'

/** Each setting is a field of its own, so that a change names the one that changed. */
export function auditedChannel(
  { name, kind, severities, rules, escalationsOnly, groupWaitMs, groupIntervalMs, repeatIntervalMs }: ChannelRow, { allowPrivate, channel }: ChannelSecrets,
): Record<string, unknown> {
  const { to, ...shown } = showSettings(channel)
  return {
    name, kind, severities, rules, escalationsOnly, groupWaitMs, groupIntervalMs, repeatIntervalMs, allowPrivate, ...shown,
    // A telephone number; mail addresses are masked with everything else.
    ...(to === undefined ? {} : { to: kind === 'sms' ? maskId(String(to)) : to }),
  }
}

interface ChannelState {
  row: ChannelRow
  secrets: ChannelSecrets
}

/** That something changed which is not shown is said, and no more of it. */
export function changedChannel(before: ChannelState, after: ChannelState): { before: object; after: object } {
  const changed = changedFields(auditedChannel(before.row, before.secrets), auditedChannel(after.row, after.secrets))
  const settingsChanged = !isDeepStrictEqual(before.secrets.channel, after.secrets.channel)
  return { before: changed.before, after: { ...changed.after, ...(settingsChanged ? { settingsChanged } : {}) } }
}
