/** Board items as moderators see them: all three columns of the tally, and of which tier the votes are. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type ItemRow, insertItem, listItems, updateItem } from '../../../db/queries/items.ts'
import { storable } from '../../../db/storable.ts'
import { ActionParams, ItemPatch, ItemRequest, ItemsAnswer, ModeratedItem, ProjectQuery } from '../../contract/moderation.ts'
import { Problem } from '../../errors.ts'
import type { TallyColumns } from '../../gate/settle.ts'
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
        tags: ['moderation'], summary: 'Add an item', body: ItemRequest,
        response: { 201: ModeratedItem, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { project: ref, title, description = '', status = 'open', position = 0 } = request.body
      const project = request.operatedProject(ref)
      const id = await insertItem(app.db, project.id, { title: plainText(title), description: plainText(description), status, position })
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
      const found = await updateItem(app.db, project.id, id, {
        ...patch,
        ...(patch.title === undefined ? {} : { title: plainText(patch.title) }),
        ...(patch.description === undefined ? {} : { description: plainText(patch.description) }),
      })
      if (!found) throw new Problem('unknown_item', { detail: `The board has no item ${request.params.id}.` })
      await app.boards.refresh(project.id)
      return await read(project.id, id)
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

const itemOf = ({ id, title, description, status, position, ...tally }: ItemRow): ModeratedItem => ({
  id: String(id), title, description, status, position, votes: votesOf(tally),
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
