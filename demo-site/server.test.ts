import { readFile } from 'node:fs/promises'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEMO_PEOPLE } from './people.ts'
import { buildDemoSite } from './server.ts'

const SECRET = 'a-demo-identity-secret-of-32-bytes'
const ORIGIN = 'http://localhost:4000'
const SITE = 'localhost:4100'
let site: FastifyInstance

const signIn = (name: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> =>
  site.inject({ method: 'POST', url: '/api/sign-in', headers: { host: SITE, ...headers }, payload: { name } })
const cookieOf = (response: LightMyRequestResponse): string => String(response.headers['set-cookie']).split(';')[0] ?? ''
const fetchToken = (cookie: string, host = SITE): Promise<LightMyRequestResponse> =>
  site.inject({ url: '/api/truetally-token', headers: { host, cookie } })

beforeAll(async () => {
  site = await buildDemoSite({ widgetOrigin: ORIGIN, projectKey: 'pk_demo', identity: { kid: 'k1', secret: SECRET } })
})
afterAll(() => site.close())

describe('identity', () => {
  test('a signed-in person gets a token that verifies with the identity secret', async () => {
    const answer = await fetchToken(cookieOf(await signIn('Mira Okafor')))
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['cache-control']).toBe('no-store')
    const { token } = answer.json<{ token: string }>()
    const { payload } = await jwtVerify(token, new TextEncoder().encode(SECRET), { algorithms: ['HS256'], audience: 'pk_demo' })
    expect(payload).toMatchObject({ sub: 'usr_1001', name: 'Mira Okafor', email: 'mira@northwind.example', aud: 'pk_demo' })
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', kid: 'k1' })
    const lifetime = Number(payload.exp) - Number(payload.iat)
    expect(lifetime).toBeGreaterThan(60)
    expect(lifetime).toBeLessThanOrEqual(600)
    expect(Math.abs(Number(payload.iat) - Date.now() / 1000)).toBeLessThan(30)
  })

  test('without a sign-in there is no token, and the refusal is a problem document', async () => {
    const answer = await fetchToken('northwind_session_4100=guessed')
    expect(answer.statusCode).toBe(401)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json()).toMatchObject({ status: 401, code: 'signed_out' })
  })

  test('the session cookie is HttpOnly, SameSite=Lax and says nothing about the person', async () => {
    const answer = await signIn('Jonas Lindqvist')
    const [pair, ...attributes] = String(answer.headers['set-cookie']).split('; ')
    expect(pair).toMatch(/^northwind_session_4100=[\w-]{32}$/)
    expect(attributes).toEqual(expect.arrayContaining(['HttpOnly', 'SameSite=Lax', 'Path=/']))
  })

  test('signing out ends the session on the server, not only in the browser', async () => {
    const cookie = cookieOf(await signIn('Sofia Reyes'))
    expect((await fetchToken(cookie)).statusCode).toBe(200)
    await site.inject({ method: 'POST', url: '/api/sign-out', headers: { host: SITE, cookie } })
    expect((await fetchToken(cookie)).statusCode).toBe(401)
  })

  test('a session of one port is not a session of another', async () => {
    const cookie = cookieOf(await signIn('Mira Okafor'))
    expect((await fetchToken(cookie, 'localhost:4200')).statusCode).toBe(401)
  })

  test('/api/me answers the person, or null', async () => {
    const cookie = cookieOf(await signIn('Mira Okafor'))
    const me = await site.inject({ url: '/api/me', headers: { host: SITE, cookie } })
    expect(me.json()).toEqual({ user: { name: 'Mira Okafor', email: 'mira@northwind.example' } })
    expect((await site.inject('/api/me')).json()).toEqual({ user: null })
  })

  test('a stranger’s name and a post from another origin are refused', async () => {
    const stranger = await signIn('Nobody')
    expect(stranger.statusCode).toBe(400)
    expect(stranger.json()).toMatchObject({ code: 'request_invalid' })
    expect((await signIn('Mira Okafor', { 'sec-fetch-site': 'same-site' })).statusCode).toBe(403)
    expect((await signIn('Mira Okafor', { 'sec-fetch-site': 'same-origin' })).statusCode).toBe(200)
  })
})

