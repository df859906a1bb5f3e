/** `GET /problems/{code}`: what a problem’s `type` points to. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { PROBLEMS, Problem, type ProblemCode } from '../errors.ts'
import { refusals } from './refusals.ts'

const problems: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/problems/:code',
    {
      schema: {
        tags: ['operations'],
        summary: 'What a problem code means',
        params: Type.Object({ code: Type.String({ maxLength: 64 }) }),
        response: { 200: Type.Object({ code: Type.String(), status: Type.Integer(), title: Type.String() }), ...refusals(404, 429) },
      },
    },
    async (request) => {
      const { code } = request.params
      if (!Object.hasOwn(PROBLEMS, code)) throw new Problem('not_found')
      return { code, ...PROBLEMS[code as ProblemCode] }
    },
  )
}
export default problems
