import type { Problem } from '../app/api.ts'

/** What is wrong, and what to do about it. `wait`: seconds until it is worth trying again. */
export function refusalWords(problem: Problem, step: 'password' | 'code'): { text: string; wait: number | undefined } {
  const wait = problem.retryAfter
  switch (problem.code) {
    case 'sign_in_failed':
      return step === 'code'
        ? { text: 'That code was not taken. Each one counts once, for half a minute: wait for the next.', wait }
        : { text: 'The name or the password is wrong.', wait }
    case 'sign_in_locked': return { text: 'Too many failed attempts.', wait }
    case 'network': return { text: 'The server cannot be reached. Look at your connection and try again.', wait }
    case 'blocked': return { text: 'Sign-ins from your address are blocked for now.', wait }
    case 'rate_limited': return { text: 'Too many requests from your network.', wait }
    case 'overloaded': case 'database_unavailable': return { text: 'The server is busy. Try again in a moment.', wait: undefined }
    case 'csrf_token_invalid': return { text: 'This page does not come from the address it is served at. Open the dashboard at its own address.', wait }
    default: return { text: problem.message, wait }
  }
}
