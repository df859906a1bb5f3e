/** Sign in, sign out, who am I, and the one call Truetally needs: a short-lived identity token for whoever is signed in. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { DEMO_PEOPLE } from './people.ts'
import { sendProblem } from './problem.ts'
import { SignInSessions, nameSessionCookie, readCookie, writeCookie } from './sign-in-sessions.ts'
import { type IdentitySigner, signIdentity } from './sign-identity.ts'

const SIGN_IN_SECONDS = 12 * 60 * 60
const SignInBody = Type.Object({ name: Type.Enum(DEMO_PEOPLE.map((person) => person.name)) }, { additionalProperties: false })

export function registerIdentityRoutes(app: FastifyInstance, signer: IdentitySigner): void {
  const sessions = new SignInSessions()
  const routes = app.withTypeProvider<TypeBoxTypeProvider>()

  routes.post('/api/sign-in', { schema: { body: SignInBody }, onRequest: refuseOtherOrigins }, async (request, reply) => {
    const person = DEMO_PEOPLE.find(({ name }) => name === request.body.name)
    if (person === undefined) return sendProblem(reply, { status: 400, code: 'request_invalid', detail: 'Nobody here has that name.' })
    sessions.close(readSessionId(request))
    reply.header('set-cookie', writeCookie(nameSessionCookie(request), sessions.open(person), SIGN_IN_SECONDS))
    return sendPrivately(reply, { user: { name: person.name, email: person.email } })
  })

  routes.post('/api/sign-out', { onRequest: refuseOtherOrigins }, async (request, reply) => {
    sessions.close(readSessionId(request))
    reply.header('set-cookie', writeCookie(nameSessionCookie(request), '', 0))
    return sendPrivately(reply, { user: null })
  })

  routes.get('/api/me', async (request, reply) => {
    const person = sessions.find(readSessionId(request))
    return sendPrivately(reply, { user: person === undefined ? null : { name: person.name, email: person.email } })
  })

  routes.get('/api/truetally-token', async (request, reply) => {
    const person = sessions.find(readSessionId(request))
    if (person === undefined) return sendProblem(reply, { status: 401, code: 'signed_out', detail: 'Sign in first.' })
    return sendPrivately(reply, { token: await signIdentity(person, signer) })
  })
}

function readSessionId(request: FastifyRequest): string | undefined {
  return readCookie(request.headers.cookie, nameSessionCookie(request))
}

/** `SameSite=Lax` treats every port of localhost as one site, so a page on another port could otherwise post here. */
async function refuseOtherOrigins(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') {
    await sendProblem(reply, { status: 403, code: 'origin_refused', detail: 'Only this site’s own pages may call this.' })
  }
}

function sendPrivately(reply: FastifyReply, body: object): FastifyReply {
  return reply.header('cache-control', 'no-store').send(body)
}