describe('pages', () => {
  const PATHS = ['/', '/article', '/strict-csp', '/hostile-css', '/spa', '/spa/roadmap']

  test.each(PATHS)('%s has the nav, the widget tag, no inline script or style, and careful headers', async (path) => {
    const answer = await site.inject(path)
    expect(answer.statusCode).toBe(200)
    expect(answer.body).toContain('<nav class="site-nav" aria-label="Site">')
    expect(answer.body).toContain(`<script src="${ORIGIN}/widget.js" data-project="pk_demo" async></script>`)
    expect(answer.body).not.toMatch(/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|\{\{/)
    expect(answer.body.match(/<main /g)).toHaveLength(1)
    expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'strict-origin-when-cross-origin' })
    const csp = String(answer.headers['content-security-policy'])
    expect(csp).toContain("default-src 'none'")
    expect(csp).not.toContain('unsafe')
  })

  test('the nav marks the page it is on', async () => {
    const { body } = await site.inject('/article')
    expect(body).toContain('<a href="/article" aria-current="page">')
    expect(body.match(/aria-current/g)).toHaveLength(1)
  })

  test('the strict page is served with exactly the policy it prints', async () => {
    const answer = await site.inject('/strict-csp')
    const csp = String(answer.headers['content-security-policy'])
    expect(csp).toBe(
      `default-src 'none'; script-src 'self' ${ORIGIN}; connect-src 'self' ${ORIGIN}; worker-src blob:; style-src 'self'; img-src 'self'; ` +
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types truetally",
    )
    const printed = /<pre[^>]*><code>(default-src[^<]*)<\/code>/.exec(answer.body)?.[1]
    expect(printed?.replaceAll('\n', ' ')).toBe(csp)
  })

  test('only the strict page asks for Trusted Types', async () => {
    expect((await site.inject('/')).headers['content-security-policy']).not.toContain('trusted-types')
  })

  test('the product page prints the signing code that runs', async () => {
    const source = await readFile(new URL('sign-identity.ts', import.meta.url), 'utf8')
    const body = /Promise<string> \{\n([\s\S]*?)\n\}/.exec(source)?.[1]?.replaceAll(/^ {2}/gm, '')
    const printed = /<code data-code="sign-identity">([^<]*)<\/code>/.exec((await site.inject('/')).body)?.[1]
    expect(printed).toBe(body)
    expect(body?.split('\n')).toHaveLength(3)
  })

  test('everyone offered in the sign-in control can sign in', async () => {
    const { body } = await site.inject('/')
    const offered = [...body.matchAll(/<option>([^<]+)<\/option>/g)].map((match) => match[1])
    expect(offered).toEqual(DEMO_PEOPLE.map((person) => person.name))
  })

  test('every local asset a page names exists', async () => {
    const pages = await Promise.all(PATHS.map((path) => site.inject(path)))
    const assets = new Set(pages.flatMap(({ body }) => [...body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? '')))
    expect(assets.size).toBeGreaterThan(8)
    const answers = await Promise.all([...assets].map((url) => site.inject(url)))
    expect(answers.filter((answer) => answer.statusCode !== 200)).toEqual([])
  })

  test('an unknown path answers a page with 404, an unknown call a problem, and templates are not served raw', async () => {
    const page = await site.inject('/nowhere')
    expect(page.statusCode).toBe(404)
    expect(page.headers['content-type']).toContain('text/html')
    expect(page.body).toContain('This note was never written')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    const call = await site.inject('/api/nowhere')
    expect(call.statusCode).toBe(404)
    expect(call.headers['content-type']).toContain('application/problem+json')
    for (const url of ['/index.html', '/assets/../index.html', '/partials/head.html']) {
      expect((await site.inject(url)).statusCode).toBe(404)
    }
  })

  test('a project key with markup in it stays text', async () => {
    const odd = await buildDemoSite({ widgetOrigin: ORIGIN, projectKey: '"><img src=x>', identity: { kid: 'k1', secret: SECRET } })
    const { body } = await odd.inject('/')
    await odd.close()
    expect(body).toContain('data-project="&quot;&gt;&lt;img src=x&gt;"')
    expect(body).not.toContain('<img')
  })

  test.each(['http://localhost:4000/', 'http://localhost:4000; script-src *', 'javascript:alert(1)'])(
    'refuses %s as the widget’s origin',
    async (widgetOrigin) => {
      await expect(buildDemoSite({ widgetOrigin, projectKey: 'pk_demo', identity: { kid: 'k1', secret: SECRET } })).rejects.toThrow(TypeError)
    },
  )
})
