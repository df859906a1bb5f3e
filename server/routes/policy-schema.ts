/** `GET /policy.schema.json`: what an editor needs to help with a policy file. */
import type { FastifyPluginAsync } from 'fastify'
import { Policy } from '../contract/policy.ts'

const policySchema: FastifyPluginAsync = async (app) => {
  const { $id: _id, properties, ...rest } = partial(Policy)
  // A file says only what differs from the shipped policy, and its own name. `$schema` is how a JSON file finds this.
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#', title: 'A Truetally policy', ...rest,
    properties: { $schema: { type: 'string' }, ...(properties as object) }, required: ['version'],
  }
  app.get('/policy.schema.json', { schema: { hide: true } }, async () => schema)
}
export default policySchema

/** Nothing is required in an object, which is merged; all of it in a list’s elements, which are taken as they are. */
function partial(schema: object): Record<string, unknown> {
  const { required: _required, ...rest } = schema as Record<string, unknown>
  const { properties, anyOf } = rest as { properties?: Record<string, object>; anyOf?: object[] }
  return {
    ...rest,
    ...(properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(properties).map(([key, inner]) => [key, partial(inner)])) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(partial) }),
  }
}
