const HOME = '/dashboard/'

/**
 * Where to go after signing in: the page of the dashboard that somebody asked for. Whatever else the address says leads to its first
 * page, as a link that somebody sends may not lead out of here once the password is typed.
 * @param here the sign-in page’s own address
 */
export function nextPlace(here: URL): string {
  const asked = here.searchParams.get('next')
  if (asked === null || !URL.canParse(asked, here.origin)) return HOME
  const { origin, pathname, search, hash } = new URL(asked, here.origin)
  const within = origin === here.origin && pathname.startsWith(HOME) && !pathname.startsWith('/dashboard/sign-in') && !pathname.startsWith('/dashboard/assets/')
  return within ? pathname + search + hash : HOME
}
