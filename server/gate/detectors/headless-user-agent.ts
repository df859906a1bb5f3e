import type { Detector } from '../detector.ts'
import { memoise } from './memoise.ts'

/** What says of itself that it is a headless browser or an HTTP library. No browser with a window carries one of these. */
const TOOLS = [
  'HeadlessChrome/', 'PhantomJS/', 'SlimerJS/', 'jsdom/', 'curl/', 'Wget/', 'HTTPie/', 'python-requests/', 'python-httpx/',
  'Python-urllib/', 'aiohttp/', 'Scrapy/', 'Go-http-client/', 'node-fetch', 'axios/', 'undici', 'Apache-HttpClient/',
  'libwww-perl/', 'PostmanRuntime/',
].map((tool) => tool.toLowerCase())

const namesTool = memoise((userAgent) => {
  const said = userAgent.trim().toLowerCase()
  // Node’s own fetch sends exactly `node`, too short a word to look for inside others.
  return said === 'node' || TOOLS.some((tool) => said.includes(tool))
})

/**
 * The User-Agent names a tool. Only the plainest automation is this honest, so silence proves nothing. OkHttp, CFNetwork
 * and Electron are left out on purpose: a customer’s own app may send them for a person.
 * Measured: Playwright’s headless Chromium 147 says HeadlessChrome/147.0.
 */
export const headlessUserAgent: Detector = {
  name: 'headless-user-agent',
  group: 'automation',
  detect({ userAgent }) {
    if (userAgent.state !== 'known') return { missing: 'userAgent' }
    return { value: namesTool(userAgent.value) ? 1 : 0 }
  },
}
