import Fastify from 'fastify'
import { expect, it } from 'vitest'
import serialization from './serialization.ts'
import validation from './validation.ts'

/** The schema, and how often somebody has read what is in it. */
function watched(schema: object): { schema: object; reads(): number } {
  let reads = 0
  const counted = new Proxy(schema, {
    get: (target, key, receiver) => {
      reads += 1
      return Reflect.get(target, key, receiver) as unknown
    },
  })
  return { schema: counted, reads: () => reads }
}

async function appWith(schema: Record<string, unknown>) {
  const app = Fastify()
  await app.register(validation)
  await app.register(serialization)
  app.post<{ Body: { votes: number } }>('/votes', { schema }, async ({ body }) => ({ votes: body.votes, secret: 'pepper' }))
  await app.ready()
  return app
}

it('compiles an answer’s schema with the first such answer, and never again', async () => {
  const answer = watched({ votes: { type: 'integer' } })
  const app = await appWith({ response: { 200: { type: 'object', properties: answer.schema } } })
  const atStart = answer.reads()
  const ask = async () => (await app.inject({ method: 'POST', url: '/votes', payload: { votes: 3 } })).body

  expect(await ask()).toBe('{"votes":3}')
  const afterFirst = answer.reads()
  expect(afterFirst).toBeGreaterThan(atStart)
  expect(await ask()).toBe('{"votes":3}')
  expect(answer.reads()).toBe(afterFirst)
  await app.close()
})

it('holds the first request to its schema like every other one, each by its own faults', async () => {
  const body = { type: 'object', required: ['votes'], properties: { votes: { type: 'integer' }, item: { type: 'integer' } } }
  const app = await appWith({ body })
  const ask = async (payload: object) => {
    const { statusCode, json } = await app.inject({ method: 'POST', url: '/votes', payload })
    return [statusCode, (json<{ message?: string }>()).message]
  }
  expect(await ask({ item: 1 })).toEqual([400, "body must have required property 'votes'"])
  expect(await ask({ votes: '1' })).toEqual([400, 'body/votes must be integer'])
  expect(await ask({ votes: 1 })).toEqual([200, undefined])
  expect(await ask({ votes: 1, item: 'x' })).toEqual([400, 'body/item must be integer'])
  await app.close()
})

it('compiles a request’s schema with the first request', async () => {
  const properties = watched({ votes: { type: 'integer' } })
  const app = await appWith({ body: { type: 'object', properties: properties.schema } })
  const atStart = properties.reads()
  await app.inject({ method: 'POST', url: '/votes', payload: { votes: 1 } })
  const afterFirst = properties.reads()
  expect(afterFirst).toBeGreaterThan(atStart)
  await app.inject({ method: 'POST', url: '/votes', payload: { votes: 2 } })
  expect(properties.reads()).toBe(afterFirst)
  await app.close()
})
