/**
 * `app.modes`: what is only written down and what is enforced, and how long the ledger is kept, as it is now. The environment goes
 * before what an operator set, in the dashboard or with a token, and that before the default. In memory, and the same on every node
 * within a second.
 */
import type { PoolClient } from 'pg'
import fp from 'fastify-plugin'
import { type OverrideRow, type OverriddenSetting, deleteOverride, loadOverrides, saveOverride } from '../../db/queries/overrides.ts'
import { announceChange } from '../../db/queries/changes.ts'
import type { Mode } from '../contract/settings.ts'

/** What the server was started with. `fixed`: the environment says so, and nothing else can. */
export interface Given<T> {
  value: T
  fixed: boolean
}
export interface Setting<T> {
  value: T
  setBy: 'environment' | 'operator' | 'default'
  /** Of what an operator set. */
  setAt: number | null
  actor: string | null
}
/** What an operator says about one rule. */
export interface RuleMode {
  mode: Mode
  setAt: number
  actor: string
}

export interface Modes {
  readonly gateMode: Setting<Mode>
  readonly retentionDays: Setting<number>
  /** Where no operator set anything. */
  readonly defaults: { gateMode: Mode; retentionDays: number }
  /** undefined: as its file says. */
  ruleMode(rule: string): RuleMode | undefined
  /**
   * In the caller’s transaction; null takes it back. Every node hears of it with the commit, and this one with the
   * `reload()` that the caller awaits.
   */
  set(client: PoolClient, setting: OverriddenSetting, name: string, value: string | null, by: { actor: string; at: number }): Promise<void>
  reload(): Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    modes: Modes
  }
}

export interface ModesOptions {
  gateMode: Given<Mode>
  retentionDays: Given<number>
}

export default fp<ModesOptions>(
  async (app, options) => {
    let rules = new Map<string, RuleMode>()
    let gateMode = settled<Mode>(options.gateMode, undefined, modeOf)
    let retentionDays = settled(options.retentionDays, undefined, Number)

    let begun = 0
    let shown = 0
    const reload = async (): Promise<void> => {
      const turn = (begun += 1)
      const rows = await loadOverrides(app.db)
      // A reading that began earlier can end later: it must not take back what a newer one has shown.
      if (turn < shown) return
      shown = turn
      const find = (setting: OverriddenSetting): OverrideRow | undefined => rows.find((row) => row.setting === setting)
      gateMode = settled(options.gateMode, find('gate_mode'), modeOf)
      retentionDays = settled(options.retentionDays, find('retention_days'), Number)
      rules = new Map(rows.filter(({ setting }) => setting === 'rule_mode')
        .map(({ name, value, setBy, setAt }) => [name, { mode: modeOf(value), setAt, actor: setBy }]))
    }

    app.decorate('modes', {
      get gateMode() {
        return gateMode
      },
      get retentionDays() {
        return retentionDays
      },
      defaults: { gateMode: options.gateMode.value, retentionDays: options.retentionDays.value },
      ruleMode: (rule) => rules.get(rule),
      set: async (client, setting, name, value, { actor, at }) => {
        if (value === null) await deleteOverride(client, setting, name)
        else await saveOverride(client, { setting, name, value, setBy: actor, setAt: at })
        await announceChange(client, 'modes')
      },
      reload,
    })
    app.changes.on('modes', reload)
    await reload()
  },
  { name: 'modes', dependencies: ['database', 'changes'] },
)

const modeOf = (value: string): Mode => (value === 'log' ? 'log' : 'enforce')

function settled<T>({ value, fixed }: Given<T>, row: OverrideRow | undefined, read: (value: string) => T): Setting<T> {
  if (fixed) return { value, setBy: 'environment', setAt: null, actor: null }
  if (row === undefined) return { value, setBy: 'default', setAt: null, actor: null }
  return { value: read(row.value), setBy: 'operator', setAt: row.setAt, actor: row.setBy }
}
