/** `GET /rule.schema.json`: what an editor needs to help with rule files (`# yaml-language-server: $schema=…`). */
import type { FastifyPluginAsync } from 'fastify'
import { RuleDocument } from '../contract/rule.ts'

const ruleSchema: FastifyPluginAsync = async (app) => {
  // Of a YAML file with several documents, editors check each.
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', title: 'A Truetally rule', ...RuleDocument }
  app.get('/rule.schema.json', { schema: { hide: true } }, async () => schema)
}
export default ruleSchema
