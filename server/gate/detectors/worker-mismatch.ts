import type { Detector } from '../detector.ts'

/**
 * navigator says something else in a worker than in the page: somebody rewrote the page’s and forgot the worker’s.
 * Privacy browsers answer both alike; where workers are forbidden the fact is missing. WebGL is not compared, since some
 * honest drivers differ there. An extension that switches the User-Agent only in pages does this for a person too.
 * Measured: Puppeteer with stealth and a fingerprint rotator differ; X11 input, plain Playwright and patchright do not.
 */
export const workerMismatch: Detector = {
  name: 'worker-mismatch',
  group: 'automation',
  detect({ workerMismatch: differs }) {
    if (differs.state !== 'known') return { missing: 'workerMismatch' }
    return { value: differs.value ? 1 : 0 }
  },
}
