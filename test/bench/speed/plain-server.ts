/**
 * What is compared with, each a process of its own. Prints its port.
 *
 * hello: Fastify alone. schema: takes a vote as the widget sends it by the vote’s own schema and answers as a vote is answered, with
 * nothing in between. bare: the same and one unprotected insert, through node-postgres as its manual shows it: the vote endpoint one
 * writes first. lean: the least an insert a request can cost, with a prepared statement, no schema, and only the voter in the body.
 */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify from 'fastify'
import { Pool } from 'pg'
import { ItemParams, VoteAnswer, VoteRequest } from '../../../server/contract/widget.ts'

const [kind, databaseUrl] = process.argv.slice(2)
const app = Fastify().withTypeProvider<TypeBoxTypeProvider>()
const pool = new Pool({ connectionString: databaseUrl, max: 10 })
const VOTE = '/api/widget/v1/:projectKey/items/:itemId/vote'
const schema = { params: ItemParams, body: VoteRequest, response: { 200: VoteAnswer } }
/** As long as ours. */
const receipt = 'r'.repeat(220)

if (kind === 'hello') {
  app.get('/', () => ({ hello: 'world' }))
} else if (kind === 'schema') {
  app.put(VOTE, { schema }, ({ params, body }) => ({ itemId: params.itemId, value: body.value, votes: 1, receipt }))
} else if (kind === 'bare') {
  const { rows } = await pool.query<{ id: number; key: string }>('select project_id as id, public_key as key from projects')
  const projects = new Map(rows.map(({ id, key }) => [key, id]))
  app.put(VOTE, { schema }, async ({ params, body }) => {
    await pool.query(
      'insert into bare_votes (project_id, item_id, voter) values ($1, $2, $3) on conflict do nothing',
      [projects.get(params.projectKey), Number(params.itemId), body.fingerprint])
    return { itemId: params.itemId, value: body.value, votes: 1, receipt }
  })
} else if (kind === 'lean') {
  app.post<{ Params: { projectId: string; itemId: string }; Body: { voter: string } }>('/projects/:projectId/items/:itemId/vote', async ({ params, body }) => {
    await pool.query({
      name: 'vote',
      text: 'insert into bare_votes (project_id, item_id, voter) values ($1, $2, $3) on conflict do nothing',
      values: [Number(params.projectId), Number(params.itemId), body.voter],
    })
    return { itemId: params.itemId, value: 1 }
  })
} else {
  throw new Error(`no such server: ${kind}`)
}

process.stdout.write(`listening on ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
