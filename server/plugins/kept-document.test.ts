import Fastify from 'fastify'
import { expect, it } from 'vitest'
import { keepDocument } from './kept-document.ts'

const serve = (make: () => string) => {
  const app = Fastify()
  app.get('/', keepDocument('application/json', make))
  return app
}

it('is made once, for all who ask at once and for all who come later', async () => {
  let made = 0
  const app = serve(() => JSON.stringify({ made: (made += 1) }))
  const answers = await Promise.all(Array.from({ length: 20 }, () => app.inject('/')))
  expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['{"made":1}']))
  expect((await app.inject({ url: '/', headers: { 'accept-encoding': 'br' } })).headers).toMatchObject({ 'content-encoding': 'br', 'content-type': 'application/json' })
  expect(made).toBe(1)
})

it('is made again after it could not be', async () => {
  let asked = 0
  const app = serve(() => {
    asked += 1
    if (asked === 1) throw new Error('not ready')
    return '{}'
  })
  expect((await app.inject('/')).statusCode).toBe(500)
  expect((await app.inject('/')).body).toBe('{}')
  expect((await app.inject('/')).statusCode).toBe(200)
  expect(asked).toBe(2)
})

it('has another tag for other contents', async () => {
  const tags = await Promise.all(['{}', '[]'].map(async (text) => (await serve(() => text).inject('/')).headers['etag']))
  expect(new Set(tags).size).toBe(2)
})
