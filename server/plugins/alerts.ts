/**
 * `app.alerts`: the rules’ watch over the ledger (watch/alerts/look.ts), twice a second. Every node tries, and a lock in the database
 * lets one of them look; what it found is committed as a whole, and what follows from it is read again here and elsewhere.
 */
import fp from 'fastify-plugin'
import { takeWatchLock } from '../../db/queries/alerts.ts'
import { inTransaction, withinSavepoint } from '../../db/queryable.ts'
import { compileRule } from '../../db/rules/compile.ts'
import type { WatchSettings } from '../contract/watch-settings.ts'
import { LOG_SUFFIX } from '../gate/policies/only-logged.ts'
import { isLost } from '../watch/alerts/fresh-groups.ts'
import { Lookout } from '../watch/alerts/look.ts'
import { type PageOf, pagesAt } from '../watch/alerts/page-of.ts'
import type { Evaluation } from '../watch/alerts/rule-pace.ts'
import { tellChannels } from '../watch/alerts/tell.ts'
import type { RuleLibrary } from '../watch/language/library.ts'
import { runUnhurried } from '../watch/unhurried.ts'

export interface Alerts {
  readonly library: RuleLibrary
  readonly settings: WatchSettings
  /** For the links in messages. */
  readonly pageOf: PageOf
  /** Rule actions only write down what they would do. */
  readonly logOnly: boolean
  /** Looks once, by `app.clock()`; false: another worker was looking. The server does so by itself, unless it was started with `watchEveryMs: 0`. */
  tick(): Promise<boolean>
  readonly evaluations: ReadonlyMap<string, Evaluation>
  readonly saturation: { folded: number; lookMs: number; errors: number; behindMs: number }
}

declare module 'fastify' {
  interface FastifyInstance {
    alerts: Alerts
  }
}

const TELL_TIMEOUT_MS = 8000
/** Nobody has looked for so long: something is wrong. */
const SILENCE_MS = 5000

export interface AlertsOptions {
  library: RuleLibrary
  settings: WatchSettings
  everyMs: number
  proxies: readonly string[]
  publicUrl: string | undefined
}

export default fp<AlertsOptions>(
  async (app, { library, settings, everyMs, proxies, publicUrl }) => {
    const pageOf = pagesAt(publicUrl)
    let errors = 0
    let lookMs = 0
    let behindMs = 0
    /** When somebody was seen to look, here or on another node. */
    let seen = app.clock()
    const lookout = new Lookout({
      library, settings, proxies, rests: everyMs > 0,
      get logOnly() {
        return app.gate.policy.version.endsWith(LOG_SUFFIX)
      },
      modeSet: (rule) => app.modes.ruleMode(rule)?.mode,
      rules: library.alerting.map(({ document }) => compileRule(library, document.name)),
      publicKeyOf: (projectId) => app.projects.byId(projectId)?.publicKey,
      onError: (error, rule) => {
        errors += 1
        app.log.error({ err: error, rule }, 'a rule could not be evaluated; the others go on, and it is tried again')
      },
    })

    async function look(): Promise<boolean> {
      const now = app.clock()
      const begun = performance.now()
      try {
        const looked = await inTransaction(app.db, async (client) => {
          if (!await takeWatchLock(client)) return undefined
          const found = await lookout.look(client, now)
          // Whom to tell can be found out again; what was found must not be lost for it.
          const told = await withinSavepoint(client, TELL_TIMEOUT_MS, () => tellChannels(client, {
            library, settings, now, pageOf, projectName: (projectId) => app.projects.byId(projectId)?.name ?? (projectId === 0 ? 'this installation' : `project ${projectId}`),
          })).catch((error: unknown) => {
            if (isLost(error)) throw error
            errors += 1
            app.log.error({ err: error }, 'whom to tell could not be found out; the next look tries again')
            return 0
          })
          return { ...found, told }
        })
        seen = now
        if (looked === undefined) return false
        behindMs = looked.behindMs
        if (looked.tallies.length > 0) app.boards.apply(looked.tallies)
        if (looked.blocksChanged) {
          await app.blocks.reload()
          await app.changes.publish('blocks')
        }
        if (looked.told > 0) app.notifications.poke()
        return true
      } catch (error) {
        lookout.pace.forget()
        throw error
      } finally {
        lookMs = performance.now() - begun
      }
    }

    let running: Promise<boolean> | undefined
    const closing = new AbortController()
    /** As often as it takes to have looked through all there is. */
    const lookThrough = async (): Promise<boolean> => {
      let looked = await look()
      while (looked && behindMs > 0 && !closing.signal.aborted) looked = await look()
      return looked
    }
    const tick = (): Promise<boolean> => (running ??= lookThrough().finally(() => (running = undefined)))
    app.decorate('alerts', {
      library, settings, pageOf, tick,
      get logOnly() {
        return app.gate.policy.version.endsWith(LOG_SUFFIX)
      },
      get evaluations() {
        return lookout.pace.evaluations
      },
      get saturation() {
        const silentMs = everyMs === 0 ? 0 : app.clock() - seen - SILENCE_MS
        return { folded: lookout.folded, lookMs, errors, behindMs: Math.max(behindMs, silentMs, 0) }
      },
    })
    if (everyMs > 0) {
      // One look at a time, however much there is: what is left is looked through after a pause, and votes come in between.
      const end = runUnhurried(everyMs, () => (running ??= look().finally(() => (running = undefined))).then(() => undefined, (error: unknown) =>
        app.log.error({ err: error }, 'the watch over the ledger stumbled; it looks again')))
      app.addHook('onClose', async () => end())
    }
    app.addHook('onClose', async () => {
      closing.abort()
      await running?.catch(() => undefined)
    })
  },
  { name: 'alerts', dependencies: ['database', 'changes', 'clock', 'projects', 'blocks', 'boards', 'ledger', 'gate', 'modes', 'notifications'] },
)
