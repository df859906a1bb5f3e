/** Board items as moderators see them: all three columns of the tally, and of which tier the votes are. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type ItemRow, insertItem, listItems, lockItem, nextPosition, orderItems, updateItem } from '../../../db/queries/items.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import { ItemOrderRequest } from '../../contract/board.ts'
import { ActionParams, ItemPatch, ItemRequest, ItemsAnswer, ModeratedItem, ProjectQuery } from '../../contract/moderation.ts'
import { Problem } from '../../errors.ts'
import type { TallyColumns } from '../../gate/settle.ts'
import { changedFields } from '../../ledger/audit-detail.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'

const items: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/items',
    {
      schema: {
        tags: ['moderation'], summary: 'Items with counted, held and invalidated votes', querystring: ProjectQuery,
        response: { 200: ItemsAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => ({ items: (await listItems(app.db, request.operatedProject(request.query.project).id)).map(itemOf) }),
  )

  app.post(
    '/items',
    {
      schema: {
        tags: ['moderation'], summary: 'Add an item', description: 'Without a `position` it comes last.', body: ItemRequest,
        response: { 201: ModeratedItem, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { project: ref, title, description = '', status = 'open', position } = request.body
      const project = request.operatedProject(ref)
      const id = await inTransaction(app.db, async (client) => {
        const item = { title: plainText(title), description: plainText(description), status, position: position ?? await nextPosition(client, project.id) }
        const made = await insertItem(client, project.id, item)
        await request.audit(client, { action: 'item.create', target: String(made), projectId: project.id, after: item })
        return made
      })
      await app.boards.refresh(project.id)
      return reply.code(201).send(await read(project.id, id))
    },
  )

  app.patch(
    '/items/:id',
    {
      schema: {
        tags: ['moderation'], summary: 'Change an item', params: ActionParams, body: ItemPatch,
        response: { 200: ModeratedItem, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      const { project: ref, ...patch } = request.body
      const project = request.operatedProject(ref)
      const id = rowId(request.params.id)
      const change = {
        ...patch,
        ...(patch.title === undefined ? {} : { title: plainText(patch.title) }),
        ...(patch.description === undefined ? {} : { description: plainText(patch.description) }),
      }
      await inTransaction(app.db, async (client) => {
        const before = await lockItem(client, project.id, id)
        if (before === null) throw new Problem('unknown_item', { detail: `The board has no item ${request.params.id}.` })
        await updateItem(client, project.id, id, change)
        await request.audit(client, { action: 'item.update', target: String(id), projectId: project.id, ...changedFields(before, { ...before, ...change }) })
      })
      await app.boards.refresh(project.id)
      return await read(project.id, id)
    },
  )

  app.put(
    '/items/order',
    {
      schema: {
        tags: ['moderation'], summary: 'Put items in an order', body: ItemOrderRequest,
        response: { 200: ItemsAnswer, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      const { project: ref, itemIds } = request.body
      const project = request.operatedProject(ref)
      const known = (await listItems(app.db, project.id)).map(({ id }) => id)
      const unknown = itemIds.find((id) => !known.includes(rowId(id)))
      if (unknown !== undefined) throw new Problem('unknown_item', { detail: `The board has no item ${unknown}.` })
      await inTransaction(app.db, async (client) => {
        const order = await orderItems(client, project.id, itemIds.map(rowId))
        await request.audit(client, { action: 'item.order', target: 'items', projectId: project.id, before: { order: known }, after: { order } })
      })
      await app.boards.refresh(project.id)
      return { items: (await listItems(app.db, project.id)).map(itemOf) }
    },
  )

  const read = async (projectId: number, id: number): Promise<ModeratedItem> => {
    const row = (await listItems(app.db, projectId)).find((item) => item.id === id)
    if (row === undefined) throw new Problem('unknown_item')
    return itemOf(row)
  }
}
export default items

const plainText = (text: string): string => storable(text).trim()

export const itemOf = ({ id, title, description, status, position, mergedInto, ...tally }: ItemRow): ModeratedItem => ({
  id: String(id), title, description, status, position, mergedInto: mergedInto === null ? null : String(mergedInto), votes: votesOf(tally),
})

function votesOf({ counted, held, invalidated, countedVerified, heldVerified, invalidatedVerified }: TallyColumns): ModeratedItem['votes'] {
  return {
    counted, held, invalidated,
    byTier: {
      verified: { counted: countedVerified, held: heldVerified, invalidated: invalidatedVerified },
      device: { counted: counted - countedVerified, held: held - heldVerified, invalidated: invalidated - invalidatedVerified },
    },
  }
}
