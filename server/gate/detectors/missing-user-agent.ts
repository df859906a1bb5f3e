import type { Detector } from '../detector.ts'

/**
 * No User-Agent, or an empty one. Every browser sends it, whoever uses it and however, so here absence is the finding;
 * missing is only a header that could not be read. Privacy settings shorten or fake it, they do not remove it; the rare
 * proxy that does has its people’s votes held for a while, not lost.
 */
export const missingUserAgent: Detector = {
  name: 'missing-user-agent',
  group: 'integrity',
  detect({ userAgent }) {
    if (userAgent.state === 'failed') return { missing: 'userAgent' }
    return { value: userAgent.state === 'absent' || userAgent.value.trim() === '' ? 1 : 0 }
  },
}
