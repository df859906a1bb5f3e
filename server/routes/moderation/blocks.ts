/** Blocks: stop a source for a while, with a reason; effective at once, on running sessions too. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type BlockRow, insertBlock, liftBlock, listBlocks } from '../../../db/queries/blocks.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { hasVoted } from '../../../db/queries/votes.ts'
import { storable } from '../../../db/storable.ts'
import { ActionParams, Block, BlockRequest, BlocksAnswer, ProjectQuery } from '../../contract/moderation.ts'
import { BLOCK_KINDS, type BlockKind } from '../../contract/primitives.ts'
import { Problem } from '../../errors.ts'
import { normaliseAddress, normaliseNetwork } from '../../gate/network.ts'
import { normaliseOriginPattern } from '../../gate/origins.ts'
import { maskId } from '../../ledger/mask.ts'
import type { Project } from '../../plugins/projects.ts'
import { voterKey } from '../../tokens/voter-key.ts'
import { refusals } from '../refusals.ts'
import { UUID, rowId } from '../wire-values.ts'

const blocks: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/blocks',
    {
      schema: {
        tags: ['moderation'], summary: 'Standing blocks', querystring: ProjectQuery,
        response: { 200: BlocksAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const project = request.operatedProject(request.query.project)
      return { blocks: (await listBlocks(app.db, project.id, ofEverything(request), app.clock())).map(blockOf) }
    },
  )

  app.post(
    '/blocks',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Block a source until a time',
        description: '`user` takes the user id as your tokens say it, or a voter id from the vote list; `device` a device id from the vote list.',
        body: BlockRequest,
        response: { 201: Block, ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { project: ref, kind, covers = 'widget', reason, expiresAt } = request.body
      const value = storable(request.body.value)
      const project = request.operatedProject(ref)
      const now = app.clock()
      if (expiresAt <= now) throw new Problem('invalid_block', { detail: 'expiresAt is in the past.' })
      if (!COVERED[covers].includes(kind)) throw new Problem('invalid_block', { detail: `A block that covers ${covers} is on ${COVERED[covers].join(' or ')}.` })
      const target = kind === 'user' ? await userTarget(project, value) : targetOf(project, kind, value)
      if (target === undefined) throw new Problem('invalid_block', { detail: `“${value}” is not a value for the kind ${kind}.` })

      const row = await inTransaction(app.db, async (client) => {
        const made = await insertBlock(client, {
          projectId: project.id, kind, ...target, source: '', covers, automatic: false,
          reason: storable(reason), actor: request.operator.name, expiresAt,
        }, now)
        if (made === null) throw new Problem('already_blocked')
        await request.audit(client, { action: 'block.create', target: String(made.id), projectId: project.id, after: auditOf(made) })
        return made
      })
      await announce()
      return reply.code(201).send(blockOf(row))
    },
  )

  app.delete(
    '/blocks/:id',
    {
      schema: {
        tags: ['moderation'], summary: 'Lift a block, and every other on the same target', params: ActionParams, querystring: ProjectQuery,
        response: { 204: Type.Null(), ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const project = request.operatedProject(request.query.project)
      const within = ofEverything(request) ? [project.id, 0] : [project.id]
      await inTransaction(app.db, async (client) => {
        const lifted = await liftBlock(client, within, rowId(request.params.id), request.operator.name, app.clock())
        const named = lifted.find(({ id }) => id === rowId(request.params.id))
        if (named === undefined) throw new Problem('not_found', { detail: `No block ${request.params.id} stands.` })
        const others = lifted.filter((block) => block !== named).map(({ id }) => String(id))
        await request.audit(client, {
          action: 'block.lift', target: String(named.id), projectId: named.projectId,
          before: { ...auditOf(named), ...(others.length === 0 ? {} : { alsoLifted: others }) },
        })
      })
      await announce()
      return reply.code(204).send(null)
    },
  )

  /** Many customers' user ids are UUIDs too: one that no vote is keyed by is a user id. */
  const userTarget = async (project: Project, value: string): Promise<Target> =>
    UUID.test(value) && (await hasVoted(app.db, project.id, value))
      ? { matches: value, label: value }
      : { matches: voterKey(project.pepper, 'verified', value), label: maskId(value) }

  /** This node before the answer, the others by notification. */
  const announce = async (): Promise<void> => {
    await Promise.all([app.blocks.reload(), app.responses.reload()])
    await app.changes.publish('blocks')
  }
}
export default blocks

/** Blocks on every project are shown to, and lifted by, whoever moderates every project. */
const ofEverything = (request: FastifyRequest): boolean => request.operator.projectId === undefined

/** What is asked of a request where that coverage is looked for; on other kinds a block would do nothing. */
const COVERED: Readonly<Record<NonNullable<BlockRequest['covers']>, readonly BlockKind[]>> = {
  widget: BLOCK_KINDS, writes: ['ip', 'network', 'api_key'], limits: ['ip', 'network'], step_up: ['ip', 'network', 'device'],
}

interface Target {
  matches: string
  label: string
}
const same = (text: string | undefined): Target | undefined => (text === undefined ? undefined : { matches: text, label: text })

/** What to match requests against, and what to show of it. undefined: the value does not fit the kind. */
function targetOf(project: Project, kind: Exclude<BlockKind, 'user'>, value: string): Target | undefined {
  switch (kind) {
    case 'ip': return same(normaliseAddress(value))
    case 'network': return same(normaliseNetwork(value))
    case 'fingerprint': return same(/^[A-Za-z0-9]{8,64}$/.test(value) ? value : undefined)
    case 'device': return same(UUID.test(value) ? value : undefined)
    case 'origin': return same(value.includes('*') ? undefined : normaliseOriginPattern(value))
    case 'api_key': return same(value === project.publicKey ? value : undefined)
  }
}

/** Without the voter’s key: what is shown of a user is masked. */
const auditOf = ({ kind, label, covers, automatic, reason, expiresAt }: BlockRow): object => ({ kind, value: label, covers, automatic, reason, expiresAt })

const blockOf = ({ id, kind, label, covers, reason, actor, createdAt, expiresAt }: BlockRow): Block => ({
  id: String(id), kind, value: label, covers, reason, actor, createdAt, expiresAt,
})
