/** Everything the pages of a scenario asked the network for, and what went wrong in them. */
import type { BrowserContext, Request } from 'playwright'

export interface Traffic {
  readonly requests: readonly Request[]
  /** Errors that no script of the page caught. */
  readonly errors: readonly string[]
  record(context: BrowserContext): void
  /** URLs outside the given origins. */
  strangers(origins: readonly string[]): string[]
}

export function createTraffic(): Traffic {
  const requests: Request[] = []
  const errors: string[] = []
  return {
    requests,
    errors,
    record(context) {
      context.on('request', (request) => requests.push(request))
      context.on('weberror', (error) => errors.push(String(error.error())))
    },
    strangers: (origins) => requests.map((request) => request.url()).filter((url) => !origins.includes(new URL(url).origin)),
  }
}

export const isVote = (request: Request): boolean => request.method() === 'PUT' && request.url().endsWith('/vote')
export const isFingerprintScript = (request: Request): boolean => request.url().endsWith('/fingerprint.js')
export const isSession = (request: Request): boolean => request.method() === 'POST' && request.url().endsWith('/sessions')
export const isBoardRead = (request: Request): boolean => request.method() === 'GET' && request.url().endsWith('/board')
