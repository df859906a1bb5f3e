/** Projects: create, list, change, rotate the identity secret with an overlap. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { PROJECT_DEFAULTS, createProject, newIdentitySecret, newPublicKey } from '../../../db/create-project.ts'
import { lockProjectSettings, replaceOrigins, rotateIdentitySecret, updateProject } from '../../../db/queries/projects.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import {
  OperatorProjectParams, Project, ProjectCreated, ProjectPatch, ProjectRequest, ProjectsAnswer, RotationAnswer, RotationRequest,
} from '../../contract/operator.ts'
import { Problem } from '../../errors.ts'
import { normaliseOriginPattern } from '../../gate/origins.ts'
import { SHARE_STEPS } from '../../gate/public-tally.ts'
import { changedFields } from '../../ledger/audit-detail.ts'
import type { Project as HeldProject } from '../../plugins/projects.ts'
import { wholeInstallation } from '../../plugins/installation-wide.ts'
import { refusals } from '../refusals.ts'

const projects: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/projects',
    { schema: { tags: ['operator'], summary: 'Projects', response: { 200: ProjectsAnswer, ...refusals(401, 403, 429, 503) } } },
    async (request) => ({
      projects: app.projects.all()
        .filter(({ id }) => request.operator.projectId === undefined || request.operator.projectId === id)
        .map(projectOf),
    }),
  )

  app.post(
    '/projects',
    {
      schema: {
        tags: ['operator'],
        summary: 'Create a project',
        description: 'The identity secret is shown in this answer and never again.',
        body: ProjectRequest,
        response: { 201: ProjectCreated, ...refusals(400, 401, 403, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      wholeInstallation(request, 'Projects are the installation’s')
      const { name, origins = [], anonymousShare = null, ...settings } = request.body
      const patterns = originPatterns(origins)
      const draft = {
        publicKey: newPublicKey(), name: storable(name).trim(), origins: patterns, ...PROJECT_DEFAULTS, ...settings, anonymousShare: storedShare(anonymousShare),
      }
      const created = await inTransaction(app.db, async (client) => {
        const made = await createProject(client, app.keys.vault, draft)
        await request.audit(client, { action: 'project.create', target: String(made.id), projectId: made.id, after: { ...draft, kid: made.secret.kid } })
        return made
      })
      await announce()
      return reply.code(201).header('cache-control', 'no-store').send({
        ...projectOf(app.projects.resolve(String(created.id))), kid: created.secret.kid, identitySecret: created.secret.text,
      })
    },
  )

  app.patch(
    '/projects/:id',
    {
      schema: {
        tags: ['operator'], summary: 'Change a project; `origins` replaces the list', params: OperatorProjectParams, body: ProjectPatch,
        response: { 200: Project, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      const { id } = request.operatedProject(request.params.id)
      const { origins, name, anonymousShare, ...patch } = request.body
      const patterns = origins === undefined ? undefined : originPatterns(origins)
      await inTransaction(app.db, async (client) => {
        const before = await lockProjectSettings(client, id)
        await updateProject(client, id, {
          ...patch,
          ...(name === undefined ? {} : { name: storable(name).trim() }),
          ...(anonymousShare === undefined ? {} : { anonymousShare: storedShare(anonymousShare) }),
        })
        if (patterns !== undefined) await replaceOrigins(client, id, patterns)
        const after = await lockProjectSettings(client, id)
        await request.audit(client, { action: 'project.update', target: String(id), projectId: id, ...changedFields(before, after) })
      })
      await announce()
      return projectOf(app.projects.resolve(String(id)))
    },
  )

  app.post(
    '/projects/:id/identity-secrets',
    {
      schema: {
        tags: ['operator'],
        summary: 'Rotate the identity secret',
        description: 'The new secret is current at once; earlier ones stay valid for `overlapSeconds`, or end now with 0.',
        params: OperatorProjectParams,
        body: Type.Union([RotationRequest, Type.Null()]),
        response: { 201: RotationAnswer, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { id, publicKey } = request.operatedProject(request.params.id)
      const now = app.clock()
      const overlapUntil = now + (request.body?.overlapSeconds ?? 86_400) * 1000
      const secret = newIdentitySecret(app.keys.vault, publicKey)
      const previous = await inTransaction(app.db, async (client) => {
        const still = await rotateIdentitySecret(client, id, secret, { now, overlapUntil })
        await request.audit(client, { action: 'identity-secret.rotate', target: String(id), projectId: id, after: { kid: secret.kid, stillValid: still } })
        return still
      })
      await announce()
      return reply.code(201).header('cache-control', 'no-store').send({ kid: secret.kid, identitySecret: secret.text, previous })
    },
  )

  const announce = async (): Promise<void> => {
    await app.projects.reload()
    await app.changes.publish('projects')
  }
}
export default projects

function originPatterns(origins: string[]): string[] {
  return origins.map((origin, index) => {
    const pattern = normaliseOriginPattern(origin)
    if (pattern === undefined) {
      throw new Problem('invalid_origin_pattern', {
        detail: 'Write https://app.example.com, http://localhost:3000, or https://*.example.com.',
        errors: [{ pointer: `/body/origins/${index}`, detail: `${origin} is not an origin` }],
      })
    }
    return pattern
  })
}

/** The column holds seven digits; what is stored is what was answered. */
const storedShare = (share: number | null): number | null => (share === null ? null : Math.round(share * SHARE_STEPS) / SHARE_STEPS)

const projectOf = (project: HeldProject): Project => ({
  id: String(project.id), publicKey: project.publicKey, name: project.name, mode: project.mode, fingerprint: project.fingerprint,
  dedup: project.dedup, anonymousShare: project.anonymousShare, origins: [...project.origins], identitySecrets: [...project.identitySecrets], createdAt: project.createdAt,
})
