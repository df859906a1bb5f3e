/**
 * Serializers of answers, each compiled when its route first gives such an answer. There is one for each route and status, most of
 * them for an operator’s pages and for faults: compiled at the start they took 9 MB, and half a second.
 */
import { createRequire } from 'node:module'
import fp from 'fastify-plugin'

type Serializer = (data: unknown) => string
type Compile = (answer: { schema: unknown; method: string; url: string; httpStatus?: string }) => Serializer

/** Fastify’s own compiler, of the version that came with it: found from where Fastify is, whose dependency it is. */
const fromFastify = createRequire(createRequire(import.meta.url).resolve('fastify'))

export default fp(
  async (app) => {
    const { SerializerSelector } = fromFastify('@fastify/fast-json-stringify-compiler') as { SerializerSelector(): () => Compile }
    const compile = SerializerSelector()()
    app.setSerializerCompiler((answer) => {
      let serialize: Serializer | undefined
      return (data) => (serialize ??= compile(answer))(data)
    })
  },
  { name: 'serialization' },
)
