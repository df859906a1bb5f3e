/** What a request may look like before a route sees it: how schemas are applied, and which bodies are read at all. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import fp from 'fastify-plugin'

export default fp(
  async (app) => {
    // Bodies are taken literally: "1" is not 1. Query strings and path parameters are text by nature, so those are converted.
    const literal = addFormats.default(new Ajv({ allErrors: false, coerceTypes: false, useDefaults: true, strict: false, discriminator: true }))
    const converting = addFormats.default(new Ajv({ allErrors: false, coerceTypes: true, useDefaults: true, strict: false }))
    app.setValidatorCompiler(({ schema, httpPart }) => compiledWhenAsked(() => (httpPart === 'body' ? literal : converting).compile(schema as object)))

    // Fastify reads text/plain by itself: a page may send that without a preflight, and no route here wants it.
    app.removeContentTypeParser('text/plain')
  },
  { name: 'validation' },
)

/** Most validators are those of an operator’s pages, and many servers never need them: with the first request each. */
function compiledWhenAsked(compile: () => ValidateFunction): { (data: unknown): boolean; errors: ErrorObject[] | null } {
  let compiled: ValidateFunction | undefined
  const validate = (data: unknown): boolean => {
    compiled ??= compile()
    if (compiled(data)) return true
    validate.errors = compiled.errors ?? null
    return false
  }
  validate.errors = null as ErrorObject[] | null
  return validate
}
