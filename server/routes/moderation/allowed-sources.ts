/** Allowed sources: nothing automatic acts on them. A person’s block still holds there, and a vote is judged like any other. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type AllowedSourceRow, endAllowedSource, insertAllowedSource, listAllowedSources } from '../../../db/queries/allowed-sources.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import { ActionParams } from '../../contract/moderation.ts'
import { AllowedSource, AllowedSourceRequest, AllowedSourcesAnswer, ReachQuery } from '../../contract/response.ts'
import { Problem } from '../../errors.ts'
import { normaliseAddress, normaliseNetwork } from '../../gate/network.ts'
import { wholeInstallation } from '../../plugins/installation-wide.ts'
import { projectAsked } from '../reach.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'

const allowedSources: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/allowed-sources',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Sources that nothing automatic acts on',
        description: 'Of a project, and with a token of all projects those of every project with it.',
        querystring: ReachQuery,
        response: { 200: AllowedSourcesAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => ({ allowedSources: (await listAllowedSources(app.db, reachOf(request, request.query.project), app.clock())).map(sourceOf) }),
  )

  app.post(
    '/allowed-sources',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Let nothing automatic act on a source',
        description: 'Standing automatic blocks no longer hold there. A person’s block does, and votes from there are judged like any other.',
        body: AllowedSourceRequest,
        response: { 201: AllowedSource, ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { project: ref, network: given, reason, expiresAt = null } = request.body
      if (ref === undefined) wholeInstallation(request, 'Without `project` the source is allowed in every project')
      const projectId = ref === undefined ? 0 : request.operatedProject(ref).id
      const now = app.clock()
      const network = cidrOf(given)
      if (network === undefined) throw misplaced('network', 'is neither an address nor a network of at least /8, or /16 of IPv6')
      if (expiresAt !== null && expiresAt <= now) throw misplaced('expiresAt', 'is in the past')
      const row = await inTransaction(app.db, async (client) => {
        const made = await insertAllowedSource(client, { projectId, network, reason: storable(reason), actor: request.operator.name, expiresAt }, now)
        if (made === null) throw new Problem('already_allowed')
        await request.audit(client, { action: 'source.allow', target: String(made.id), projectId, after: { network, reason, expiresAt } })
        return made
      })
      await announce()
      return reply.code(201).send(sourceOf(row))
    },
  )

  app.delete(
    '/allowed-sources/:id',
    {
      schema: {
        tags: ['moderation'], summary: 'No longer allow a source', params: ActionParams, querystring: ReachQuery,
        response: { 204: Type.Null(), ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const reach = reachOf(request, request.query.project)
      await inTransaction(app.db, async (client) => {
        const ended = await endAllowedSource(client, reach, rowId(request.params.id), request.operator.name, app.clock())
        if (ended === null) throw new Problem('not_found', { detail: `No allowed source ${request.params.id} stands.` })
        const { id, projectId, network, reason, expiresAt } = ended
        await request.audit(client, { action: 'source.disallow', target: String(id), projectId, before: { network, reason, expiresAt } })
      })
      await announce()
      return reply.code(204).send(null)
    },
  )

  /** This node before the answer, the others by notification. */
  const announce = async (): Promise<void> => {
    await app.allowedSources.reload()
    await app.changes.publish('blocks')
  }
}
export default allowedSources

/** What is allowed in every project is shown to, and taken back by, whoever moderates every project. */
function reachOf(request: FastifyRequest, ref: string | undefined): number[] {
  const projectId = projectAsked(request, ref)
  return [...(projectId === null ? [] : [projectId]), ...(request.operator.projectId === undefined ? [0] : [])]
}

function cidrOf(text: string): string | undefined {
  const address = normaliseAddress(text)
  return normaliseNetwork(address === undefined ? text : `${address}/${address.includes(':') ? 128 : 32}`)
}

const misplaced = (field: string, detail: string): Problem => new Problem('invalid_request', { errors: [{ pointer: `/body/${field}`, detail }] })

const sourceOf = ({ id, projectId, ...row }: AllowedSourceRow): AllowedSource =>
  ({ ...row, id: String(id), projectId: projectId === 0 ? null : String(projectId) })
