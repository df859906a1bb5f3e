import { privateBrowser } from '../devices.ts'
import { HOUR, type Population } from '../play.ts'

/** Fingerprinting protection on: no visitorId, the same facts for all, a clock in steps of 100 ms. Some share a VPN’s address. */
export const privacyBrowsers: Population = {
  name: 'privacy-browsers',
  play(ctx) {
    const { random } = ctx
    const { vpn } = ctx.addresses
    const exit = vpn.home(vpn.place())
    for (let visitor = 0; visitor < ctx.size(24); visitor += 1) {
      const address = random.chance(0.4) ? exit : ctx.home().address
      ctx.visit(random.between(0, 7.5 * HOUR), ctx.visitor({ device: privateBrowser(), address, hand: 'coarse-clock' }))
    }
  },
}
