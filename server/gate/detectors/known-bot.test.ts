import { describe, expect, it } from 'vitest'
import {
  CHROME, CHROME_WINDOWS, curl, EDGE, FIREFOX, headlessChrome, humanMouse, IPHONE, PIXEL, pythonRequests, SAFARI, SAMSUNG, WEBVIEW,
} from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { knownBot } from './known-bot.ts'

describe('known-bot', () => {
  it.each([
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36',
    'Slackbot 1.0 (+https://api.slack.com/robots)',
    'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)',
    'curl/8.14.1',
    'python-requests/2.32.4',
    'PostmanRuntime/7.43.0',
    'Go-http-client/2.0',
    'k6/1.0.0 (https://k6.io/)',
  ])('sees %s', (userAgent) => {
    expect(knownBot.detect({ ...humanMouse, userAgent: known(userAgent) })).toEqual({ value: 1 })
  })

  it.each(Object.entries({ curl, pythonRequests, headlessChrome }))('sees %s', (_, evidence) => {
    expect(knownBot.detect(evidence)).toEqual({ value: 1 })
  })

  it.each([
    CHROME, CHROME_WINDOWS, EDGE, FIREFOX, SAFARI, IPHONE, PIXEL, SAMSUNG, WEBVIEW,
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 380.0.0.0 (iPhone15,2; iOS 18_5; en_US; en; scale=3.00; 1179x2556; 700000000)',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/370.0 Mobile/15E148 Safari/604.1',
    'Mozilla/5.0 (Linux; Android 12; CUBOT X50) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36',
    'Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/29.3417; U; en) Presto/2.8.119 Version/11.10',
  ])('is silent for %s', (userAgent) => {
    expect(knownBot.detect({ ...humanMouse, userAgent: known(userAgent) })).toEqual({ value: 0 })
  })

  it.each(['okhttp/4.12.0', 'Shop/3.1 CFNetwork/1494.0.7 Darwin/23.4.0', 'Dart/3.5 (dart:io)'])('leaves a customer’s own app alone: %s', (userAgent) => {
    expect(knownBot.detect({ ...humanMouse, userAgent: known(userAgent) })).toEqual({ value: 0 })
  })

  it('names userAgent as missing when it is absent or could not be found out', () => {
    expect(knownBot.detect({ ...humanMouse, userAgent: absent })).toEqual({ missing: 'userAgent' })
    expect(knownBot.detect({ ...humanMouse, userAgent: failed('unreadable') })).toEqual({ missing: 'userAgent' })
  })
})
