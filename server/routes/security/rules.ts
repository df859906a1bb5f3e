/** The rules in force, how they do, and what one would have found. */
import { basename } from 'node:path'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type RuleCount, countByRule } from '../../../db/queries/figures.ts'
import { backtest } from '../../../db/rules/backtest.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { BacktestAnswer, BacktestRequest, Rule, RuleParams, RulePatch, RulesAnswer } from '../../contract/alert.ts'
import type { CorrelationDocument } from '../../contract/rule.ts'
import { Problem } from '../../errors.ts'
import type { LoadedRule } from '../../watch/language/library.ts'
import { modeInForce } from '../../watch/responses/plan.ts'
import { wholeInstallation } from '../../plugins/installation-wide.ts'
import { projectAsked, projectIdOf } from '../reach.ts'
import { refusals } from '../refusals.ts'

const MONTH_MS = 30 * 86_400_000
const LONGEST_BACKTEST_MS = 366 * 86_400_000
const BACKTEST_TIMEOUT_MS = 60_000
const MOST_SHOWN = 500

const rules: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/rules',
    {
      schema: {
        tags: ['security'], summary: 'The rules in force, and how each has done in the last 30 days',
        response: { 200: RulesAnswer, ...refusals(400, 401, 403, 429, 503) },
      },
    },
    async (request) => {
      const counts = await countByRule(app.db, projectAsked(request, undefined), app.clock() - MONTH_MS)
      return { rules: app.alerts.library.alerting.map((rule) => ruleOf(rule, counts)) }
    },
  )

  app.get(
    '/rules/:name',
    {
      schema: {
        tags: ['security'], summary: 'One rule', params: RuleParams,
        response: { 200: Rule, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const rule = find(request.params.name)
      return ruleOf(rule, await countByRule(app.db, projectAsked(request, undefined), app.clock() - MONTH_MS))
    },
  )

  app.patch(
    '/rules/:name',
    {
      preParsing: app.requireRole('admin'),
      schema: {
        tags: ['security'],
        summary: 'Let a rule act, or only write down what it would do',
        description: 'For all of its actions, on every node within a second. What it did before stands until it ends or somebody takes it back.',
        params: RuleParams, body: RulePatch,
        response: { 200: Rule, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      wholeInstallation(request, 'Rules are the installation’s')
      const rule = find(request.params.name)
      const { name } = rule.document
      const { mode } = request.body
      await inTransaction(app.db, async (client) => {
        const before = app.modes.ruleMode(name)?.mode ?? null
        await app.modes.set(client, 'rule_mode', name, mode, { actor: request.operator.actor, at: app.clock() })
        await request.audit(client, { action: 'rule.mode', target: name, projectId: 0, before: { mode: before }, after: { mode } })
      })
      await app.modes.reload()
      return ruleOf(rule, await countByRule(app.db, null, app.clock() - MONTH_MS))
    },
  )

  app.post(
    '/rules/:name/backtest',
    {
      // It costs the database as much as anything an operator can ask for.
      preParsing: app.requireRole('moderator'),
      schema: {
        tags: ['security'],
        summary: 'What a rule would have found in the ledger',
        description: 'Nothing is stored, done or told. One runs at a time.',
        params: RuleParams, body: BacktestRequest,
        response: { 200: BacktestAnswer, ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      const { document, version } = find(request.params.name)
      const { since, until = app.clock(), project } = request.body
      const asked = projectAsked(request, project)
      if (until <= since) throw misplaced('is not after since')
      if (until - since > LONGEST_BACKTEST_MS) throw misplaced('is more than 366 days after since')
      const began = performance.now()
      // What this node has seen counts too.
      await app.ledger.flush()
      const found = await replayed(document.name, { since, until, projects: asked === null ? null : [asked] })
      // A rule of the installation takes all projects together, which is not for a token of one of them.
      const own = asked === null ? found : found.filter(({ projectId }) => projectId === asked)
      return {
        rule: document.name, version, since, until, tookMs: Math.round(performance.now() - began), found: own.length,
        alerts: own.slice(0, MOST_SHOWN).map(({ rule: _rule, projectId, ...alert }) => ({ ...alert, projectId: projectIdOf(projectId) })),
      }
    },
  )

  const replayed = async (rule: string, span: Parameters<typeof backtest>[3]) => {
    try {
      const found = await backtest(app.db, app.alerts.library, rule, span, app.alerts.settings, BACKTEST_TIMEOUT_MS)
      if (found === undefined) throw new Problem('backtest_running', { retryAfter: 5 })
      return found
    } catch (error) {
      if ((error as { code?: unknown }).code !== '57014') throw error
      throw new Problem('overloaded', { detail: `The back-test took longer than ${BACKTEST_TIMEOUT_MS / 1000} s. Ask for less time.`, retryAfter: 5 })
    }
  }

  const find = (name: string): LoadedRule<CorrelationDocument> => {
    const rule = app.alerts.library.alerting.find(({ document }) => document.name === name)
    if (rule === undefined) throw new Problem('not_found', { detail: `No rule ${name} alerts.` })
    return rule
  }

  const ruleOf = ({ document, version, file, shipped = false }: LoadedRule<CorrelationDocument>, counts: readonly RuleCount[]): Rule => {
    const { name, title, level = 'low', description, tags = [], triage, falsepositives = [], status = 'stable', mode, actions = [], correlation, escalate = [] } = document
    const set = app.modes.ruleMode(name)
    const { logOnly } = app.alerts
    const inForce = (own: 'log' | 'enforce'): 'log' | 'enforce' => (logOnly ? 'log' : own)
    const count = counts.find(({ rule }) => rule === name)
    const evaluation = app.alerts.evaluations.get(name)
    return {
      name, title, level, description: description ?? null, tags, triage: triage ?? null, falsepositives, status, version, shipped, file: basename(file),
      correlation, escalate: escalate.map(({ level: to, condition, after }) => ({ level: to, ...(condition === undefined ? {} : { condition }), ...(after === undefined ? {} : { after }) })),
      mode: inForce(set?.mode ?? mode ?? 'enforce'), fileMode: mode ?? 'enforce', modeSetBy: logOnly ? 'gate' : set === undefined ? 'file' : 'operator',
      modeSet: set === undefined ? null : { mode: set.mode, at: set.setAt, actor: set.actor },
      actions: actions.map((action) => ({
        type: action.type, target: action.target ?? null, ttl: action.ttl, level: action.level ?? null,
        mode: inForce(modeInForce(action, mode, set?.mode)), fileMode: modeInForce(action, mode, undefined),
      })),
      alerts: count?.alerts ?? 0, falsePositiveRatio: ratioOf(count),
      evaluation: evaluation === undefined ? null : { at: evaluation.at, ms: evaluation.ms, error: evaluation.error ?? null },
    }
  }
}
export default rules

const ratioOf = (count: RuleCount | undefined): number | null =>
  count === undefined || count.disposed === 0 ? null : count.falsePositives / count.disposed

const misplaced = (detail: string): Problem => new Problem('invalid_request', { errors: [{ pointer: '/body/until', detail }] })
