import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, startApp } from '../helpers/app.ts'
import { expectProblem } from '../helpers/operator.ts'

interface Operation {
  summary?: string
  tags?: string[]
  security?: Record<string, string[]>[]
  parameters?: { name: string; in: string; required?: boolean; schema?: object }[]
  requestBody?: { content: Record<string, { schema?: object }> }
  responses: Record<string, { description?: string; content?: Record<string, { schema?: object }> }>
}
interface Document {
  openapi: string
  info: { title: string; version: string; license?: { name: string } }
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object>; securitySchemes: Record<string, { type: string; scheme: string }> }
}

let server: TestApp
let document: Document
let operations: { name: string; path: string; method: string; operation: Operation }[]

beforeAll(async () => {
  server = await startApp()
  document = (await server.app.inject('/openapi.json')).json<Document>()
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, method, operation })))
})
afterAll(() => server.close())

/** Which operations are not as they should be, by name: a failure names them all at once. */
const without = (good: (operation: Operation, at: { path: string; method: string }) => boolean): string[] =>
  operations.filter(({ operation, path, method }) => !good(operation, { path, method })).map(({ name }) => name)

const statuses = ({ responses }: Operation): string[] => Object.keys(responses)
const api = (path: string): boolean => path.startsWith('/api/')

function compiles(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u').source !== ''
  } catch {
    return false
  }
}

function* walk(value: unknown, at = '#'): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield [at, value as Record<string, unknown>]
  for (const [key, inner] of Object.entries(value)) yield* walk(inner, `${at}/${key}`)
}

