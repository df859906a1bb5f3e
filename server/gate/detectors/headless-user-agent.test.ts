import { describe, expect, it } from 'vitest'
import { CHROME, FIREFOX, humanMouse, IPHONE } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { headlessUserAgent } from './headless-user-agent.ts'

describe('headless-user-agent', () => {
  it.each([
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36',
    'Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1',
    'Mozilla/5.0 (linux) AppleWebKit/537.36 (KHTML, like Gecko) jsdom/26.1.0',
    'curl/8.14.1',
    'Wget/1.25.0',
    'python-requests/2.32.4',
    'Python/3.13 aiohttp/3.12.15',
    'Go-http-client/2.0',
    'node-fetch/1.0 (+https://github.com/bitinn/node-fetch)',
    'axios/1.11.0',
    'undici',
    'node',
    'CURL/8.14.1',
  ])('sees %s', (userAgent) => {
    expect(headlessUserAgent.detect({ ...humanMouse, userAgent: known(userAgent) })).toEqual({ value: 1 })
  })

  it.each([
    CHROME,
    FIREFOX,
    IPHONE,
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0.7204.156 Mobile/15E148 Safari/604.1',
    'Mozilla/5.0 (Linux; Android 16; Pixel 9; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/156.0.0.0 Mobile Safari/537.36',
    'Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
    'Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/29.3417; U; en) Presto/2.8.119 Version/11.10',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Notes/3.1.0 Chrome/142.0.0.0 Electron/39.0.0 Safari/537.36',
    '',
  ])('is silent for “%s”', (userAgent) => {
    expect(headlessUserAgent.detect({ ...humanMouse, userAgent: known(userAgent) })).toEqual({ value: 0 })
  })

  it('names userAgent as missing when it is absent or could not be found out', () => {
    expect(headlessUserAgent.detect({ ...humanMouse, userAgent: absent })).toEqual({ missing: 'userAgent' })
    expect(headlessUserAgent.detect({ ...humanMouse, userAgent: failed('unreadable') })).toEqual({ missing: 'userAgent' })
  })
})
