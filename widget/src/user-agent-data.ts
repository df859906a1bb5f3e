/** User-Agent Client Hints, which TypeScript's library does not know: Chromium's, and only in a secure context. */
interface UserAgentData {
  readonly platform?: string
  readonly mobile?: boolean
}

export function userAgentData(): UserAgentData | undefined {
  return (navigator as { userAgentData?: UserAgentData }).userAgentData
}