describe('/openapi.json', () => {
  test('is an OpenAPI 3.1 document that names itself', async () => {
    expect((await server.app.inject('/openapi.json')).headers['content-type']).toMatch(/^application\/json/)
    expect(document.openapi).toMatch(/^3\.1\.\d+$/)
    expect(document.info).toMatchObject({ title: 'Truetally', version: '0.0.0-test', license: { name: 'MIT' } })
    expect(document.components.securitySchemes).toMatchObject({ operator: { type: 'http', scheme: 'bearer' } })
    expect(operations.length).toBeGreaterThan(20)
  })

  test('every operation has a summary, tags that exist, and a success', () => {
    const tags = new Set(document.tags.map(({ name }) => name))
    expect(without(({ summary }) => (summary ?? '').length >= 5)).toEqual([])
    expect(without((operation) => (operation.tags ?? []).length > 0 && (operation.tags ?? []).every((tag) => tags.has(tag)))).toEqual([])
    expect(without(({ responses }) => Object.keys(responses).some((status) => status.startsWith('2')))).toEqual([])
    expect(without(({ responses }) => Object.values(responses).every(({ description }) => typeof description === 'string'))).toEqual([])
  })

  test('every operation of the API documents its problems, as problem+json', () => {
    expect(without((operation, { path }) => !api(path) || ['401', '403', '429'].every((status) => statuses(operation).includes(status)))).toEqual([])
    expect(without((operation) => operation.requestBody === undefined || ['400', '413', '415', '503'].every((status) => statuses(operation).includes(status)))).toEqual([])
    expect(without(({ responses }) => Object.entries(responses).every(([status, { content }]) =>
      Number(status) < 400 || JSON.stringify(Object.keys(content ?? {})) === '["application/problem+json"]'))).toEqual([])
  })

  test('a problem’s schema is the same everywhere: type, title, status and code are sure', () => {
    const schemas = operations.flatMap(({ operation }) =>
      Object.values(operation.responses).flatMap(({ content }) => content?.['application/problem+json']?.schema ?? []))
    expect(schemas.length).toBeGreaterThan(100)
    expect(new Set(schemas.map((schema) => JSON.stringify(schema))).size).toBe(1)
    expect(schemas[0]).toMatchObject({ type: 'object', required: ['type', 'title', 'status', 'code'] })
  })

  test('path parameters are declared, required, and used', () => {
    expect(without(({ parameters = [] }, { path }) => {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const declared = parameters.filter((parameter) => parameter.in === 'path')
      return JSON.stringify(inPath.toSorted()) === JSON.stringify(declared.map(({ name }) => name).toSorted()) && declared.every(({ required }) => required === true)
    })).toEqual([])
    expect(without(({ parameters = [] }) => parameters.every(({ schema }) => schema !== undefined))).toEqual([])
  })

  test('bodies are JSON with a schema, and only where there is one', () => {
    expect(without(({ requestBody }, { method }) => requestBody === undefined || ['post', 'put', 'patch'].includes(method))).toEqual([])
    expect(without(({ requestBody }) => requestBody === undefined || requestBody.content['application/json']?.schema !== undefined)).toEqual([])
  })

  test('every reference leads somewhere', () => {
    const broken = [...walk(document)].flatMap(([at, node]) => {
      const ref = node['$ref']
      if (typeof ref !== 'string') return []
      const target = ref.startsWith('#/') ? ref.slice(2).split('/').reduce<unknown>((inner, key) =>
        (inner as Record<string, unknown> | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], document) : undefined
      return target === undefined ? [`${at} -> ${ref}`] : []
    })
    expect(broken).toEqual([])
  })

  test('schemas are JSON Schema as 3.1 takes it', () => {
    const types = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'])
    const wrong = [...walk(document.paths), ...walk(document.components.schemas)].flatMap(([at, node]) => {
      // A property of that name is a schema itself, not a keyword.
      if (at.endsWith('/properties')) return []
      const { type, required, properties, pattern } = node
      const faults: string[] = []
      if (typeof type === 'string' && !at.includes('securitySchemes') && !types.has(type)) faults.push(`type ${type}`)
      if ('nullable' in node && typeof node['nullable'] === 'boolean') faults.push('nullable is of 3.0')
      if (Array.isArray(required) && required.some((name) => !(String(name) in ((properties ?? {}) as object)))) faults.push('requires what it does not declare')
      if (typeof pattern === 'string' && !compiles(pattern)) faults.push(`pattern ${pattern}`)
      return faults.map((fault) => `${at}: ${fault}`)
    })
    expect(wrong).toEqual([])
  })

  test('a token is asked for in the operators’ areas and nowhere else, of monitors a signature', () => {
    expect(without(({ security }, { path, method }) => {
      if (path === '/api/operator/v1/session' && method === 'post') return JSON.stringify(security) === '[]'
      if (path === '/api/security/v1/monitors/{name}') return JSON.stringify(security) === '[{"monitor":[]}]'
      const guarded = /^\/api\/(moderation|security|operator)\//.test(path)
      return guarded ? JSON.stringify(security) === '[{"operator":[]}]' : security === undefined
    })).toEqual([])
  })

  test('tells nothing of the inside', () => {
    expect(JSON.stringify(document)).not.toMatch(/postgres|sealed|pepper|node_modules|\/server\//i)
  })
})

describe('the document, at whichever address', () => {
  let hosts = 0
  /** From a network of its own: the limit is each network’s. */
  const ask = (url: string, headers: Record<string, string> = {}, remoteAddress = `198.51.100.${(hosts += 1)}`) => server.app.inject({ url, headers, remoteAddress })

  test.each(['/openapi.json', '/docs/json'])('%s comes in the form that was asked for, each under a tag of its own', async (url) => {
    const plain = await ask(url)
    const zipped = await ask(url, { 'accept-encoding': 'gzip' })
    const brotli = await ask(url, { 'accept-encoding': 'gzip, deflate, br' })
    expect([plain, zipped, brotli].map(({ headers }) => headers['content-encoding'])).toEqual([undefined, 'gzip', 'br'])
    expect(gunzipSync(zipped.rawPayload).equals(plain.rawPayload)).toBe(true)
    expect(brotliDecompressSync(brotli.rawPayload).equals(plain.rawPayload)).toBe(true)
    expect(plain.json()).toEqual(document)
    expect(brotli.rawPayload.length).toBeLessThan(plain.rawPayload.length / 20)

    const tags = [plain, zipped, brotli].map(({ headers }) => String(headers['etag']))
    expect(new Set(tags).size).toBe(3)
    for (const { headers } of [plain, zipped, brotli]) expect(headers).toMatchObject({ etag: expect.stringMatching(/^"[\w-]+"$/), vary: 'Accept-Encoding', 'cache-control': expect.stringMatching(/^public, max-age=\d+$/) })
    const again = await ask(url, { 'accept-encoding': 'br', 'if-none-match': tags[2] ?? '' })
    expect([again.statusCode, again.rawPayload.length, again.headers['etag']]).toEqual([304, 0, tags[2]])
    expect((await ask(url, { 'accept-encoding': 'gzip', 'if-none-match': tags[2] ?? '' })).statusCode).toBe(200)
    const head = await server.app.inject({ method: 'HEAD', url, remoteAddress: '198.51.100.200' })
    expect([head.statusCode, head.rawPayload.length]).toEqual([200, 0])
  })

  test('has one limit of its own for each network, whichever address is asked and how; the reader’s files are not in it', async () => {
    const from = '203.0.113.90'
    const answered: number[] = []
    for (let n = 0; n < 21; n += 1) answered.push((await ask(n % 2 === 0 ? '/openapi.json' : '/docs/json', { 'accept-encoding': 'br' }, from)).statusCode)
    expect(answered).toEqual([...Array<number>(20).fill(200), 429])
    const refused = await ask('/docs/json', { 'if-none-match': '*' }, from)
    expectProblem(refused, 429, 'rate_limited')
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(refused.headers['cache-control']).toBe('no-store')
    for (const url of ['/docs/', '/docs/static/swagger-ui.css', '/healthz']) expect([url, (await ask(url, {}, from)).statusCode]).toEqual([url, 200])
    expect((await ask('/docs/json')).statusCode).toBe(200)
  })

  test('is not made into YAML for each who asks', async () => {
    expectProblem(await ask('/docs/yaml'), 404, 'not_found')
  })
})

describe('/docs', () => {
  test('opens folded, with a filter, and without the library’s bar of a logo and a box for any address', async () => {
    const { body } = await server.app.inject('/docs/static/swagger-initializer.js')
    expect(body).toContain('const config = {"layout":"BaseLayout","docExpansion":"none","filter":true,"tryItOutEnabled":false}')
  })

  test('is a page whose policy allows only this server’s own scripts', async () => {
    const answer = await server.app.inject('/docs/')
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, expect.stringMatching(/^text\/html/)])
    const policy = String(answer.headers['content-security-policy'])
    expect(policy).toMatch(/default-src '(self|none)'/)
    const scripts = /script-src ([^;]+)/.exec(policy)?.[1] ?? ''
    expect(scripts).toContain("'self'")
    expect(scripts).not.toMatch(/unsafe-inline|unsafe-eval|\*|https?:/)
    expect(policy).toContain("frame-ancestors 'none'")
    for (const [tag] of answer.body.matchAll(/<script\b[^>]*>/g)) expect(tag).toMatch(/src="\.?\/?[\w./-]+"/)
    expect(answer.body).not.toMatch(/\son\w+=|https?:\/\//)
  })

  test('finds its scripts, its styles and the document', async () => {
    const { body } = await server.app.inject('/docs/')
    const assets = [...body.matchAll(/(?:src|href)="\.\/([\w./-]+)"/g)].map(([, path]) => `/docs/${path}`)
    expect(assets.length).toBeGreaterThan(3)
    for (const url of [...assets, '/docs', '/docs/json']) expect([url, (await server.app.inject(url)).statusCode]).toEqual([url, 200])
  })

  test('every problem the document may mention has a page its type points to', async () => {
    const answer = await server.app.inject('/api/moderation/v1/votes')
    expect((await server.app.inject(answer.json<{ type: string }>().type)).json()).toMatchObject({ code: 'operator_token_required', status: 401 })
    expect((await server.app.inject('/problems/constructor')).statusCode).toBe(404)
  })
})
