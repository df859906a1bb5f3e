/** `GET …/policy`: the policy in force, and what it did and would have done in the last 24 hours. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type EnforcedBands, countCohortFindings, countJudgements, countResponses } from '../../../db/queries/rehearsal.ts'
import type { Policy } from '../../contract/policy.ts'
import { PolicyAnswer } from '../../contract/settings.ts'
import { detectors } from '../../gate/detectors/registry.ts'
import { refusals } from '../refusals.ts'

const DAY_MS = 86_400_000

const policy: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/policy',
    {
      schema: {
        tags: ['operator'],
        summary: 'The policy in force, and what it would have done',
        description: 'The figures are those of the project that the operator is of, or of all.',
        response: { 200: PolicyAnswer, ...refusals(401, 403, 429, 503) },
      },
    },
    async (request) => {
      const { policy: inForce, own, shadow } = app.gate
      const since = app.clock() - DAY_MS
      const projectId = request.operator.projectId ?? null
      await app.ledger.flush()
      const [votes, cohorts, responses] = await Promise.all([
        countJudgements(app.db, projectId, since, enforcedBands(own)), countCohortFindings(app.db, projectId, since), countResponses(app.db, projectId, since),
      ])
      return {
        version: inForce.version, mode: app.modes.gateMode.value, policy: writable(inForce), own: writable(own).bands, cohortsOwn: own.cohorts.mode,
        detectors: detectors.map(({ name, group }) => ({ name, group, weight: own.weights[name] ?? 0 })),
        shadow: shadow?.version ?? null, lastDay: { since, votes, cohorts, responses },
      }
    },
  )
}
export default policy

/** What is done at which score once the gate acts: the last band that has begun and is not on trial. */
function enforcedBands({ bands, cohorts }: Policy): EnforcedBands {
  const rules = bands['PUT vote']
  const action = ['allow']
  for (const { band, mode } of rules) action.push(mode === 'enforce' ? band : (action.at(-1) ?? 'allow'))
  return { from: rules.map(({ from }) => from), action, cohortsHold: cohorts.mode === 'enforce' }
}

/** The wire’s type is the same without `readonly`. */
type Written<T> = { -readonly [K in keyof T]: T[K] extends object | null ? Written<T[K]> : T[K] }
const writable = (value: Policy): Written<Policy> => structuredClone(value) as Written<Policy>
