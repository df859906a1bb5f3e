import { PRIVATE_BROWSER, desktop } from '../devices.ts'
import { HOUR, type Population } from '../play.ts'

/** Fingerprinting protection on: no visitorId, one User-Agent for all, a clock in steps of 100 ms. Some share a VPN’s address. */
export const privacyBrowsers: Population = {
  name: 'privacy-browsers',
  play(ctx) {
    const { random } = ctx
    const vpn = ctx.addresses.home()
    for (let visitor = 0; visitor < ctx.size(24); visitor += 1) {
      const device = { ...desktop(random), userAgent: PRIVATE_BROWSER, acceptLanguage: 'en-US,en;q=0.5', fingerprint: undefined }
      const address = random.chance(0.4) ? vpn : ctx.addresses.home()
      ctx.visit(random.between(0, 7.5 * HOUR), ctx.visitor({ device, address, hand: 'coarse-clock' }))
    }
  },
}
