/** One HTTP request to a place nobody here controls: pinned address, no redirects, a deadline, and a small part of the answer. */
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { pinTo, resolveHost } from './destination.ts'
import { type Envelope, type Outcome, undelivered } from './outcome.ts'
import { clean } from './words.ts'

export interface HttpRequest {
  url: string
  method: 'POST' | 'PUT' | 'GET'
  headers: Record<string, string>
  body: string
}

interface Answer {
  status: number
  headers: IncomingMessage['headers']
  body: string
}

const HTTP_TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 64 * 1024
const MAX_RETRY_AFTER_MS = 3_600_000
/** Client errors that pass. */
const PASSING = new Set([408, 425, 429])

/** Never throws: whatever goes wrong is an outcome. `timeoutMs` covers the look-up, the connection and the answer. */
export async function sendRequest(
  request: HttpRequest, { allowPrivate, now, signal }: Envelope, timeoutMs: number = HTTP_TIMEOUT_MS,
): Promise<Outcome & { body?: string }> {
  const url = new URL(request.url)
  if (url.protocol !== 'https:' && !allowPrivate) return undelivered('Only https is allowed without allowPrivate', { final: true })
  const deadline = AbortSignal.timeout(timeoutMs)
  const until = AbortSignal.any([signal, deadline])
  try {
    const addresses = await resolveHost(url.hostname, allowPrivate, until)
    if (!Array.isArray(addresses)) return addresses
    const answer = await exchange(url, request, { lookup: pinTo(addresses), signal: until })
    return { ...judge(answer, url, now), body: answer.body }
  } catch (error) {
    if (deadline.aborted) return undelivered(`${url.host} did not answer within ${timeoutMs / 1000} seconds`)
    if (signal.aborted) return undelivered('The server closed while this was under way')
    return undelivered(`${url.host}: ${explain(error)}`)
  }
}

/** With several addresses tried in vain, Node wraps the errors, and the wrapping says nothing. */
function explain(error: unknown): string {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error
  const { code, message } = first as NodeJS.ErrnoException
  return clean(code === undefined || message.includes(code) ? message : `${message} (${code})`, 300)
}

function exchange(url: URL, { method, headers, body }: HttpRequest, options: { lookup: ReturnType<typeof pinTo>; signal: AbortSignal }): Promise<Answer> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const payload = Buffer.from(body)
    const call = send(url, {
      method, ...options, agent: false,
      headers: { 'user-agent': 'Truetally', ...headers, ...(method === 'GET' ? {} : { 'content-length': String(payload.length) }) },
    })
    call.once('error', reject)
    call.on('response', (response) => {
      const parts: Buffer[] = []
      let size = 0
      // The status is the answer. A body that breaks off, or does not end in time, changes nothing about it.
      const done = (): void => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).subarray(0, MAX_ANSWER_BYTES).toString() })
        response.destroy()
      }
      call.off('error', reject).on('error', done)
      response.on('data', (part: Buffer) => {
        parts.push(part)
        size += part.length
        if (size >= MAX_ANSWER_BYTES) done()
      })
      response.on('end', done)
      response.on('error', done)
    })
    call.end(method === 'GET' ? undefined : payload)
  })
}

function judge({ status, headers, body }: Answer, url: URL, now: number): Outcome {
  if (status >= 200 && status < 300) return { delivered: true }
  if (status >= 300 && status < 400) {
    return undelivered(`${url.host} answered ${status} and pointed to ${whereTo(headers.location, url)}: redirects are not followed`, { final: true })
  }
  const words = clean(body, 200)
  const reason = `${url.host} answered ${status}${words === '' ? '' : `: ${words}`}`
  if (status < 500 && !PASSING.has(status)) return undelivered(reason, { final: true })
  const retryAfterMs = readRetryAfter(headers['retry-after'], now)
  return undelivered(reason, retryAfterMs === undefined ? {} : { retryAfterMs })
}

function whereTo(location: string | undefined, from: URL): string {
  if (location === undefined) return 'nowhere'
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  return clean(target === undefined ? location : `${target.origin}${target.pathname}`, 200)
}

/** Seconds or a date (RFC 9110), as milliseconds from now; at most an hour. */
export function readRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  const ms = /^\d{1,9}$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined
}
