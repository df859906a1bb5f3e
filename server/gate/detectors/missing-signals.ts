import type { Detector } from '../detector.ts'

/**
 * Nothing was said about how the vote was cast. The widget always says something, whatever the browser withholds and
 * whoever uses it how: keyboard, touch and assistive technology have an input and a trusted event. Single facts that are
 * missing score nothing anywhere; only saying nothing at all is a finding.
 */
export const missingSignals: Detector = {
  name: 'missing-signals',
  group: 'integrity',
  detect({ signalsSent }) {
    if (signalsSent.state !== 'known') return { missing: 'signalsSent' }
    return { value: signalsSent.value ? 0 : 1 }
  },
}
