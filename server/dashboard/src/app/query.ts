/** The view is in the URL: filters, tab, page and selection, so that whoever gets the link sees the same. */
import { useLocation } from 'preact-iso'
import { useAccount } from './account.ts'
import { type Query, searchOf } from './api.ts'

export interface View {
  /** What the URL says; a name that is not there is undefined. */
  query: Record<string, string | undefined>
  /** Changes some of it; null, undefined and '' take a name out. Typing replaces the entry of the history, everything else adds one. */
  set(patch: Query, options?: { replace?: boolean }): void
  /** The address of this page with some of it changed, for links. */
  href(patch: Query): string
}

export function useView(): View {
  const { path, query, route } = useLocation()
  const href = (patch: Query): string => path + searchOf({ ...query, ...patch })
  return { query, set: (patch, { replace = false } = {}) => route(href(patch), replace), href }
}

/**
 * The project the page is about: the URL's `project`, which the selector in the bar above sets. Its public key goes into
 * every link of the navigation. undefined: all that this account may see.
 */
export function useProject(): { project: string | undefined; required: string | undefined } {
  const { projects } = useAccount()
  const chosen = useView().query['project']
  const known = projects.find(({ id, publicKey }) => chosen === publicKey || chosen === id)
  // Some calls take exactly one: then it is the first, until somebody chooses.
  return { project: known?.publicKey, required: known?.publicKey ?? projects[0]?.publicKey }
}
