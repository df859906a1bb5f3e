/** The headers a careful customer sends. The widget has to work under them as they are. */

export type PagePolicy = 'everyday' | 'strict'

/** `widgetOrigin` must already be a bare origin; anything else could smuggle a directive into the header. */
export function buildContentSecurityPolicy(policy: PagePolicy, widgetOrigin: string): string {
  const shared = [
    "default-src 'none'",
    `script-src 'self' ${widgetOrigin}`,
    `connect-src 'self' ${widgetOrigin}`,
    // Optional: without it the widget does its proof of work on the page, and the browser reports one violation for it.
    'worker-src blob:',
    "style-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ]
  const trustedTypes = ["require-trusted-types-for 'script'", 'trusted-types truetally']
  return [...shared, ...(policy === 'strict' ? trustedTypes : [])].join('; ')
}

export const FIXED_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const
