/** What can be changed while the server runs: the gate’s mode, and how long the ledger is kept. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { estimateLoss } from '../../../db/queries/retention.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { type RetentionLoss, Settings, SettingsPatch, SettingsPatchAnswer } from '../../contract/settings.ts'
import { Problem } from '../../errors.ts'
import { wholeInstallation } from '../../plugins/installation-wide.ts'
import { refusals } from '../refusals.ts'

const DAY_MS = 86_400_000

const settings: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/settings',
    { schema: { tags: ['operator'], summary: 'What can be changed while the server runs', response: { 200: Settings, ...refusals(401, 403, 429, 503) } } },
    async () => settingsNow(),
  )

  app.patch(
    '/settings',
    {
      preParsing: app.requireRole('admin'),
      schema: {
        tags: ['operator'],
        summary: 'Change it, on every node within a second',
        description: 'null takes back what was set here. A shorter retention deletes what is older, within the hour: look with `dryRun`, then `confirm`.',
        body: SettingsPatch,
        response: { 200: SettingsPatchAnswer, ...refusals(400, 401, 403, 409, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      wholeInstallation(request, 'The settings are the installation’s')
      const { dryRun = false, confirm = false, ...asked } = request.body
      const { gateMode, retentionDays } = asked
      if (gateMode !== undefined) changeable('gateMode', 'GATE_MODE')
      if (retentionDays !== undefined) changeable('retentionDays', 'RETENTION_DAYS')
      const loss = retentionDays === undefined ? null : await lossOf(retentionDays ?? app.modes.defaults.retentionDays)
      if (dryRun) return { settings: settingsNow(), loss }
      if (loss !== null && !confirm) {
        throw new Problem('confirmation_required', {
          detail: `This deletes what is older than ${new Date(loss.before).toISOString().slice(0, 10)}: ${loss.days} days of the ledger. Send it again with "confirm": true.`,
        })
      }
      await inTransaction(app.db, async (client) => {
        const by = { actor: request.operator.actor, at: app.clock() }
        if (gateMode !== undefined) await app.modes.set(client, 'gate_mode', '', gateMode, by)
        if (retentionDays !== undefined) await app.modes.set(client, 'retention_days', '', retentionDays === null ? null : String(retentionDays), by)
        const before = Object.fromEntries((['gateMode', 'retentionDays'] as const).filter((name) => asked[name] !== undefined).map((name) => [name, app.modes[name].value]))
        if (Object.keys(before).length > 0) await request.audit(client, { action: 'settings.update', target: 'settings', projectId: 0, before, after: asked })
      })
      await app.modes.reload()
      return { settings: settingsNow(), loss }
    },
  )

  const settingsNow = (): Settings => ({ gateMode: app.modes.gateMode, retentionDays: app.modes.retentionDays })

  const changeable = (setting: 'gateMode' | 'retentionDays', variable: string): void => {
    if (app.modes[setting].setBy === 'environment') {
      throw new Problem('set_by_environment', { detail: `${variable} is set where the server was started. Change it there, or take it out and restart to change it here.` })
    }
  }

  /** null: no shorter than now. */
  async function lossOf(days: number): Promise<RetentionLoss | null> {
    if (days >= app.modes.retentionDays.value) return null
    const now = app.clock()
    return { before: now - days * DAY_MS, ...await estimateLoss(app.db, now, days) }
  }
}
export default settings
