/** Which problems a route can answer with, for its schema and so for OpenAPI. */
import { ProblemBody } from '../contract/problem.ts'

type Documented = { description: string; content: { 'application/problem+json': { schema: typeof ProblemBody } } }

const DESCRIPTIONS = {
  400: 'The request does not match its schema.',
  401: 'A key, session or token is missing or was refused; `code` says which.',
  403: 'Not from here, or not with this role.',
  404: 'There is nothing here.',
  409: 'The state of things does not allow it; `code` says why.',
  413: 'The body is too large.',
  415: 'The body is not application/json.',
  429: 'Too many requests; see Retry-After.',
  502: 'What was asked in turn did not take it; `detail` says why.',
  503: 'Busy or without a database; see Retry-After.',
} as const

/** For `response` of a route’s schema: problem+json under each of the statuses. */
export function refusals(...statuses: (keyof typeof DESCRIPTIONS)[]): Record<number, Documented> {
  return Object.fromEntries(statuses.map((status) => [
    status,
    { description: DESCRIPTIONS[status], content: { 'application/problem+json': { schema: ProblemBody } } },
  ]))
}
