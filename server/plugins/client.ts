/**
 * Where a request comes from. The address is the socket’s, or the one the trusted proxies vouch for, counted from our
 * side; never the leftmost X-Forwarded-For, which is the client’s to write.
 */
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { networkOf, normaliseAddress, prefixOf } from '../gate/network.ts'
import { endpointOf } from '../ledger/endpoint.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Canonical: IPv4-mapped addresses are IPv4. */
    clientAddress: string
    /** /24 or /64 of it. */
    clientNetwork: string
    /** Its /48, for IPv6: what one customer of a host can rent. */
    clientPrefix: string | undefined
    /** What the ledger calls the endpoint. */
    endpoint(): string
  }
}

/** Some proxies write `203.0.113.7:51324` or `[2001:db8::7]:443` into X-Forwarded-For. */
function withoutPort(text: string): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
}

/** A trusted proxy that sends no address leaves us with none; that shared bucket is better than a guess. */
const UNKNOWN_ADDRESS = '0.0.0.0'

/** Of what a socket or a trusted proxy says. */
export const addressOf = (ip = ''): string => normaliseAddress(withoutPort(ip)) ?? UNKNOWN_ADDRESS
/** For requests that hooks do not see; all others have it as `clientAddress`. */
export const clientAddressOf = (request: FastifyRequest): string => addressOf(request.ip)

/**
 * A page elsewhere made a visitor’s browser ask, by an image, a form or a script, so whatever the method: a mail must not block everybody
 * behind the address it is read at. No scanner writes this header by itself, and one that does is told of all the same.
 */
export const byPage = ({ headers: { 'sec-fetch-site': site } }: FastifyRequest): { by?: 'page' } =>
  (site === 'cross-site' || site === 'same-site' ? { by: 'page' } : {})

/**
 * The same where a browser says nothing of the site, as an old one does, or any to a server without https: it names another host then.
 * Not for keys that are guessed, which honest and hostile ask for in the name of another host.
 */
export function byPageElsewhere(request: FastifyRequest): { by?: 'page' } {
  const { 'sec-fetch-site': site, origin, referer } = request.headers
  const page = origin ?? referer
  if (site !== undefined || page === undefined) return byPage(request)
  // What a sandboxed frame sends. Other text that is no address is no browser’s.
  if (page === 'null') return { by: 'page' }
  return URL.canParse(page) && new URL(page).host !== request.host ? { by: 'page' } : {}
}

export default fp(
  async (app) => {
    app.decorateRequest('clientAddress', UNKNOWN_ADDRESS)
    app.decorateRequest('clientNetwork', `${UNKNOWN_ADDRESS}/24`)
    app.decorateRequest('clientPrefix', undefined)
    app.decorateRequest('endpoint', function (this: FastifyRequest) {
      return endpointOf(this.method, this.routeOptions.url)
    })
    app.addHook('onRequest', (request, _reply, done) => {
      request.clientAddress = clientAddressOf(request)
      request.clientNetwork = networkOf(request.clientAddress)
      request.clientPrefix = prefixOf(request.clientAddress)
      done()
    })
  },
  { name: 'client' },
)
