/** Links from messages into the dashboard. */

/** Of one alert or event, or the first page; null where nobody said under which address people reach this server (PUBLIC_URL). */
export type PageOf = (...path: [] | [list: 'alerts' | 'events', id: string]) => string | null

/**
 * `publicUrl` is an origin, as config.ts makes sure. It comes from the environment alone, never from the Host of a request: whoever
 * forges that header would put a link of theirs into messages that people trust and open. A page needs no more than its id: which
 * project it is of, the dashboard finds out from the answer.
 */
export const pagesAt = (publicUrl: string | undefined): PageOf => (...path) =>
  publicUrl === undefined ? null : `${publicUrl}/dashboard/${path.map((part) => encodeURIComponent(part)).join('/')}`
