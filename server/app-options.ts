/** What a server is built from; everything but the first few has a default. */
import type { Mode } from './contract/settings.ts'
import type { WatchSettings } from './contract/watch-settings.ts'
import type { Policy } from './gate/policies/policy.ts'
import type { ResponsePolicy } from './gate/policies/responses.ts'
import type { Given } from './plugins/modes.ts'
import type { PressureOptions } from './plugins/pressure.ts'
import type { RuleLibrary } from './watch/language/library.ts'

export interface AppOptions {
  /** Migrated. */
  databaseUrl: string
  /** Of the Redis or Valkey that several nodes count in; undefined: this node counts for itself. */
  redisUrl?: string | undefined
  /** How long Redis may take to answer before this node goes by its own counts; 100 unless a test says otherwise. */
  redisTimeoutMs?: number
  masterSecret: string
  /** Where the built widget lies. */
  widgetDir: string
  /** Where the built dashboard lies; without it there is none. */
  dashboardDir?: string | undefined
  version: string
  trustedProxies?: false | number | string[]
  logLevel?: string
  /** Share of the answers that went well which the log has a line about, 0 to 1. */
  logSample?: number
  /** Where the log goes; standard output unless a test says otherwise. */
  logTo?: { write(line: string): void }
  /** Days that events and decisions are kept; 90 unless somebody says otherwise. */
  retentionDays?: Given<number>
  /** Whether bands, cohorts and rules act or only write down; enforce unless somebody says otherwise. */
  gateMode?: Given<Mode>
  policy?: Policy
  /** On trial: judged beside the policy, stored where it disagrees, never acted on. */
  shadowPolicy?: Policy | undefined
  /** What is done by itself about a source that goes on offending. */
  responses?: ResponsePolicy
  /** When the server counts as under load, and how much tighter limits are then. */
  pressure?: PressureOptions
  /** Milliseconds since the epoch; Date.now unless a test says otherwise. */
  clock?: () => number
  /** A file of all autonomous systems (mmdb); without it the largest hosting companies are known. */
  asnDatabase?: string | undefined
  /** What the watch looks for in the ledger (commands/rule-files.ts reads the shipped ones). */
  rules: RuleLibrary
  /** What it does about alerts that nobody answers. */
  watchSettings?: WatchSettings
  /** How often the ledger is watched; 0: only when `app.watch.tick()` and `app.alerts.tick()` are called. */
  watchEveryMs?: number
  /** How often the outbox is looked at; 0: only when `app.notifications.tick()` is called. */
  notifyEveryMs?: number
  /** Requests per minute and network on routes without a figure of their own. */
  requestsPerMinute?: number
  /** For security.txt: a mailto: or https: address of whoever runs this installation. */
  securityContact?: string | undefined
  /** The origin under which people reach this server, for links in messages; without one they have none. */
  publicUrl?: string | undefined
  /** How often the server asks its own endpoints; 0: only when `app.probes.tick()` is called. */
  probeEveryMs?: number
  /** How long one of them may take before it counts as slow; 1000. */
  probeSlowMs?: number
  /** How often the listener for changes makes sure that it hears them. */
  pulseMs?: number
  /** How often everything that other nodes may have changed is read again, unheard-of changes included. */
  rereadMs?: number
  /** How soon a changed board is serialised again, at the earliest. Milliseconds. */
  boardEveryMs?: number
  /** How often an open stream of events asks whether its operator still may have it. */
  streamRecheckMs?: number
  /** What monitors outside sign their messages with (`whsec_…`); without one none are taken. */
  monitorSecret?: string | undefined
}
